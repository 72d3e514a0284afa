# try, except, else, finally in every order of leaving.
def run(what):
    out = []
    try:
        out.append("try")
        if what == "value":
            raise ValueError("v")
        if what == "key":
            {}["missing"]
        if what == "return":
            return out
        if what == "zero":
            1 // 0
    except ValueError as e:
        out.append("except %s" % e)
    except (KeyError, IndexError) as e:
        out.append("lookup %r" % e)
    else:
        out.append("else")
    finally:
        out.append("finally")
        print(what, out)
    out.append("after")
    return out


for what in ("none", "value", "key", "return"):
    print(run(what))
try:
    run("zero")
except ZeroDivisionError as e:
    print("outside", e)


def override():
    try:
        return "try"
    finally:
        return "finally"


def swallow():
    for i in range(3):
        try:
            1 // 0
        finally:
            if i < 2:
                continue
            break
    return i


def nested():
    try:
        try:
            raise KeyError("inner")
        finally:
            print("f1")
    except KeyError as e:
        print("caught", e)
        try:
            raise TypeError("from handler")
        except TypeError as e2:
            print("caught", e2)
    finally:
        print("f2")


def loop():
    n = 0
    while True:
        try:
            n += 1
            if n == 2:
                continue
            if n > 4:
                break
            print("body", n)
        finally:
            print("fin", n)
    return n


print(override(), swallow(), nested(), loop())


def reraise():
    try:
        try:
            raise ValueError(1)
        except ValueError:
            print("first")
            raise
    except ValueError as e:
        print("second", e)


reraise()
try:
    raise
except RuntimeError as e:
    print("RuntimeError", e)
