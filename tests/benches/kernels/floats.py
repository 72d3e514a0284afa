# Floats: a Mandelbrot set, and an integral. The boards have none in hardware.
def mandelbrot(size, limit):
    inside = 0
    for row in range(size):
        for column in range(size):
            cr = 3.0 * column / size - 2.0
            ci = 2.0 * row / size - 1.0
            zr = zi = 0.0
            for _ in range(limit):
                zr, zi = zr * zr - zi * zi + cr, 2.0 * zr * zi + ci
                if zr * zr + zi * zi > 4.0:
                    break
            else:
                inside += 1
    return inside


def integral(steps):
    total = 0.0
    width = 1.0 / steps
    for n in range(steps):
        x = (n + 0.5) * width
        total += 4.0 / (1.0 + x * x) * width
    return total


print(mandelbrot(16, 20), "%.3f" % integral(500))
