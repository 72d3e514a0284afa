# Queues of tasks: a pipeline with a bounded buffer, time-outs, cancellation with clean-up, gathered errors.
import asyncio


class Buffer:
    """A queue with room for a few, of an Event and a Lock."""

    def __init__(self, room):
        self.items = []
        self.room = room
        self.changed = asyncio.Event()
        self.lock = asyncio.Lock()

    async def put(self, item):
        while len(self.items) >= self.room:
            self.changed.clear()
            await self.changed.wait()
        async with self.lock:
            self.items.append(item)
            self.changed.set()

    async def get(self):
        while not self.items:
            self.changed.clear()
            await self.changed.wait()
        async with self.lock:
            item = self.items.pop(0)
            self.changed.set()
            return item


async def producer(buffer, n):
    for i in range(n):
        await buffer.put(i)
    await buffer.put(None)


async def square(source, sink):
    while True:
        item = await source.get()
        if item is None:
            await sink.put(None)
            return "squared"
        await sink.put(item * item)


async def consumer(buffer):
    total = []
    while (item := await buffer.get()) is not None:
        total.append(item)
    return total


async def stuck(log):
    try:
        await asyncio.sleep(10)
    except asyncio.CancelledError:
        log.append("cancelled")
        raise
    finally:
        log.append("cleaned up")


async def fails(after):
    await asyncio.sleep(after)
    raise ValueError("after %s" % after)


async def main():
    a, b = Buffer(2), Buffer(1)
    print(await asyncio.gather(producer(a, 8), square(a, b), consumer(b)))
    log = []
    try:
        await asyncio.wait_for(stuck(log), 0.05)
    except asyncio.TimeoutError:
        print("timeout", log)
    task = asyncio.create_task(stuck(log))
    await asyncio.sleep(0)
    print(task.done(), task.cancel())
    try:
        await task
    except asyncio.CancelledError:
        print("task cancelled", task.done())
    results = await asyncio.gather(fails(0.01), consumer_of([1]), return_exceptions=True)
    print([type(r).__name__ for r in results])
    try:
        await asyncio.gather(fails(0.3), fails(0.03))
    except ValueError as e:
        print("first error", e)
    order = []

    async def step(name, n):
        for i in range(n):
            order.append((name, i))
            await asyncio.sleep(0)

    await asyncio.gather(step("a", 3), step("b", 2))
    print(order)
    flag = asyncio.Event()
    waiters = [asyncio.create_task(waits(flag, i)) for i in range(3)]
    await asyncio.sleep(0)
    flag.set()
    print(await asyncio.gather(*waiters), flag.is_set())
    print(await asyncio.wait_for(consumer_of([1, 2]), 1), await asyncio.wait_for_ms(consumer_of([3]), 1000))


async def waits(flag, i):
    await flag.wait()
    return i


async def consumer_of(items):
    await asyncio.sleep(0)
    return items


asyncio.run(main())
