//! Decompression (RFC 1951), a byte of input at a time, with the window in the caller's memory.
//!
//! No more input is taken than the output that is asked for needs, so that what follows in the source stays there.

/// Longest code.
const MAX_BITS: usize = 15;

/// A code, as numbers of codes of each length and symbols in their order.
#[repr(C)]
#[derive(Clone, Copy)]
struct Code {
    count: [u16; MAX_BITS + 1],
    symbol: [u16; 288],
}

impl Code {
    const EMPTY: Code = Code {
        count: [0; MAX_BITS + 1],
        symbol: [0; 288],
    };

    /// The code of these lengths; `None` where they promise more codes than there are.
    fn of(lengths: &[u8]) -> Option<Code> {
        let mut code = Code::EMPTY;
        for &n in lengths {
            code.count[n as usize] += 1;
        }
        let mut left = 1i32;
        let mut at = [0u16; MAX_BITS + 1];
        for n in 1..=MAX_BITS {
            left = (left << 1) - i32::from(code.count[n]);
            if left < 0 {
                return None;
            }
            at[n] = match n {
                1 => 0,
                _ => at[n - 1] + code.count[n - 1],
            };
        }
        for (symbol, &n) in lengths.iter().enumerate() {
            if n != 0 {
                code.symbol[at[n as usize] as usize] = symbol as u16;
                at[n as usize] += 1;
            }
        }
        Some(code)
    }
}

/// Where decompression stands. Plain numbers only, so that any bytes are a state: zeros are that of the start.
#[repr(C)]
#[derive(Clone, Copy)]
pub(super) struct State {
    bits: u32,
    n_bits: u32,
    stage: u32,
    last: u32,
    /// Bytes left of a stored block.
    stored: u32,
    /// Bytes left of a copy, and from how far back.
    copy: u32,
    distance: u32,
    /// Bytes put out.
    total: u32,
    literals: Code,
    distances: Code,
}

mod stage {
    pub const HEADER: u32 = 0;
    pub const STORED: u32 = 1;
    pub const CODED: u32 = 2;
    pub const END: u32 = 3;
}

/// What stops decompression.
pub(super) enum Stop<E> {
    /// The data is no such stream.
    Data,
    /// The source failed.
    Source(E),
}

/// One byte of the source at a time.
pub(super) type Next<'f, E> = dyn FnMut() -> Result<u8, E> + 'f;

impl State {
    /// Fills the start of `out`; fewer bytes than it holds at the end of the data only. `window` keeps the last bytes.
    pub(super) fn read<E>(
        &mut self,
        next: &mut Next<'_, E>,
        window: &mut [u8],
        out: &mut [u8],
    ) -> Result<usize, Stop<E>> {
        let mut done = 0;
        while done < out.len() {
            let byte = match self.stage {
                _ if self.copy > 0 => {
                    self.copy -= 1;
                    let at = self.total.wrapping_sub(self.distance) as usize % window.len();
                    window[at]
                }
                stage::HEADER if self.last != 0 => {
                    self.stage = stage::END;
                    continue;
                }
                stage::HEADER => {
                    self.block(next)?;
                    continue;
                }
                stage::STORED if self.stored == 0 => {
                    self.stage = stage::HEADER;
                    continue;
                }
                stage::STORED => {
                    self.stored -= 1;
                    next().map_err(Stop::Source)?
                }
                stage::CODED => match self.symbol(next, window.len())? {
                    Some(byte) => byte,
                    None => continue,
                },
                _ => break,
            };
            window[self.total as usize % window.len()] = byte;
            self.total = self.total.wrapping_add(1);
            out[done] = byte;
            done += 1;
        }
        Ok(done)
    }

    fn take<E>(&mut self, next: &mut Next<'_, E>, n: u32) -> Result<u32, Stop<E>> {
        while self.n_bits < n {
            let byte = next().map_err(Stop::Source)?;
            self.bits |= u32::from(byte) << self.n_bits;
            self.n_bits += 8;
        }
        let value = self.bits & ((1 << n) - 1);
        self.bits >>= n;
        self.n_bits -= n;
        Ok(value)
    }

    /// The next symbol of a code.
    fn decode<E>(&mut self, next: &mut Next<'_, E>, code: &Code) -> Result<usize, Stop<E>> {
        let (mut value, mut first, mut index) = (0i32, 0i32, 0i32);
        for n in 1..=MAX_BITS {
            value |= self.take(next, 1)? as i32;
            let count = i32::from(code.count[n]);
            if value - count < first {
                let at = (index + value - first) as usize;
                return Ok(usize::from(code.symbol[at % code.symbol.len()]));
            }
            index += count;
            first = (first + count) << 1;
            value <<= 1;
        }
        Err(Stop::Data)
    }

    /// The head of a block.
    fn block<E>(&mut self, next: &mut Next<'_, E>) -> Result<(), Stop<E>> {
        self.last = self.take(next, 1)?;
        match self.take(next, 2)? {
            0 => {
                (self.bits, self.n_bits) = (0, 0);
                let len = self.take(next, 16)?;
                if self.take(next, 16)? != !len & 0xffff {
                    return Err(Stop::Data);
                }
                (self.stored, self.stage) = (len, stage::STORED);
            }
            1 => {
                let mut lengths = [8u8; 288];
                lengths[144..256].fill(9);
                lengths[256..280].fill(7);
                self.codes(&lengths, &[5; 30])?;
            }
            2 => self.dynamic(next)?,
            _ => return Err(Stop::Data),
        }
        Ok(())
    }

    fn codes<E>(&mut self, literals: &[u8], distances: &[u8]) -> Result<(), Stop<E>> {
        self.literals = Code::of(literals).ok_or(Stop::Data)?;
        self.distances = Code::of(distances).ok_or(Stop::Data)?;
        self.stage = stage::CODED;
        Ok(())
    }

    /// The codes of a block that brings its own.
    fn dynamic<E>(&mut self, next: &mut Next<'_, E>) -> Result<(), Stop<E>> {
        const ORDER: [usize; 19] = [
            16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15,
        ];
        let n_literals = self.take(next, 5)? as usize + 257;
        let n_distances = self.take(next, 5)? as usize + 1;
        let n_lengths = self.take(next, 4)? as usize + 4;
        if n_literals > 286 || n_distances > 30 {
            return Err(Stop::Data);
        }
        let mut lengths = [0u8; 19];
        for &at in &ORDER[..n_lengths] {
            lengths[at] = self.take(next, 3)? as u8;
        }
        let code = Code::of(&lengths).ok_or(Stop::Data)?;
        let mut all = [0u8; 286 + 30];
        let (mut at, end) = (0, n_literals + n_distances);
        while at < end {
            let (value, times) = match self.decode(next, &code)? {
                symbol @ 0..16 => (symbol as u8, 1),
                16 if at > 0 => (all[at - 1], 3 + self.take(next, 2)?),
                17 => (0, 3 + self.take(next, 3)?),
                18 => (0, 11 + self.take(next, 7)?),
                _ => return Err(Stop::Data),
            };
            let to = at + times as usize;
            all.get_mut(at..to)
                .filter(|_| to <= end)
                .ok_or(Stop::Data)?
                .fill(value);
            at = to;
        }
        self.codes(&all[..n_literals], &all[n_literals..end])
    }

    /// A literal; or a copy begins, or the block ends.
    fn symbol<E>(&mut self, next: &mut Next<'_, E>, window: usize) -> Result<Option<u8>, Stop<E>> {
        let code = self.literals;
        let symbol = self.decode(next, &code)?;
        if symbol < 256 {
            return Ok(Some(symbol as u8));
        }
        if symbol == 256 {
            self.stage = stage::HEADER;
            return Ok(None);
        }
        let length = match symbol as u32 - 257 {
            n @ 0..8 => 3 + n,
            28 => 258,
            n @ 8..28 => {
                let extra = (n - 4) / 4;
                3 + ((4 + n % 4) << extra) + self.take(next, extra)?
            }
            _ => return Err(Stop::Data),
        };
        let code = self.distances;
        let distance = match self.decode(next, &code)? as u32 {
            n @ 0..4 => 1 + n,
            n @ 4..30 => {
                let extra = (n - 2) / 2;
                1 + ((2 + n % 2) << extra) + self.take(next, extra)?
            }
            _ => return Err(Stop::Data),
        };
        if distance as usize > window || distance > self.total {
            return Err(Stop::Data);
        }
        (self.copy, self.distance) = (length, distance);
        Ok(None)
    }
}
