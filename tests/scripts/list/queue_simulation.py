# A shop with two tills: arrivals, queues, service, and what customers waited.
class Till:
    def __init__(self, name, pace):
        self.name, self.pace, self.queue, self.left, self.served = name, pace, [], 0, []

    def tick(self, now):
        if self.queue:
            self.left -= 1
            if self.left <= 0:
                who, since = self.queue.pop(0)
                self.served.append((who, now - since))
                if self.queue:
                    self.left = self.pace

    def join(self, who, now):
        if not self.queue:
            self.left = self.pace
        self.queue.append((who, now))


tills = [Till("fast", 2), Till("slow", 3)]
seed, n = 17, 0
for now in range(60):
    seed = (seed * 137 + 41) % 1009
    if seed % 3 == 0:
        n += 1
        t = min(tills, key=lambda t: (len(t.queue), t.name))
        t.join(n, now)
        print("%2d: %d -> %s (%d)" % (now, n, t.name, len(t.queue)))
    for t in tills:
        t.tick(now)
for t in tills:
    waits = [w for _, w in t.served]
    print(t.name, t.served, max(waits or [0]), sum(waits), [w for w, _ in t.queue])
order = list(range(1, 11))
out, i = [], 0
while order:
    i = (i + 2) % len(order)
    out.append(order.pop(i))
print(out)
a, b = list("ACEG"), list("BDFH")
print([x for p in zip(a, b) for x in p], a[::-1] + b[::-1], [a.pop() for _ in range(len(a))], a)
w = []
for x in (5, 1, 4, 1, 5, 9, 2, 6):
    i = 0
    while i < len(w) and w[i] < x:
        i += 1
    w.insert(i, x)
    print(w)
