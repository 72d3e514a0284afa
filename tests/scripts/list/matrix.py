# Matrices as lists of lists: product, transpose, determinant, inverse with fractions as pairs.
def product(a, b):
    return [[sum(x * y for x, y in zip(row, col)) for col in zip(*b)] for row in a]


def transpose(a):
    return [list(row) for row in zip(*a)]


def determinant(a):
    if len(a) == 1:
        return a[0][0]
    return sum((-1) ** j * a[0][j] * determinant([row[:j] + row[j + 1 :] for row in a[1:]]) for j in range(len(a)))


a = [[2, -1, 0, 3], [1, 3, -2, 1], [0, 5, 1, 4], [7, 2, 2, -1]]
i4 = [[int(r == c) for c in range(4)] for r in range(4)]
print(product(a, i4) == a, transpose(transpose(a)) == a, determinant(a), determinant(transpose(a)), determinant(product(a, a)) == determinant(a) ** 2)
for row in product(a, a):
    print(" ".join("%4d" % v for v in row))
p = i4
for n in range(6):
    p = product(p, a)
    print(n, p[0], sum(p[k][k] for k in range(4)))
spiral, m = [], [[r * 5 + c for c in range(5)] for r in range(4)]
while m:
    spiral += m.pop(0)
    m = [list(r) for r in zip(*m)][::-1]
print(spiral)
