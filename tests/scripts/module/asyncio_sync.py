# Locks, events and queues built of them.
import asyncio


class Queue:
    def __init__(self):
        self.items = []
        self.ready = asyncio.Event()

    def put(self, x):
        self.items.append(x)
        self.ready.set()

    async def get(self):
        while not self.items:
            self.ready.clear()
            await self.ready.wait()
        return self.items.pop(0)


async def consumer(name, queue, out):
    while True:
        x = await queue.get()
        if x is None:
            print(name, "stops")
            return
        out.append((name, x))
        await asyncio.sleep_ms(1)


async def critical(lock, name, log):
    async with lock:
        log.append("+" + name)
        await asyncio.sleep_ms(5)
        log.append("-" + name)


async def waiter(event, n, log):
    await event.wait()
    log.append(n)


async def main():
    lock, log = asyncio.Lock(), []
    await asyncio.gather(*[critical(lock, n, log) for n in "abc"])
    print(log, lock.locked())
    await lock.acquire()
    print(lock.locked())
    lock.release()
    try:
        lock.release()
    except RuntimeError as e:
        print("RuntimeError", e)
    event, log = asyncio.Event(), []
    tasks = [asyncio.create_task(waiter(event, n, log)) for n in range(3)]
    await asyncio.sleep_ms(5)
    print(log, event.is_set())
    event.set()
    await asyncio.gather(*tasks)
    print(log, event.is_set())
    queue, out = Queue(), []
    task = asyncio.create_task(consumer("c", queue, out))
    for i in range(5):
        queue.put(i)
        await asyncio.sleep_ms(0)
    queue.put(None)
    await task
    print(out)


class Ctx:
    async def __aenter__(self):
        await asyncio.sleep_ms(0)
        print("aenter")
        return self

    async def __aexit__(self, kind, value, tb):
        print("aexit", kind.__name__ if kind else None)
        return True


class Count:
    def __init__(self, n):
        self.n = n

    def __aiter__(self):
        return self

    async def __anext__(self):
        if self.n == 0:
            raise StopAsyncIteration
        self.n -= 1
        await asyncio.sleep_ms(0)
        return self.n


async def protocols():
    async with Ctx():
        raise ValueError
    async for i in Count(3):
        print("anext", i)
    else:
        print("else")


asyncio.run(main())
asyncio.run(protocols())
