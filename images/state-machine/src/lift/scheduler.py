"""Cooperative tasks on simulated time. A task is a generator; what it yields is how long it sleeps."""

import heapq


def sleep(seconds):
    """Lets a task sleep: `yield from sleep(3)`."""
    if seconds > 0:
        yield seconds


class Scheduler:
    def __init__(self):
        self.now = 0
        self.steps = 0
        self.spawned = 0
        self._queue = []

    def spawn(self, task):
        self.spawned += 1
        self._push(0, self.spawned, task)

    def _push(self, delay, number, task):
        # The task's number breaks ties, so that tasks of one moment run in the order of their spawning.
        heapq.heappush(self._queue, (self.now + delay, number, task))

    def run(self, until):
        """Runs tasks in the order of their times, until none is left or the time is up."""
        while self._queue and self._queue[0][0] <= until:
            self.now, number, task = heapq.heappop(self._queue)
            self.steps += 1
            try:
                delay = task.send(None)
            except StopIteration:
                continue
            self._push(delay, number, task)
        for _, _, task in self._queue:
            task.close()
        self._queue.clear()
