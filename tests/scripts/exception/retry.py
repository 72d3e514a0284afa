# Retrying, collecting, translating and annotating errors.
class Flaky:
    def __init__(self, *plan):
        self.plan = list(plan)

    def __call__(self):
        step = self.plan.pop(0)
        if isinstance(step, type) and issubclass(step, Exception):
            raise step("planned")
        if isinstance(step, Exception):
            raise step
        return step


def retry(f, times, on=(OSError, ValueError)):
    last = None
    for n in range(1, times + 1):
        try:
            return n, f()
        except on as e:
            last = e
            print("  attempt", n, repr(e))
    raise RuntimeError("gave up after %d: %s" % (times, last))


for plan, times in (((5,), 1), ((OSError, ValueError, "ok"), 3), ((OSError, OSError), 2), ((KeyError, 1), 3), ((OSError(110), OSError("text"), OSError(5, "five"), 1), 9)):
    try:
        print(retry(Flaky(*plan), times))
    except (RuntimeError, KeyError) as e:
        print(type(e).__name__, e)


def collect(jobs):
    good, bad = [], []
    for name, f in jobs:
        try:
            good.append((name, f()))
        except Exception as e:
            bad.append((name, type(e).__name__, e.args))
    return good, bad


print(collect([("a", lambda: 1), ("b", lambda: 1 // 0), ("c", lambda: int("x")), ("d", lambda: [][1]), ("e", lambda: "fine")]))


def cleanup_order():
    log = []

    def step(name, fail=False):
        log.append("do " + name)
        if fail:
            raise ValueError(name)
        return lambda: log.append("undo " + name)

    undo = []
    try:
        for name, fail in (("one", False), ("two", False), ("three", True), ("four", False)):
            undo.append(step(name, fail))
    except ValueError as e:
        log.append("failed " + str(e))
        while undo:
            undo.pop()()
    return log


print(cleanup_order())
e1 = ValueError("kept")
for _ in range(2):
    try:
        raise e1
    except ValueError as e:
        print(e is e1, e.args)
try:
    e
except NameError as err:
    print("NameError", err)
