# The program of the example: it sees what the firmware offers as module `board`.
import board

print("channels", board.CHANNELS, "first", board.read(0))
print("scaled", board.read(1, 0.5), board.range())
try:
    board.read(9)
except ValueError as e:
    print("ValueError", e)
try:
    board.read("x")
except TypeError as e:
    print("TypeError", e)

counter = board.Counter(10, 5)
for _ in range(300):
    counter.step()
print("count", counter.count, counter)


def each(channel, value):
    print("channel", channel, "value", value)
    return channel < 1


print("seen", board.for_each(each))
print("upper", board.upper("sensor"), board.checksum(b"\x01\x02\xff"))
