# Exceptions of our own, args, str, repr, hierarchy.
class AppError(Exception):
    pass


class Coded(AppError):
    def __init__(self, code, text="?"):
        super().__init__(code, text)
        self.code = code

    def __str__(self):
        return "[%d] %s" % (self.code, self.args[1])


for make in (lambda: AppError(), lambda: AppError("one"), lambda: AppError("one", 2), lambda: Coded(7), lambda: Coded(404, "gone")):
    try:
        raise make()
    except AppError as e:
        print(type(e).__name__, str(e), repr(e), e.args, isinstance(e, Exception), getattr(e, "code", None))
for cls in (Exception, ValueError, KeyError, IndexError, LookupError, ArithmeticError, ZeroDivisionError, OverflowError, TypeError, AttributeError, NameError, RuntimeError, NotImplementedError, StopIteration, OSError, ImportError, MemoryError, AssertionError, SyntaxError, EOFError, UnicodeError, IndentationError, StopAsyncIteration):
    e = cls("text")
    print(cls.__name__, e, repr(e), issubclass(cls, Exception), cls.__bases__[0].__name__)
for cls in (KeyboardInterrupt, SystemExit, GeneratorExit):
    print(cls.__name__, issubclass(cls, BaseException), issubclass(cls, Exception))
print(repr(ValueError()), repr(ValueError(1, 2)), str(ValueError(1, 2)), str(KeyError("k")), repr(KeyError("k")), ValueError("a").args, ValueError("a") == ValueError("a"))
for bad in (lambda: 5, lambda: "text", lambda: None, lambda: int):
    try:
        raise bad()
    except TypeError as e:
        print("TypeError", e)
try:
    raise ValueError
except ValueError as e:
    print(repr(e), e.args)
try:
    raise Coded(1) from ValueError("cause")
except Coded as e:
    print("chained", e)
e = OSError(2)
print(e.errno, e.args, OSError(5, "io").args, OSError().args, OSError("x").args)
s = StopIteration(5)
print(s.value, StopIteration().value, SystemExit(3).args)
