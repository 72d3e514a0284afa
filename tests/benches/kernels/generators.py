# Generators, yield from, iterators of classes, exceptions.
def count(limit):
    n = 0
    while n < limit:
        yield n
        n += 1


def chain(*parts):
    for part in parts:
        yield from part


class Window:
    def __init__(self, items):
        self.items = iter(items)
        self.last = 0

    def __iter__(self):
        return self

    def __next__(self):
        here = next(self.items)
        self.last, before = here, self.last
        return here - before


def averager():
    total = 0
    n = 0
    while True:
        total += yield (total // n if n else 0)
        n += 1


def main():
    total = 0
    for n in chain(count(1500), count(700), range(300)):
        total += n
    steps = sum(Window(count(800)))
    mean = averager()
    next(mean)
    last = 0
    for n in count(500):
        last = mean.send(n)
    failed = 0
    for n in count(300):
        try:
            if n % 3 == 0:
                raise ValueError(n)
            [][n]
        except ValueError as error:
            failed += error.args[0]
        except IndexError:
            failed += 1
    return total, steps, last, failed


print(main())
