# Tasks as generators with a round-robin scheduler, mailboxes and timeouts.
class Sleep:
    def __init__(self, n):
        self.n = n


class Kernel:
    def __init__(self):
        self.ready, self.asleep, self.now, self.log = [], [], 0, []

    def spawn(self, name, gen):
        self.ready.append((name, gen, None))

    def run(self):
        while self.ready or self.asleep:
            if not self.ready:
                self.asleep.sort(key=lambda e: (e[0], e[1]))
                self.now = self.asleep[0][0]
                while self.asleep and self.asleep[0][0] == self.now:
                    _, name, gen = self.asleep.pop(0)
                    self.ready.append((name, gen, self.now))
            name, gen, value = self.ready.pop(0)
            try:
                r = gen.send(value)
            except StopIteration as e:
                print("%3d %s done %r" % (self.now, name, e.value))
                continue
            except Exception as e:
                print("%3d %s failed %s" % (self.now, name, e))
                continue
            if isinstance(r, Sleep):
                self.asleep.append((self.now + r.n, name, gen))
            else:
                print("%3d %s: %s" % (self.now, name, r))
                self.ready.append((name, gen, r))


def worker(step, n):
    for i in range(n):
        t = yield Sleep(step)
        yield "tick %d at %d" % (i, t)
    return n * step


def fails():
    yield "about to fail"
    yield Sleep(4)
    raise RuntimeError("as planned")


k = Kernel()
k.spawn("fast", worker(2, 4))
k.spawn("slow", worker(5, 2))
k.spawn("bad", fails())
k.run()
