# Sudoku by constraint and search; the number of guesses is part of the output.
def peers(i):
    r, c = divmod(i, 9)
    return {j for j in range(81) if j != i and (j // 9 == r or j % 9 == c or (j // 27 == r // 3 and j % 9 // 3 == c // 3))}


PEERS = [peers(i) for i in range(81)]
guesses = 0


def solve(cells):
    global guesses
    best, options = None, None
    for i in range(81):
        if cells[i] == 0:
            free = [d for d in range(1, 10) if all(cells[j] != d for j in PEERS[i])]
            if not free:
                return None
            if best is None or len(free) < len(options):
                best, options = i, free
                if len(free) == 1:
                    break
    if best is None:
        return cells
    for d in options:
        guesses += 1
        r = solve(cells[:best] + [d] + cells[best + 1 :])
        if r:
            return r
    return None


puzzle = "530070000600195000098000060800060003400803001700020006060000280000419005000080079"
result = solve([int(c) for c in puzzle])
for r in range(9):
    print("".join(str(d) for d in result[r * 9 : r * 9 + 9]))
print(guesses, sum(result))
