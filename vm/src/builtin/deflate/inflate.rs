//! Decompression (RFC 1951), a byte of input at a time, with the window in the caller's memory.
//!
//! No more input is taken than the output that is asked for needs, so that what follows in the source stays there.

/// Longest code.
const MAX_BITS: usize = 15;

/// A code, as numbers of codes of each length and symbols in their order.
#[repr(C)]
struct Code {
    count: [u16; MAX_BITS + 1],
    symbol: [u16; 288],
}

impl Code {
    /// Becomes the code of these lengths; says whether they promise no more codes than there are.
    fn set(&mut self, lengths: &[u8]) -> bool {
        self.count.fill(0);
        for &n in lengths {
            self.count[n as usize] += 1;
        }
        let mut left = 1i32;
        let mut at = [0u16; MAX_BITS + 1];
        self.count[0] = 0;
        for n in 1..MAX_BITS + 1 {
            left = (left << 1) - i32::from(self.count[n]);
            if left < 0 {
                return false;
            }
            at[n] = at[n - 1] + self.count[n - 1];
        }
        for (symbol, &n) in lengths.iter().enumerate() {
            if n != 0 {
                let place = &mut at[n as usize];
                self.symbol[*place as usize] = symbol as u16;
                *place += 1;
            }
        }
        true
    }
}

/// The code of literals and lengths, and that of distances.
const LITERALS: usize = 0;
const DISTANCES: usize = 1;

/// Where decompression stands. Plain numbers only, so that any bytes are a state: zeros are that of the start.
#[repr(C)]
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
    codes: [Code; 2],
    /// The checksum so far.
    pub sum: u32,
    /// Whether the end was seen, if not zero.
    pub ended: u32,
}

mod stage {
    pub const HEADER: u32 = 0;
    pub const STORED: u32 = 1;
    pub const CODED: u32 = 2;
    pub const END: u32 = 3;
}

/// Where the compressed bytes come from.
pub(super) trait Source {
    /// What stops decompression.
    type Error;
    /// The next byte.
    fn next(&mut self) -> Result<u8, Self::Error>;
    /// The error of data that is no such stream.
    fn bad(&mut self) -> Self::Error;
}

impl State {
    /// Fills the start of `out`; fewer bytes than it holds at the end of the data only. `window` keeps the last bytes.
    pub(super) fn read<S: Source>(
        &mut self,
        source: &mut S,
        window: &mut [u8],
        out: &mut [u8],
    ) -> Result<usize, S::Error> {
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
                    self.block(source)?;
                    continue;
                }
                stage::STORED if self.stored == 0 => {
                    self.stage = stage::HEADER;
                    continue;
                }
                stage::STORED => {
                    self.stored -= 1;
                    source.next()?
                }
                stage::CODED => match self.symbol(source, window.len())? {
                    symbol @ 0..256 => symbol as u8,
                    _ => continue,
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

    fn take<S: Source>(&mut self, source: &mut S, n: u32) -> Result<u32, S::Error> {
        while self.n_bits < n {
            self.bits |= u32::from(source.next()?) << self.n_bits;
            self.n_bits += 8;
        }
        let value = self.bits & ((1 << n) - 1);
        self.bits >>= n;
        self.n_bits -= n;
        Ok(value)
    }

    /// The next symbol of a code.
    fn decode<S: Source>(&mut self, source: &mut S, code: usize) -> Result<u32, S::Error> {
        // How far the bits lie above the first code of their length, and how many shorter codes there are.
        let (mut above, mut shorter) = (0i32, 0i32);
        for n in 1..MAX_BITS + 1 {
            above = above << 1 | self.take(source, 1)? as i32;
            let code = &self.codes[code];
            let count = i32::from(code.count[n]);
            if above < count {
                let symbol = code.symbol.get((shorter + above) as usize);
                return symbol
                    .map(|&symbol| symbol.into())
                    .ok_or_else(|| source.bad());
            }
            above -= count;
            shorter += count;
        }
        Err(source.bad())
    }

    /// The head of a block.
    fn block<S: Source>(&mut self, source: &mut S) -> Result<(), S::Error> {
        self.last = self.take(source, 1)?;
        let mut lengths = [8u8; 288 + 30];
        let n_literals = match self.take(source, 2)? {
            0 => {
                (self.bits, self.n_bits) = (0, 0);
                let len = self.take(source, 16)?;
                if self.take(source, 16)? != !len & 0xffff {
                    return Err(source.bad());
                }
                (self.stored, self.stage) = (len, stage::STORED);
                return Ok(());
            }
            1 => {
                lengths[144..256].fill(9);
                lengths[256..280].fill(7);
                lengths[288..].fill(5);
                (288, lengths.len())
            }
            2 => self.dynamic(source, &mut lengths)?,
            _ => return Err(source.bad()),
        };
        let (n_literals, end) = n_literals;
        let (literals, distances) = lengths[..end].split_at(n_literals);
        if !self.codes[LITERALS].set(literals) || !self.codes[DISTANCES].set(distances) {
            return Err(source.bad());
        }
        self.stage = stage::CODED;
        Ok(())
    }

    /// The lengths of a block that brings its own codes; how many are of literals, and how many there are.
    fn dynamic<S: Source>(
        &mut self,
        source: &mut S,
        all: &mut [u8],
    ) -> Result<(usize, usize), S::Error> {
        static ORDER: [u8; 19] = [
            16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15,
        ];
        let n_literals = self.take(source, 5)? as usize + 257;
        let n_distances = self.take(source, 5)? as usize + 1;
        let n_lengths = self.take(source, 4)? as usize + 4;
        let mut lengths = [0u8; 19];
        for &at in &ORDER[..n_lengths] {
            lengths[at as usize] = self.take(source, 3)? as u8;
        }
        // The place of the code of literals, which comes after.
        if n_literals > 286 || n_distances > 30 || !self.codes[LITERALS].set(&lengths) {
            return Err(source.bad());
        }
        let (mut at, end) = (0, n_literals + n_distances);
        while at < end {
            let (value, times) = match self.decode(source, LITERALS)? {
                symbol @ 0..16 => (symbol as u8, 1),
                16 if at > 0 => (all[at - 1], 3 + self.take(source, 2)?),
                17 => (0, 3 + self.take(source, 3)?),
                18 => (0, 11 + self.take(source, 7)?),
                _ => return Err(source.bad()),
            };
            let to = at + times as usize;
            match all[..end].get_mut(at..to) {
                Some(places) => places.fill(value),
                None => return Err(source.bad()),
            }
            at = to;
        }
        Ok((n_literals, end))
    }

    /// The number of a symbol `n` that has more bits: the first `1 << first` stand for themselves, of so many each that follow
    /// one has one bit more.
    fn number<S: Source>(&mut self, source: &mut S, n: u32, first: u32) -> Result<u32, S::Error> {
        let group = n >> first;
        if group == 0 {
            return Ok(n);
        }
        let size = 1 << first;
        let low = self.take(source, group - 1)?;
        Ok(((size | n & (size - 1)) << (group - 1)) + low)
    }

    /// A literal; or what is none: a copy begins, or the block ends.
    fn symbol<S: Source>(&mut self, source: &mut S, window: usize) -> Result<u32, S::Error> {
        let symbol = self.decode(source, LITERALS)?;
        if symbol == 256 {
            self.stage = stage::HEADER;
        }
        if symbol <= 256 {
            return Ok(symbol);
        }
        let length = match symbol - 257 {
            n @ 0..28 => 3 + self.number(source, n, 2)?,
            _ => 258,
        };
        let code = self.decode(source, DISTANCES)?;
        let distance = 1 + self.number(source, code, 1)?;
        if symbol > 285 || code >= 30 || distance as usize > window || distance > self.total {
            return Err(source.bad());
        }
        (self.copy, self.distance) = (length, distance);
        Ok(symbol)
    }
}
