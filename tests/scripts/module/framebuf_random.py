# Random drawings in buffers of every format: the checksum of the bytes behind each, and a pixel.
import array
import binascii
import framebuf

FORMATS = (
    framebuf.MONO_VLSB,
    framebuf.MONO_HLSB,
    framebuf.MONO_HMSB,
    framebuf.GS2_HMSB,
    framebuf.GS4_HMSB,
    framebuf.GS8,
    framebuf.RGB565,
)
state = 4711


def below(n):
    global state
    state = state * 1021 % 65521
    return state % n


def around(n):
    return below(3 * n) - n


def colour():
    return (0, 1, 255, 65535, below(65536))[below(5)]


def buffer():
    width, height = 1 + below(20), 1 + below(20)
    stride = width + below(12)
    pattern = bytes([below(256) for _ in range(1 + below(7))])
    size = (stride + 8) * (height + 8) * 2
    data = bytearray((pattern * (size // len(pattern) + 1))[:size])
    return data, width, height, FORMATS[below(7)], stride


def rectangle(to, w, h):
    to.rect(around(w), around(h), around(w), around(h), colour(), below(2))


def line(to, w, h):
    to.line(around(w), around(h), around(w), around(h), colour())


def ellipse(to, w, h):
    to.ellipse(around(w), around(h), below(20), below(20), colour(), below(2), below(16))


def polygon(to, w, h):
    points = array.array("h", [below(40) - 12 for _ in range(2 * below(8))])
    to.poly(around(w), around(h), points, colour(), below(2))


def lines(to, w, h):
    to.hline(around(w), around(h), around(w), colour())
    to.vline(around(w), around(h), around(h), colour())
    to.pixel(around(w), around(h), colour())


def scroll(to, w, h):
    to.scroll(around(w) - w // 2, around(h) - h // 2)


def copy(to, w, h):
    source = buffer()
    if below(2):
        source = framebuf.FrameBuffer(*source)
    to.blit(source, around(w), around(h), below(5) - 1)


def through_palette(to, w, h):
    palette = framebuf.FrameBuffer(bytearray(512), 256, 1, framebuf.RGB565)
    for i in range(0, 256, 3):
        palette.pixel(i, 0, colour())
    source = buffer()
    if source[3] != framebuf.RGB565:
        to.blit(source, around(w), around(h), below(3) - 1, palette)


KINDS = rectangle, line, ellipse, polygon, lines, scroll, copy, through_palette
for number in range(240):
    drawn = buffer()
    surface = framebuf.FrameBuffer(*drawn)
    kind = KINDS[number % len(KINDS)]
    kind(surface, drawn[1], drawn[2])
    print(number, kind.__name__, binascii.crc32(drawn[0]), surface.pixel(below(20), below(20)))
