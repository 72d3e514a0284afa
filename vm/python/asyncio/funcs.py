"""Waiting with a limit, and for several at once."""

from . import core


async def _watch(awaitable, waiter, outcome):
    """Notes how an awaitable ends, and wakes the task that sleeps meanwhile."""
    try:
        outcome.append(await awaitable)
        outcome.append(None)
    except BaseException as error:
        outcome.append(None)
        outcome.append(error)
    # Unless it was woken or cancelled at the same moment.
    if waiter is not None and waiter.data is None and not waiter.done():
        core._task_queue.push(waiter)


async def wait_for(awaitable, timeout, sleep=core.sleep):
    awaitable = core._promote_to_task(awaitable)
    if timeout is None:
        return await awaitable
    outcome = []
    watcher = core.create_task(_watch(awaitable, core.cur_task, outcome))
    try:
        await sleep(timeout)
    except core.CancelledError:
        watcher.cancel()
        raise
    if not outcome:
        watcher.cancel()
        await watcher
        raise core.TimeoutError
    value, error = outcome
    if error is not None:
        raise error
    return value


def wait_for_ms(awaitable, timeout):
    return wait_for(awaitable, timeout, core.sleep_ms)


class _Gathering:
    """Wakes a task when all of a group have ended, or the first that raises."""

    def __init__(self, tasks, all_outcomes):
        self.tasks = tasks
        self.all_outcomes = all_outcomes
        self.error = None
        self.running = 0
        self.waiter = None
        self.on_end = self._ended
        for task in tasks:
            if task.done():
                self._note(task.data)
            elif task.state is not True:
                self.forget(False)
                raise RuntimeError("can't gather")
            else:
                task.state = self.on_end
                self.running += 1

    def _note(self, outcome):
        if self.error is None and not isinstance(outcome, StopIteration) and not self.all_outcomes:
            self.error = outcome

    def _ended(self, task, outcome):
        self._note(outcome)
        self.running -= 1
        # A waiter that has been woken or cancelled waits for something else.
        if self.waiter is not None and self.waiter.data is self and self.is_over():
            core._task_queue.push(self.waiter)

    def is_over(self):
        return not self.running or self.error is not None

    def remove(self, task):
        """The waiter is cancelled: nothing holds it but itself."""

    def forget(self, cancel):
        """Lets the tasks that still run go their own ways, or end."""
        for task in self.tasks:
            if task.state is self.on_end:
                task.state = True
                if cancel:
                    task.cancel()


def _result(task):
    outcome = task.data
    return outcome.value if isinstance(outcome, StopIteration) else outcome


# async
def gather(*awaitables, return_exceptions=False):
    tasks = [core._promote_to_task(awaitable) for awaitable in awaitables]
    group = _Gathering(tasks, return_exceptions)
    if not group.is_over():
        group.waiter = core.cur_task
        core.cur_task.data = group
        try:
            yield
        except core.CancelledError:
            group.forget(True)
            raise
        group.forget(False)
    if group.error is not None:
        group.forget(False)
        raise group.error
    return [_result(task) for task in tasks]
