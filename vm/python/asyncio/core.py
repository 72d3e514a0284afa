"""The event loop.

Tasks that are to run are in `_task_queue`, by the time they are due; tasks that wait for streams are in `_io_queue`; tasks
that wait for anything else are kept by what they wait for. See vm/src/builtin/asyncio for Task and TaskQueue, and for what
`state` and `data` of a task mean.
"""

import select
import sys
from _asyncio import SingletonGenerator, Task, TaskQueue, bind, due_in, sleep, sleep_ms

# How long the loop looks away when nothing of its own can wake it: a callback or an interrupt may.
_IDLE_MS = 3


class CancelledError(BaseException):
    pass


class TimeoutError(Exception):
    pass


class IOQueue:
    """Tasks that wait until a stream can be read or written."""

    def __init__(self):
        self.poller = select.poll()
        # By the stream's id: who waits to read, who waits to write, the stream.
        self.map = {}

    def queue_read(self, stream):
        self._add(stream, 0)

    def queue_write(self, stream):
        self._add(stream, 1)

    def _add(self, stream, side):
        waiting = self.map.get(id(stream))
        if waiting is None:
            self.map[id(stream)] = waiting = [None, None, stream]
        elif waiting[side] is not None:
            raise RuntimeError("can't wait")
        waiting[side] = cur_task
        self._watch(waiting)
        cur_task.data = self

    def _watch(self, waiting):
        reader, writer, stream = waiting
        events = (select.POLLIN if reader else 0) | (select.POLLOUT if writer else 0)
        if events:
            self.poller.register(stream, events)
        else:
            self.poller.unregister(stream)
            del self.map[id(stream)]

    def remove(self, task):
        """Has a task that is cancelled wait no longer."""
        for waiting in list(self.map.values()):
            if task is waiting[0] or task is waiting[1]:
                for side in (0, 1):
                    if waiting[side] is task:
                        waiting[side] = None
                self._watch(waiting)

    def wait_io_event(self, ms):
        """Lets the tasks run whose streams are ready; waits for one at most so long (-1: for ever)."""
        for stream, events in self.poller.ipoll(ms):
            waiting = self.map[id(stream)]
            # An error wakes both sides, so that they see it.
            if waiting[0] and events & ~select.POLLOUT:
                _task_queue.push(waiting[0])
                waiting[0] = None
            if waiting[1] and events & ~select.POLLIN:
                _task_queue.push(waiting[1])
                waiting[1] = None
            self._watch(waiting)


class Loop:
    """The event loop as an object. There is one."""

    def __init__(self):
        self._handler = None
        self._stopper = None

    def create_task(self, coro):
        return create_task(coro)

    def run_until_complete(self, awaitable):
        return run_until_complete(_promote_to_task(awaitable))

    def run_forever(self):
        # The loop runs until a task ends that does nothing; `stop` lets it run.
        self._stopper = Task(_nothing())
        run_until_complete(self._stopper)

    def stop(self):
        if self._stopper is not None:
            _task_queue.push(self._stopper)
            self._stopper = None

    def close(self):
        pass

    def set_exception_handler(self, handler):
        self._handler = handler

    def get_exception_handler(self):
        return self._handler

    def call_exception_handler(self, context):
        if self._handler is None:
            self.default_exception_handler(context)
        else:
            self._handler(self, context)

    def default_exception_handler(self, *context):
        # Programs written for a loop that is a class pass the loop as well.
        context = context[-1]
        task = context["future"]
        print(context["message"], file=sys.stderr)
        print("future:", task, "coro=", task.coro, file=sys.stderr)
        sys.print_exception(context["exception"], sys.stderr)


cur_task = None
_loop = Loop()
# What a handler is called with, made once so that reporting needs no memory.
_exc_context = {"message": "Task exception wasn't retrieved", "exception": None, "future": None}


async def _nothing():
    pass


def new_event_loop():
    global _task_queue, _io_queue
    _task_queue = TaskQueue()
    _io_queue = IOQueue()
    return _loop


def get_event_loop(runq_len=0, waitq_len=0):
    return _loop


def current_task():
    if cur_task is None:
        raise RuntimeError("no running event loop")
    return cur_task


def create_task(coro):
    if not hasattr(coro, "send"):
        raise TypeError("coroutine expected")
    task = Task(coro)
    _task_queue.push(task)
    return task


def _promote_to_task(awaitable):
    return awaitable if isinstance(awaitable, Task) else create_task(awaitable)


def run(coro):
    return run_until_complete(create_task(coro))


def _next_task(main):
    """Waits for a task to be due. None where none ever will be, unless the main task is still to end."""
    while True:
        task = _task_queue.peek()
        if task:
            ms = due_in(task)
            if ms < 0:
                ms = 0
        elif _io_queue.map:
            ms = -1
        elif main and not main.done():
            ms = _IDLE_MS
        else:
            return None
        if ms or _io_queue.map:
            _io_queue.wait_io_event(ms)
            task = _task_queue.peek()
        if task and due_in(task) <= 0:
            return _task_queue.pop()


def run_until_complete(main=None):
    """Runs tasks until the main one ends; without one, until none is left."""
    global cur_task
    try:
        while True:
            task = _next_task(main)
            if task is None:
                return
            if task.done():
                # It ended by an exception a turn ago: there was time to ask for it.
                if task.state is None:
                    _report(task)
                continue
            cur_task = task
            try:
                error = task.data
                if error is None:
                    task.coro.send(None)
                else:
                    task.data = None
                    task.coro.throw(error)
            except StopIteration as outcome:
                _finish(task, outcome, task is main)
                if task is main:
                    return outcome.value
            except (CancelledError, Exception) as outcome:
                _finish(task, outcome, task is main)
                if task is main:
                    raise
    finally:
        cur_task = None


def _finish(task, outcome, asked_for):
    """Notes how a task ended, and lets those run who wait for it."""
    waiting = task.state
    if waiting is True:
        pass
    elif isinstance(waiting, TaskQueue):
        while waiting.peek():
            asked_for = True
            _task_queue.push(waiting.pop())
    else:
        waiting(task, outcome)
        asked_for = True
    task.state = False if asked_for else None
    if not asked_for and not isinstance(outcome, (StopIteration, CancelledError)):
        # Unless somebody asks before its next turn, it is reported then.
        _task_queue.push(task)
    task.data = outcome


def _report(task):
    _exc_context["exception"] = task.data
    _exc_context["future"] = task
    _loop.call_exception_handler(_exc_context)


bind(globals())
new_event_loop()
