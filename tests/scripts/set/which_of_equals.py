# Of two items that are equal, which one a set operation keeps.
def show(s):
    return sorted(type(x).__name__ for x in s)


print(show({1, "a"} & {True, "a"}), show({True, "a"} & {1, "a"}))
print(show({1} | {True}), show({True} | {1}))
print(show({1, 2} - {3}), show({True, 2} ^ {2}))
s = {1, 2}
s &= {True}
print(show(s))
s = {1, 2}
s.intersection_update([True])
print(show(s))
