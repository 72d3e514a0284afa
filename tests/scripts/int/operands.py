# A bool is an int to every operator; a class with __int__ counts where a position is asked for.
def attempt(f):
    try:
        print(repr(f()))
    except (TypeError, IndexError) as e:
        print(type(e).__name__, e)


for times in (True, False):
    print(times * "ab", "ab" * times, times * [1], times * (1,), times * b"x")


class Third:
    def __int__(self):
        return 2


third = Third()
attempt(lambda: [1, 2, 3][third])
attempt(lambda: "abc"[third])
attempt(lambda: (1, 2)[third])
attempt(lambda: b"abc"[third])
attempt(lambda: range(5)[third])
attempt(lambda: [1, 2, 3].pop(third))
attempt(lambda: [1, 2][object()])
attempt(lambda: hex(third))
attempt(lambda: oct(third))
attempt(lambda: hex(1.5))

# The right side of a relation keeps its type in the message, that of other operators does not.
attempt(lambda: "a" < True)
attempt(lambda: [] >= False)
attempt(lambda: None - True)
attempt(lambda: True - None)
attempt(lambda: "a" in 5)
attempt(lambda: 2.5 in 5)
attempt(lambda: 5 in 2.5)
