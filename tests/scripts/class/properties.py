# Properties with setters and deleters, computed and validating; attribute hooks.
class Temperature:
    def __init__(self):
        self._c = 0

    @property
    def celsius(self):
        print("get", end=" ")
        return self._c

    @celsius.setter
    def celsius(self, v):
        if v < -273:
            raise ValueError("below absolute zero")
        print("set", v, end=" ")
        self._c = v

    @celsius.deleter
    def celsius(self):
        print("delete", end=" ")
        self._c = None

    @property
    def kelvin(self):
        return self._c + 273

    def _get_f(self):
        return self._c * 9 // 5 + 32

    def _set_f(self, v):
        self._c = (v - 32) * 5 // 9

    fahrenheit = property(_get_f, _set_f)


t = Temperature()
t.celsius = 25
print(t.celsius, t.kelvin, t.fahrenheit)
t.fahrenheit = 212
t.celsius += 1
print(t._c)
del t.celsius
print(t._c)
for bad in (lambda: setattr(t, "kelvin", 1), lambda: setattr(t, "celsius", -300), lambda: delattr(t, "kelvin")):
    try:
        print(bad())
    except (AttributeError, ValueError) as e:
        print(type(e).__name__, e)


class Lazy:
    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        v = len(name)
        setattr(self, name, v)
        print("made", name, end=" ")
        return v


z = Lazy()
print(z.abc, z.abc, hasattr(z, "_no"), hasattr(z, "yes"), getattr(z, "_x", "default"))
