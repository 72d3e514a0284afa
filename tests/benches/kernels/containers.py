# Lists, dicts, sets and tuples: made, filled, sorted, looked up.
def main():
    table = {}
    seed = 12345
    for _ in range(3000):
        seed = (seed * 1103 + 12345) & 0x7FFF
        key = seed % 257
        table[key] = table.get(key, 0) + 1
    pairs = sorted(table.items(), key=lambda pair: (-pair[1], pair[0]))
    squares = [n * n for n in range(500) if n % 3]
    evens = {n for n in squares if n % 2 == 0}
    names = {("k", n): n for n in range(200)}
    found = sum(names[("k", n)] for n in range(200))
    stack = []
    for n in range(2000):
        stack.append(n)
        if n % 3 == 0:
            stack.pop()
    return pairs[:2], len(evens), found, len(stack), squares[-1]


print(main())
