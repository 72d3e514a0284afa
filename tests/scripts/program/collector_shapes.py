# Live data of shapes that a collector's stack has to stand: deep, wide, both, chained, shared, and garbage in between.
import gc


class Node:
    def __init__(self, value, left=None, right=None):
        self.value = value
        self.left = left
        self.right = right


class Wide:
    pass


def nested_lists(depth, width):
    # Every level holds more of itself than a short run of words, the next level in the middle.
    inner = [depth]
    for level in range(depth):
        inner = [[level, i] for i in range(width)] + [inner] + [(level, str(i)) for i in range(width)]
    return inner


def depth_of(value, width):
    depth = 0
    while len(value) > 1:
        assert value[0][1] == 0 and value[-1] == (value[0][0], str(width - 1))
        value = value[width]
        depth += 1
    return depth, value[0]


def nested_dicts(depth):
    inner = {"end": depth}
    for level in range(depth):
        inner = {"level": level, (level,): [level], "inner": inner, "after": {level: (level, level)}}
    return inner


def dict_depth(value):
    depth = 0
    while "inner" in value:
        level = value["level"]
        assert value[(level,)] == [level] and value["after"] == {level: (level, level)}
        value = value["inner"]
        depth += 1
    return depth, value["end"]


def tree(depth):
    if depth == 0:
        return None
    return Node(depth, tree(depth - 1), tree(depth - 1))


def count(node):
    return 0 if node is None else 1 + count(node.left) + count(node.right)


def chain(length, forward):
    first = None
    for i in range(length):
        # The link is the first value of one chain and the last of the other.
        first = [first, [i], str(i)] if forward else [str(i), [i], first]
    return first


def chain_length(cell, at):
    n = 0
    while cell is not None:
        assert str(cell[1][0]) == cell[2 - at]
        cell = cell[at]
        n += 1
    return n


def generators(n):
    def run(inner):
        kept = [inner, str(inner)]
        yield kept
        yield kept[0]

    found = None
    for i in range(n):
        found = run((i, found))
        next(found)
    return found


def generator_depth(found):
    depth = 0
    while found is not None:
        number, found = next(found)
        depth += 1
    return depth


def garbage(n):
    kept = []
    for i in range(n):
        kept.append((i, "text %d" % i, {i: [i]}))
        if len(kept) > 50:
            kept = kept[25:]
    return len(kept)


lists = nested_lists(12, 20)
dicts = nested_dicts(210)
nodes = tree(6)
forward, backward = chain(150, True), chain(150, False)
waiting = generators(20)
wide = Wide()
for i in range(40):
    setattr(wide, "a%d" % i, [i, str(i)])
own = []
own.append(own)
for turn in range(3):
    gc.collect()
    print(garbage(120))
gc.collect()
print(depth_of(lists, 20), dict_depth(dicts), count(nodes))
print(chain_length(forward, 0), chain_length(backward, 2), generator_depth(waiting))
print(all(getattr(wide, "a%d" % i) == [i, str(i)] for i in range(40)), own[0] is own)
