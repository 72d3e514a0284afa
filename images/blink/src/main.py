# Blinks, and keeps when it did: a class and a generator within a few KiB of RAM.
import board


class Light:
    def __init__(self):
        self.on = False
        self.changes = 0

    def toggle(self):
        self.on = not self.on
        if board.light(self.on):
            self.changes += 1


def schedule(times):
    at = 0
    for n in range(times):
        at += 10 + 5 * n
        yield at


light = Light()
for at in schedule(4):
    light.toggle()
    print("on" if light.on else "off", "at", at)
    board.log(b"%d:%d" % (at, light.on))
print(light.changes, "changes")
for record in board.records():
    print(record)
