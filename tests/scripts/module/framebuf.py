# Drawing in buffers: formats, shapes, copies, and what is refused.
import array
import framebuf

FORMATS = (
    ("MONO_VLSB", framebuf.MONO_VLSB, 1),
    ("MONO_HLSB", framebuf.MONO_HLSB, 1),
    ("MONO_HMSB", framebuf.MONO_HMSB, 1),
    ("GS2_HMSB", framebuf.GS2_HMSB, 3),
    ("GS4_HMSB", framebuf.GS4_HMSB, 15),
    ("GS8", framebuf.GS8, 255),
    ("RGB565", framebuf.RGB565, 0xFFFF),
)


def show(surface, width, height):
    for y in range(height):
        print("".join("#" if surface.pixel(x, y) else "." for x in range(width)))


# One picture in every format: the same pixels, in other bytes.
for name, format, white in FORMATS:
    data = bytearray(11 * 16 * 2)
    surface = framebuf.FrameBuffer(data, 11, 9, format, 12)
    surface.rect(0, 0, 11, 9, white)
    surface.line(1, 1, 9, 7, white)
    surface.ellipse(5, 4, 3, 2, white, True, 0b0101)
    surface.pixel(8, 2, white)
    surface.hline(-3, 6, 7, white)
    surface.vline(9, 5, 40, white)
    print(name, surface.pixel(0, 0), surface.pixel(10, 1), surface.pixel(11, 1), bytes(data[:24]))
    if format == framebuf.MONO_VLSB:
        show(surface, 11, 9)

# Shapes and their insides.
data = bytearray(32 * 3)
surface = framebuf.FrameBuffer(data, 32, 24, framebuf.MONO_HLSB)
surface.ellipse(8, 8, 7, 5, 1)
surface.ellipse(24, 8, 5, 7, 1, True, 0b0011)
surface.poly(2, 14, array.array("h", [0, 0, 9, 2, 4, 8, -1, 5]), 1)
surface.poly(14, 13, array.array("b", [0, 0, 16, 0, 8, 5, 16, 10, 0, 10]), 1, True)
show(surface, 32, 24)
surface.scroll(3, -2)
show(surface, 32, 24)
surface.fill_rect(5, 5, 20, 10, 0)
surface.fill_rect(-5, 20, 20, 10, 1)
show(surface, 32, 24)
surface.fill(1)
print(set(data))

# Copies: with a colour that is left out, through a palette, out of a tuple, and in part.
sprite = framebuf.FrameBuffer(bytearray(b"\x18\x3c\x7e\xff\xff\x7e\x3c\x18"), 8, 8, framebuf.MONO_HLSB)
palette = framebuf.FrameBuffer(bytearray(2), 2, 1, framebuf.GS8)
palette.pixel(0, 0, 3)
palette.pixel(1, 0, 9)
data = bytearray(8 * 20)
screen = framebuf.FrameBuffer(data, 16, 10, framebuf.GS8)
screen.fill(1)
screen.blit(sprite, -2, -2)
screen.blit(sprite, 7, 1, 0)
screen.blit(sprite, 12, 6, 9, palette)
screen.blit((b"\x01\x02\x03\x04", 2, 2, framebuf.GS8), 0, 8)
screen.blit([b"\x05\x06\x07\x08", 1, 2, framebuf.GS8, 2], 3, 8)
screen.blit(sprite, 100, 0)
for y in range(10):
    print(" ".join(str(screen.pixel(x, y)) for x in range(16)))

# It lends its bytes, and a class may extend it.
print(len(memoryview(screen)), bytes(screen)[:4])


class Display(framebuf.FrameBuffer):
    def __init__(self, width, height):
        self.buffer = bytearray(width * height // 8)
        super().__init__(self.buffer, width, height, framebuf.MONO_VLSB)

    def frame(self):
        self.rect(0, 0, 16, 8, 1)
        return self


display = Display(16, 8).frame()
print(display.buffer, display.pixel(1, 1), display.pixel(15, 7))
old = framebuf.FrameBuffer1(bytearray(8), 8, 8)
old.fill_rect(1, 1, 2, 2, 1)
print(bytes(old), framebuf.MVLSB)

# Text: letters of eight by eight pixels, each another.
seen = set()
tile = bytearray(24 * 3)
paper = framebuf.FrameBuffer(tile, 24, 24, framebuf.MONO_HLSB)
for code in range(33, 127):
    paper.fill(0)
    paper.text(chr(code), 8, 8)
    outside = [row for i, row in enumerate(tile) if row and (i % 3 != 1 or not 24 <= i < 48)]
    seen.add(bytes(tile))
    if outside or not any(tile):
        print("bad", code)
print(len(seen))
paper.fill(0)
paper.text(" ", 8, 8)
print(any(tile))
paper.text("\x01\xff", 0, 0, 1)
print(tile[0], tile[3], tile[1])
paper.text("out of sight", 24, 0)
paper.text("out of sight", 0, -8)

for arguments in (
    (bytearray(8), 8, 8, 7),
    (bytearray(8), 0, 8, 0),
    (bytearray(8), 8, -1, 0),
    (bytearray(8), 8, 9, 0),
    (bytearray(8), 8, 8, 0, 7),
    (bytearray(8), 70000, 1, 0),
    (bytearray(15), 8, 8, framebuf.GS2_HMSB),
    (5, 8, 8, 0),
    (bytes(8), 8, 8, 0),
    (bytearray(8), 8, 8),
    (bytearray(8), 8, "8", 0),
):
    try:
        framebuf.FrameBuffer(*arguments)
        print("taken", arguments)
    except (ValueError, TypeError) as problem:
        print(type(problem).__name__, problem)
for call in (
    lambda: surface.fill(),
    lambda: surface.pixel(1, 2, 3, 4),
    lambda: surface.line(0, 0, 1, 1.5, 1),
    lambda: surface.text(b"bytes", 0, 0),
    lambda: surface.text(5, 0, 0),
    lambda: surface.blit(5, 0, 0),
    lambda: surface.blit((bytes(8), 8, 8), 0, 0),
    lambda: surface.poly(0, 0, [1, 2], 1),
):
    try:
        print("taken", call())
    except (ValueError, TypeError) as problem:
        print(type(problem).__name__, problem)
