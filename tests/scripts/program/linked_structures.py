# Linked list, binary tree, trie and union-find made of objects.
class Node:
    def __init__(self, value, next=None):
        self.value, self.next = value, next

    def __iter__(self):
        n = self
        while n:
            yield n.value
            n = n.next


def build(it):
    head = None
    for x in it:
        head = Node(x, head)
    return head


def reverse(n):
    prev = None
    while n:
        n.next, prev, n = prev, n, n.next
    return prev


print(list(build(range(6))), list(reverse(build("abc"))))


class Tree:
    def __init__(self):
        self.root, self.size = None, 0

    def add(self, k):
        if self.root is None:
            self.root = [k, None, None]
        else:
            n = self.root
            while True:
                if k == n[0]:
                    return
                i = 1 if k < n[0] else 2
                if n[i] is None:
                    n[i] = [k, None, None]
                    break
                n = n[i]
        self.size += 1

    def walk(self, n="root"):
        n = self.root if n == "root" else n
        if n:
            yield from self.walk(n[1])
            yield n[0]
            yield from self.walk(n[2])

    def depth(self, n="root"):
        n = self.root if n == "root" else n
        return 1 + max(self.depth(n[1]), self.depth(n[2])) if n else 0


t = Tree()
for k in (50, 30, 70, 20, 40, 60, 80, 30, 65, 10):
    t.add(k)
print(list(t.walk()), t.size, t.depth())
trie = {}
for w in "tea ten tent to toast inn in".split():
    n = trie
    for c in w:
        n = n.setdefault(c, {})
    n["$"] = w


def under(prefix):
    n = trie
    for c in prefix:
        n = n.get(c, {})
    stack, found = [n], []
    while stack:
        n = stack.pop()
        found += [v for k, v in n.items() if k == "$"]
        stack += [v for k, v in n.items() if k != "$"]
    return sorted(found)


print(under("te"), under("in"), under("x"), under(""))
parent = list(range(12))


def find(x):
    while parent[x] != x:
        parent[x] = parent[parent[x]]
        x = parent[x]
    return x


for a, b in ((0, 1), (2, 3), (1, 3), (5, 6), (7, 8), (8, 5), (10, 11)):
    parent[find(a)] = find(b)
groups = {}
for x in range(12):
    groups.setdefault(find(x), []).append(x)
print(sorted(groups.values()))
