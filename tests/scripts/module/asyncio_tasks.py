# Tasks, gather, exceptions and cancellation.
import asyncio


async def worker(name, delay, n):
    for i in range(n):
        print(name, i)
        await asyncio.sleep_ms(delay)
    return name * n


async def fails():
    await asyncio.sleep_ms(1)
    raise ValueError("task failed")


async def endless():
    try:
        while True:
            await asyncio.sleep_ms(1)
    except asyncio.CancelledError:
        print("cancelled")
        raise
    finally:
        print("finally")


async def main():
    print(await worker("solo", 0, 2))
    print(await asyncio.gather(worker("a", 20, 3), worker("b", 30, 2)))
    print(await asyncio.gather(worker("c", 0, 1), fails(), return_exceptions=True))
    try:
        await asyncio.create_task(fails())
    except ValueError as e:
        print("ValueError", e)
    t = asyncio.create_task(endless())
    await asyncio.sleep_ms(10)
    print(t.done())
    t.cancel()
    try:
        await t
    except asyncio.CancelledError:
        print("awaited", t.done())
    t = asyncio.create_task(worker("late", 0, 1))
    print("created")
    print(await t, t.done(), await t)
    try:
        await asyncio.wait_for(endless(), 0.02)
    except asyncio.TimeoutError:
        print("timeout")
    print(await asyncio.wait_for(worker("in time", 1, 1), 5))
    print(asyncio.current_task() is not None)


asyncio.run(main())
print("end")
