# Allocation: many small objects, most of them garbage at once, some kept.
class Node:
    def __init__(self, value, after):
        self.value = value
        self.after = after


def main():
    head = None
    for n in range(300):
        head = Node(n, head)
    total = 0
    for turn in range(3000):
        pair = (turn, [turn, str(turn)])
        total += len(pair[1][1])
        if turn % 10 == 0:
            head = Node(turn, head.after)
    depth = 0
    while head:
        depth += 1
        head = head.after
    return total, depth


print(main())
