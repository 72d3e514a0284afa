//! Pixels in bytes: where each lies, and runs of them.

/// How the pixels of a buffer are packed, by `framebuf`'s numbers.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(usize)]
pub(super) enum Format {
    /// A bit each, eight rows to a byte, the top row in bit 0.
    MonoVlsb = 0,
    /// 16 bits each, in the processor's order of bytes.
    Rgb565 = 1,
    /// 4 bits each, the left pixel in the high half.
    Gs4Hmsb = 2,
    /// A bit each, eight columns to a byte, the left one in bit 7.
    MonoHlsb = 3,
    /// The same with the left one in bit 0.
    MonoHmsb = 4,
    /// 2 bits each, the left pixel in the lowest ones.
    Gs2Hmsb = 5,
    /// A byte each.
    Gs8 = 6,
}

impl Format {
    /// The format of a number.
    pub(super) fn of(number: isize) -> Option<Format> {
        use Format::{Gs2Hmsb, Gs4Hmsb, Gs8, MonoHlsb, MonoHmsb, MonoVlsb, Rgb565};
        const ALL: [Format; 7] = [MonoVlsb, Rgb565, Gs4Hmsb, MonoHlsb, MonoHmsb, Gs2Hmsb, Gs8];
        ALL.get(usize::try_from(number).ok()?).copied()
    }

    /// A pixel has 2 to the power of this bits.
    fn log_bits(self) -> i32 {
        const LOGS: [u8; 7] = [0, 4, 2, 0, 0, 1, 3];
        LOGS[self as usize].into()
    }

    /// So many pixels of a row, and those that share the last one's byte.
    fn whole_bytes(self, pixels: i32) -> i32 {
        let others: i32 = 7 >> self.log_bits();
        (pixels + others) & !others
    }

    /// Whether the left pixel of a byte is in its high bits.
    fn is_high_first(self) -> bool {
        matches!(self, Format::MonoHlsb | Format::Gs4Hmsb)
    }
}

/// Size and format of a surface.
#[derive(Clone, Copy)]
pub(super) struct Shape {
    pub(super) width: i32,
    pub(super) height: i32,
    /// Pixels from one row to the next.
    pub(super) stride: i32,
    pub(super) format: Format,
}

impl Shape {
    /// A shape of sizes from 1 to 0xFFFF, whose rows begin in bytes of their own.
    pub(super) fn new(width: i32, height: i32, stride: i32, format: Format) -> Shape {
        let stride = match format {
            Format::MonoVlsb => stride,
            _ => format.whole_bytes(stride),
        };
        Shape {
            width,
            height,
            stride,
            format,
        }
    }

    /// How many bytes it needs. Those of the last row end with it, not with its stride.
    pub(super) fn bytes(&self) -> usize {
        let (rows, last) = match self.format {
            Format::MonoVlsb => ((self.height - 1) & !7, 8 * self.width),
            _ => (self.height - 1, self.format.whole_bytes(self.width)),
        };
        // At most 0xFFFE times 0xFFFF, and 8 times 0xFFFF.
        let pixels = rows as usize * self.stride as usize + last as usize;
        match self.format.log_bits() {
            4 => pixels.saturating_mul(2),
            log => pixels >> (3 - log),
        }
    }

    /// Whether there is such a pixel.
    pub(super) fn contains(&self, x: i32, y: i32) -> bool {
        (0..self.width).contains(&x) && (0..self.height).contains(&y)
    }

    /// Pixels before this one, from the first on.
    fn place(&self, x: i32, y: i32) -> isize {
        y as isize * self.stride as isize + x as isize
    }

    /// A pixel that there is; 0 where the bytes have become fewer.
    pub(super) fn pixel(&self, bytes: &[u8], x: i32, y: i32) -> i32 {
        let byte = |i: isize| i32::from(bytes.get(i as usize).copied().unwrap_or(0));
        let log = self.format.log_bits();
        let at = self.place(x, y);
        match self.format {
            Format::MonoVlsb => byte(self.place(x, y >> 3)) >> (y & 7) & 1,
            Format::Rgb565 => i32::from(u16::from_ne_bytes([
                byte(2 * at) as u8,
                byte(2 * at + 1) as u8,
            ])),
            _ => {
                let bits = 1 << log;
                let at = at << log;
                let low = match (at & 7) as i32 {
                    low if self.format.is_high_first() => 8 - bits - low,
                    low => low,
                };
                byte(at >> 3) >> low & ((1 << bits) - 1)
            }
        }
    }
}

/// The bytes of a surface, to draw on. What lies outside is not drawn.
pub(super) struct Surface<'b> {
    pub(super) bytes: &'b mut [u8],
    pub(super) shape: &'b Shape,
}

impl Surface<'_> {
    /// Changes the bits of a mask in a byte.
    fn put(&mut self, at: isize, mask: u8, value: u8) {
        if let Some(byte) = self.bytes.get_mut(at as usize) {
            *byte = *byte & !mask | value & mask;
        }
    }

    /// The two bytes, one after the other, of a surface that has this colour all over.
    fn pattern(&self, colour: i32) -> [u8; 2] {
        /// Each pixel once, by the logarithm of its bits.
        const ONES: [u32; 5] = [0xFFFF, 0x5555, 0x1111, 0x0101, 1];
        let log = self.shape.format.log_bits();
        let colour = match log {
            0 => (colour != 0) as u32,
            _ => colour as u32 & ((1 << (1 << log)) - 1),
        };
        ((colour * ONES[log as usize]) as u16).to_ne_bytes()
    }

    /// Fills a rectangle.
    pub(super) fn fill(&mut self, x: i32, y: i32, width: i32, height: i32, colour: i32) {
        let shape = self.shape;
        let (right, bottom) = ((x + width).min(shape.width), (y + height).min(shape.height));
        let (left, top) = (x.max(0), y.max(0));
        if left >= right || top >= bottom {
            return;
        }
        let pattern = self.pattern(colour);
        if shape.format == Format::MonoVlsb {
            for band in top >> 3..=(bottom - 1) >> 3 {
                let mask = bits_of_byte(top - 8 * band, bottom - 8 * band);
                for x in left..right {
                    self.put(shape.place(x, band), mask, pattern[0]);
                }
            }
            return;
        }
        let log = shape.format.log_bits();
        for y in top..bottom {
            let (start, end) = (shape.place(left, y) << log, shape.place(right, y) << log);
            for at in start >> 3..=(end - 1) >> 3 {
                let (from, to) = ((start - 8 * at) as i32, (end - 8 * at) as i32);
                let mask = match shape.format.is_high_first() {
                    true => bits_of_byte(8 - to, 8 - from),
                    false => bits_of_byte(from, to),
                };
                self.put(at, mask, pattern[at as usize & 1]);
            }
        }
    }

    /// Draws a pixel, if there is such a one.
    pub(super) fn set(&mut self, x: i32, y: i32, colour: i32) {
        self.fill(x, y, 1, 1, colour);
    }

    /// Moves all pixels; those that nothing is moved to stay.
    pub(super) fn scroll(&mut self, dx: i32, dy: i32) {
        let &Shape { width, height, .. } = self.shape;
        // Each pixel is read before it is drawn over.
        for row in 0..height {
            let y = if dy < 0 { row } else { height - 1 - row };
            for column in 0..width {
                let x = if dx < 0 { column } else { width - 1 - column };
                if self.shape.contains(x - dx, y - dy) {
                    let colour = self.shape.pixel(self.bytes, x - dx, y - dy);
                    self.set(x, y, colour);
                }
            }
        }
    }
}

/// The bits of a byte from one to before another, which may lie outside.
fn bits_of_byte(from: i32, to: i32) -> u8 {
    ((1u32 << to.min(8)) - (1u32 << from.max(0))) as u8
}
