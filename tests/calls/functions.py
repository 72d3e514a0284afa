FUNCTIONS = (
    abs, all, any, bin, bool, bytearray, bytes, callable, chr, complex, dict, divmod, enumerate, filter, float,
    frozenset, getattr, hasattr, hex, int, isinstance, issubclass, iter, len, list, map, max, memoryview, min, next, oct, ord, pow,
    range, repr, reversed, round, set, slice, sorted, staticmethod, str, sum, super, tuple, type, zip,
)
for function in FUNCTIONS:
    name = getattr(function, "__name__", "function")
    attempt(lambda: function(), name)
    unary(name, function)
    if function is not pow:
        binary(name, function)
