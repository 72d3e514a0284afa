# sys, errno, micropython.const, gc and builtins that every port has.
import sys, errno, gc, micropython, builtins
from micropython import const

LIMIT = const(42)
_HIDDEN = const(LIMIT + 1)
print(LIMIT, _HIDDEN, sys.byteorder, sys.implementation[0], sys.version_info[0] >= 3, isinstance(sys.path, list), isinstance(sys.argv, list), sys.maxsize > 2**30, isinstance(sys.platform, str))
print(errno.ENOENT, errno.EEXIST, errno.EINVAL, errno.EIO, errno.errorcode[errno.ENOENT], "sys" in sys.modules)
print(gc.isenabled(), gc.mem_alloc() > 0, gc.mem_free() > 0, gc.disable(), gc.isenabled(), gc.enable(), gc.isenabled())
print(builtins.len is len, builtins.abs(-1))
for args in ((), (0,), (3,), ("text",)):
    try:
        sys.exit(*args)
    except SystemExit as e:
        print("SystemExit", e.args)
try:
    __import__("nothing_here")
except ImportError as e:
    print("ImportError", e)
try:
    from sys import nothing_there
except ImportError as e:
    print("ImportError", e)
print(type(sys).__name__, dir(LIMIT) == dir(5), "append" in dir([]), sorted(n for n in dir(Exception()) if n == "args"))
print(id(LIMIT) == id(42), id([]) != id({}), hash(5), isinstance(NotImplemented, object), Ellipsis is ..., ...)
