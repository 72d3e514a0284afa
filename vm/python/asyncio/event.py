"""Events: for tasks, and for interrupts and scheduled callbacks."""

import io

from . import core

_STREAM_POLL = 3


class Event:
    """A flag that tasks wait for."""

    def __init__(self):
        self.state = False
        self.waiting = core.TaskQueue()

    def is_set(self):
        return self.state

    def set(self):
        self.state = True
        while self.waiting.peek():
            core._task_queue.push(self.waiting.pop())

    def clear(self):
        self.state = False

    # async
    def wait(self):
        if not self.state:
            self.waiting.push(core.cur_task)
            core.cur_task.data = self.waiting
            yield
        return True


class ThreadSafeFlag(io.IOBase):
    """A flag that may be set from anywhere, for one task; waiting clears it.

    To the loop it is a stream that can be read while the flag is set, so that setting it touches nothing of the loop's.
    """

    def __init__(self):
        self.state = 0

    def ioctl(self, request, argument):
        if request == _STREAM_POLL:
            return argument if self.state else 0
        return -1

    def set(self):
        self.state = 1

    def clear(self):
        self.state = 0

    # async
    def wait(self):
        if not self.state:
            core._io_queue.queue_read(self)
            yield
        self.state = 0
