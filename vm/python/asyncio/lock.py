"""Locks."""

from . import core


class Lock:
    """A lock that one task holds at a time; those that wait get it in turn."""

    def __init__(self):
        self._held = False
        # Whom the lock was handed to, until that task runs.
        self._heir = None
        self._waiting = core.TaskQueue()

    def locked(self):
        return self._held

    def release(self):
        if not self._held:
            raise RuntimeError("Lock not acquired")
        self._held = False
        self._hand_over()

    def _hand_over(self):
        self._heir = None
        if self._waiting.peek():
            self._heir = self._waiting.pop()
            core._task_queue.push(self._heir)

    # async
    def acquire(self):
        task = core.cur_task
        if self._held or self._heir is not None:
            self._waiting.push(task)
            task.data = self._waiting
            try:
                yield
            except core.CancelledError:
                if self._heir is task:
                    self._hand_over()
                raise
            self._heir = None
        self._held = True
        return True

    async def __aenter__(self):
        return await self.acquire()

    async def __aexit__(self, kind, error, trace):
        self.release()
