"""asyncio: tasks that take turns, on one thread.

The event loop is loaded at once, everything else when a program first asks for it.
"""

from .core import *

__version__ = (3, 0, 0)

_LATER = {
    "event": ("Event", "ThreadSafeFlag"),
    "funcs": ("gather", "wait_for", "wait_for_ms"),
    "lock": ("Lock",),
    "stream": ("Server", "StreamReader", "StreamWriter", "open_connection", "start_server"),
}


def __getattr__(name):
    for part, names in _LATER.items():
        if name in names:
            globals()[name] = found = getattr(__import__(part, globals(), None, (name,), 1), name)
            return found
    raise AttributeError(name)
