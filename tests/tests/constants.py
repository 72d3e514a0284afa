# What programs do with tuples, and with the floats and texts in them: the same must come out wherever they lie.
import gc, json, math, struct, collections, sys
alpha = 'alpha'
R = (1, 2.5, 'a unit of some kind', b'raw 1')
T = (
    (1, 2.5, 'a unit of some kind', b'raw 1'), (-7, -0.0, 'print', None),
    ('\u00e9 of text', (True, False, (..., 1e300)), 'alpha'), 3.25,
    'a text of so many letters that nobody looks for its name', 1073741823, ('x', 'y'),
)
N = ((1, 2), (3, 4), (5, 6))
row = T[0]
print(row, T, row[1] + 1, 2 * row[1], row[1] * row[1], row == R, row is R, R == row, row != R, row < (1, 3), (1,) < row)
for x in T:
    print(x, type(x), x == x, x is x)
for x in row:
    print(x)
for a, b, c, d in (T[0], T[1]):
    print(a, b, c, d)
for a, b in N:
    print(a + b)
a, *b = row
print(a, b, [x for x in T[2]], {x: 1 for x in N}, set(N) == {(1, 2), (3, 4), (5, 6)})
print(row + T[1], R + row, row + R, row * 2, row[1:3], row[::-1], row[-1], 2.5 in row, 'alpha' in T[2], 9 in row, R[1] in row)
print(row.index(2.5), row.count(1), len(row), isinstance(row, tuple), isinstance(T[3], float), bool(row), type(row) is tuple)
d = {row: 1, T[3]: 2, R[1]: 3, T[4]: 4}
print(d[R], d[3.25], d[row], d[2.5], d[row[1]], d['a text of so many letters that nobody looks for its name'], hash(row[:2]) == hash(R[:2]), hash(T[3]) == hash(3.25))
print(sorted([T[1][:2], row[:2]]), sorted(N, key=lambda p: -p[1]), max(row[:2]), min(N), sum(row[:2]), sum(N[0]))
print('%s %s %s %s' % row, '%r' % (row,), '%.2f' % T[3], '{:.3f} {}'.format(T[3], row), repr(row), str(T[3]), ','.join(T[6]))
print(list(row), tuple(row) is row, row is T[0], id(row) == id(T[0]), list(zip(row, T[1])), list(enumerate(row)), list(reversed(row)), list(map(str, row)))
print(float(T[3]), float(T[3]) is T[3], int(row[1]), round(T[3]), abs(T[1][1]), -T[3], +T[3], T[3] ** 2, T[3] // 1, T[3] % 2, 7 / T[3], 7 - T[3], divmod(T[3], 2), T[3] < 4, 4 > T[3], T[3] == 3.25, 3.25 == T[3], not T[1][1], complex(T[3]), T[3] * 1j)
def f(*a, **k):
    return a, k
def g(a=(1, (2, 3.5)), *, b=((4, 5), 6)):
    return a[1][1] + b[0][1]
print(f(*row), f(*N[0]), g(), f(1, *T[6], k=row))
print(json.dumps([T[1][:2], T[3], N]), math.sqrt(T[3]), math.floor(T[3]), struct.pack('<fi', T[3], row[0]), math.isclose(T[3], 3.25))
print('a unit'.startswith((('b', 'a'), 1)[0]), 'x'.join((('p', 'q'), 1)[0]), row[2].split(), row[2].upper(), row[3] + b'!', row[2][2:6], T[2][0][0])
P = collections.namedtuple('P', (('left', 'right'), 0)[0])
p = P(*N[1])
print(p, p.left, p == (3, 4), p == N[1], N[1] == p, N[1] + p, collections.deque(row, 9).pop())
class Q(tuple):
    pass
q = Q(row)
print(q == row, row == q, len(q), q[1], list(q), isinstance(q, tuple), list(bytes((1, 2, 3))), bytearray((7, 8)))
try:
    row[0] = 1
except TypeError as e:
    print(e)
try:
    row[9]
except IndexError as e:
    print(e)
try:
    row.append(1)
except AttributeError as e:
    print(e)
try:
    raise ValueError(*row)
except ValueError as e:
    print(e, e.args, e.args[1] + 1)
try:
    a, b = row
except ValueError as e:
    print(e)
try:
    {}[T[2]]
except KeyError as e:
    print(e)
try:
    hash((1, []))
except TypeError as e:
    print(e)
kept = [list(T), dict(enumerate(T)), (row, T[3]), iter(row), (x for x in T)]
gc.collect()
[[1.5, ()] for _ in range(2000)]
gc.collect()
print(kept[0] == list(T), kept[1][3] + 1, kept[2], next(kept[3]), next(kept[4]), next(kept[4]))
x = 0.0
for a, b, c, d in (row, row, T[1]):
    x += b
    x = b - x if b else x
print(x, any(T[1]), all(T[2]), (row if T[1][3] else T[6]), (lambda a, b: a - b)(*N[2]))
print('end')
