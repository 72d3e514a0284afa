# What a class that extends a type of the firmware says of truth and hash: its own __bool__ and __hash__, then the type, and only
# then its __len__ and __eq__.


class L(list):
    def __len__(self):
        return 0


print(bool(L([1])))


class M(list):
    def __bool__(self):
        return 0


print(bool(M([1])), not M([1]))


class N:
    def __len__(self):
        return 0


print(bool(N()))


class O:
    def __bool__(self):
        return N()


try:
    print(bool(O()))
except Exception as e:
    print(repr(e))


class P(ValueError):
    pass


print(bool(P()), bool(ValueError()))


class T(tuple):
    def __eq__(self, o):
        return True


try:
    print(hash(T((1,2)))==hash((1,2)))
except Exception as e:
    print(repr(e))


class D(dict):
    pass


try:
    print(hash(D()) is not None)
except Exception as e:
    print(repr(e))


class E:
    def __eq__(self, o):
        return True


try:
    print(hash(E()))
except Exception as e:
    print(repr(e))


class F(ValueError):
    pass


try:
    print(hash(F()) is not None)
except Exception as e:
    print(repr(e))


class G(ValueError):
    def __eq__(self, o):
        return True


try:
    print(hash(G()) is not None)
except Exception as e:
    print(repr(e))


class H:
    def __hash__(self):
        return "a"


try:
    print(hash(H()) is not None)
except Exception as e:
    print(repr(e))
try:
    print({H():1} is not None)
except Exception as e:
    print(repr(e))
try:
    print({T((1,2)):1} is not None)
except Exception as e:
    print(repr(e))


class I(int):
    def __eq__(self, o):
        return True


try:
    print(hash(I(5)))
except Exception as e:
    print(repr(e))
try:
    print(hash({}))
except Exception as e:
    print(repr(e))
try:
    print({D():1})
except Exception as e:
    print(repr(e))
