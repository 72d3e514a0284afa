# A cache with a doubly linked list, against a naive one on a long random trace.
class Lru:
    def __init__(self, size):
        self.size, self.map = size, {}
        self.head = self.tail = None
        self.hits = self.misses = 0

    def get(self, k):
        n = self.map.get(k)
        if n is None:
            self.misses += 1
            return None
        self.hits += 1
        self._unlink(n)
        self._front(n)
        return n[1]

    def put(self, k, v):
        n = self.map.get(k)
        if n:
            n[1] = v
            self._unlink(n)
        else:
            if len(self.map) == self.size:
                old = self.tail
                self._unlink(old)
                del self.map[old[0]]
            n = [k, v, None, None]
            self.map[k] = n
        self._front(n)

    def _front(self, n):
        n[2], n[3] = None, self.head
        if self.head:
            self.head[2] = n
        self.head = n
        if self.tail is None:
            self.tail = n

    def _unlink(self, n):
        if n[2]:
            n[2][3] = n[3]
        else:
            self.head = n[3]
        if n[3]:
            n[3][2] = n[2]
        else:
            self.tail = n[2]

    def keys(self):
        n = self.head
        while n:
            yield n[0]
            n = n[3]


c, naive, x, wrong = Lru(8), [], 5, 0
for i in range(3000):
    x = (x * 1103515245 + 12345) & 0x7FFFFFFF
    k = (x >> 12) % 14
    if x >> 20 & 1:
        c.put(k, i)
        naive = [(k, i)] + [e for e in naive if e[0] != k]
        naive = naive[:8]
    else:
        got = c.get(k)
        want = [e for e in naive if e[0] == k]
        wrong += got != (want[0][1] if want else None)
        if want:
            naive = want + [e for e in naive if e[0] != k]
print(c.hits, c.misses, wrong, list(c.keys()), [e[0] for e in naive])
