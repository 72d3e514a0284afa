# Physics by steps: springs and a bouncing ball; energies printed to nine digits.
class Body:
    def __init__(self, m, x, v):
        self.m, self.x, self.v = m, x, v


bodies = [Body(1.0, 0.0, 0.0), Body(2.0, 1.5, 0.0), Body(1.5, 3.0, -0.5)]


def energy():
    e = sum(b.m * b.v * b.v / 2 for b in bodies)
    for a, b in zip(bodies, bodies[1:]):
        e += 4.0 * (b.x - a.x - 1.0) ** 2 / 2
    return e


for step in range(400):
    if step % 80 == 0:
        print("%3d %.9f %s" % (step, energy(), ["%.6f" % b.x for b in bodies]))
    force = [0.0] * len(bodies)
    for i in range(len(bodies) - 1):
        f = 4.0 * (bodies[i + 1].x - bodies[i].x - 1.0)
        force[i] += f
        force[i + 1] -= f
    for b, f in zip(bodies, force):
        b.v += f / b.m * 0.005
        b.x += b.v * 0.005
h, v, bounces, t = 10.0, 0.0, 0, 0
while bounces < 5:
    v -= 9.81 * 0.01
    h += v * 0.01
    t += 1
    if h < 0:
        h, v = -h, -v * 0.8
        bounces += 1
        print(bounces, t, "%.6f %.6f" % (h, v))
