# Exceptions: raised and caught near and far, finally, with, a class of the program's own.
class Refused(Exception):
    def __init__(self, code):
        super().__init__("refused", code)
        self.code = code


class Guard:
    def __init__(self):
        self.left = 0

    def __enter__(self):
        return self

    def __exit__(self, kind, value, traceback):
        self.left += 1
        return kind is Refused


def deep(n, code):
    if n == 0:
        raise Refused(code)
    return deep(n - 1, code) + 1


def main():
    guard = Guard()
    caught = finals = codes = 0
    for turn in range(600):
        try:
            [][turn]
        except IndexError:
            caught += 1
        try:
            deep(5, turn)
        except (KeyError, Refused) as e:
            codes += e.code
        finally:
            finals += 1
        with guard:
            raise Refused(turn)
    return caught, finals, codes, guard.left


print(main())
