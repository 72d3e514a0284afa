# Publish and subscribe, with filters, priorities, one-shot handlers and errors that don't spread.
class Bus:
    def __init__(self):
        self.handlers, self.n = {}, 0

    def on(self, topic, f, priority=0, once=False, when=None):
        self.n += 1
        self.handlers.setdefault(topic, []).append((-priority, self.n, f, once, when))
        self.handlers[topic].sort(key=lambda h: h[:2])
        return lambda: self.handlers[topic].remove([h for h in self.handlers[topic] if h[2] is f][0])

    def emit(self, topic, *a, **k):
        results = []
        for name in (topic, "*"):
            for h in list(self.handlers.get(name, ())):
                _, _, f, once, when = h
                if when and not when(*a, **k):
                    continue
                if once:
                    self.handlers[name].remove(h)
                try:
                    results.append(f(*a, **k))
                except Exception as e:
                    results.append("%s: %s" % (type(e).__name__, e))
        return results


bus = Bus()
off = bus.on("temp", lambda v: "log %d" % v)
bus.on("temp", lambda v: "alarm %d" % v, priority=5, when=lambda v: v > 30)
bus.on("temp", lambda v: 100 // (v - 25), once=True)
bus.on("*", lambda *a, **k: ("any", a, sorted(k.items())))
for v in (20, 25, 35, 25):
    print(bus.emit("temp", v))
off()
print(bus.emit("temp", 40), bus.emit("other", x=1, y=2))


class Model:
    def __init__(self, bus):
        self._bus, self._v = bus, 0

    @property
    def v(self):
        return self._v

    @v.setter
    def v(self, x):
        if x != self._v:
            old, self._v = self._v, x
            self._bus.emit("changed", old, x)


seen = []
bus.on("changed", lambda a, b: seen.append((a, b)))
m = Model(bus)
for x in (1, 1, 2, 5, 5, 0):
    m.v = x
print(seen)
