//! The seeded source of every random choice of the simulator.

/// A splitmix64 generator: small, seedable by any number, the same on every machine.
#[derive(Debug, Clone)]
pub struct Rng(u64);

impl Rng {
    /// A generator whose whole output follows from `seed`.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }

    /// The next byte.
    pub fn next_u8(&mut self) -> u8 {
        (self.next_u64() >> 56) as u8
    }

    /// A number below `bound`; 0 when `bound` is 0.
    pub fn below(&mut self, bound: usize) -> usize {
        match bound as u64 {
            0 => 0,
            bound => (self.next_u64() % bound) as usize,
        }
    }

    /// A byte in which each bit is set with a chance of `eighths`/8.
    pub fn mask(&mut self, eighths: u8) -> u8 {
        (0..8).fold(0, |mask, bit| {
            mask | u8::from(self.below(8) < eighths.into()) << bit
        })
    }
}

/// The finalizer of splitmix64, also used to hash sectors.
pub(crate) fn mix(mut word: u64) -> u64 {
    word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}
