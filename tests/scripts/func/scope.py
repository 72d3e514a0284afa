# Global, nonlocal and class scopes; unbound locals; del of names.
x = "global"


def read():
    return x


def shadow():
    x = "local"
    return x


def change():
    global x, fresh
    x = "changed"
    fresh = 1


print(read(), shadow(), x)
change()
print(read(), fresh)


def unbound():
    try:
        print(y)
    except NameError as e:
        print(type(e).__name__, e)
    y = 1
    del y
    try:
        y
    except NameError as e:
        print(type(e).__name__, e)


unbound()


class C:
    x = "class"
    copies = [1]

    def get(self):
        return x

    y = x + "!"


print(C().get(), C.x, C.y)
del fresh
try:
    fresh
except NameError as e:
    print("NameError", e)
try:
    undefined_name
except NameError as e:
    print(e)
print("x" in globals(), "nope" in globals(), globals()["x"], sorted(k for k in globals() if k in ("read", "shadow")))
if True:
    z = 5
print(z)
for _ in []:
    never = 1
try:
    never
except NameError:
    print("never")
