//! MD5, SHA-1 and SHA-256: how they take bytes in and what they end with is here, once for all three; what they do to a block
//! is the RustCrypto crates', but for MD5 and SHA-1 where bytes count: those crates write every round out.

/// Bytes of a block.
const BLOCK: usize = 64;
/// Bytes of a hash under way: its words, how much it took, and what of a block is there.
pub const STATE: usize = 8 * 4 + 8 + BLOCK;

/// One of the three.
pub struct Algorithm {
    start: [u32; 8],
    compress: fn(&mut [u32; 8], &[u8; BLOCK]),
    big_endian: bool,
    /// Bytes of what it ends with.
    pub digest_len: usize,
}

/// MD5.
#[cfg(feature = "mod-hashlib-more")]
pub static MD5: Algorithm = Algorithm {
    start: [
        0x6745_2301,
        0xEFCD_AB89,
        0x98BA_DCFE,
        0x1032_5476,
        0,
        0,
        0,
        0,
    ],
    #[cfg(romfs_vm_small)]
    compress: rounds::md5,
    #[cfg(not(romfs_vm_small))]
    compress: |words, block| first(words, |four| md5::block_api::compress(four, &[*block])),
    big_endian: false,
    digest_len: 16,
};

/// SHA-1.
#[cfg(feature = "mod-hashlib-more")]
pub static SHA1: Algorithm = Algorithm {
    start: [
        0x6745_2301,
        0xEFCD_AB89,
        0x98BA_DCFE,
        0x1032_5476,
        0xC3D2_E1F0,
        0,
        0,
        0,
    ],
    #[cfg(romfs_vm_small)]
    compress: rounds::sha1,
    #[cfg(not(romfs_vm_small))]
    compress: |words, block| first(words, |five| sha1::block_api::compress(five, &[*block])),
    big_endian: true,
    digest_len: 20,
};

/// SHA-256.
pub static SHA256: Algorithm = Algorithm {
    start: [
        0x6A09_E667,
        0xBB67_AE85,
        0x3C6E_F372,
        0xA54F_F53A,
        0x510E_527F,
        0x9B05_688C,
        0x1F83_D9AB,
        0x5BE0_CD19,
    ],
    compress: |words, block| sha2::block_api::compress256(words, &[*block]),
    big_endian: true,
    digest_len: 32,
};

/// Works on the first words only.
#[cfg(all(feature = "mod-hashlib-more", not(romfs_vm_small)))]
fn first<const N: usize>(words: &mut [u32; 8], work: impl FnOnce(&mut [u32; N])) {
    if let Some(first) = words.first_chunk_mut() {
        work(first);
    }
}

/// A hash under way.
pub struct Hash {
    words: [u32; 8],
    taken: u64,
    block: [u8; BLOCK],
}

impl Hash {
    /// Of nothing yet.
    pub const fn new(of: &Algorithm) -> Hash {
        Hash {
            words: of.start,
            taken: 0,
            block: [0; BLOCK],
        }
    }

    /// What [`save`](Hash::save) wrote.
    pub fn read(bytes: &[u8; STATE]) -> Hash {
        let (words, rest) = bytes.split_at(32);
        let (taken, block) = rest.split_at(8);
        let mut hash = Hash {
            words: [0; 8],
            taken: 0,
            block: [0; BLOCK],
        };
        for (word, bytes) in hash.words.iter_mut().zip(words.chunks_exact(4)) {
            *word = word_of(bytes, false);
        }
        hash.taken =
            u64::from(word_of(taken, false)) | u64::from(word_of(&taken[4..], false)) << 32;
        hash.block.copy_from_slice(block);
        hash
    }

    /// The whole as bytes.
    pub fn save(&self, bytes: &mut [u8; STATE]) {
        let (words, rest) = bytes.split_at_mut(32);
        let (taken, block) = rest.split_at_mut(8);
        write_words(&self.words, words, false);
        taken.copy_from_slice(&self.taken.to_le_bytes());
        block.copy_from_slice(&self.block);
    }

    /// Takes the next bytes.
    pub fn update(&mut self, of: &Algorithm, bytes: &[u8]) {
        let mut rest = bytes;
        while !rest.is_empty() {
            let at = (self.taken % BLOCK as u64) as usize;
            let (now, later) = rest.split_at(rest.len().min(BLOCK - at));
            match now.first_chunk() {
                Some(block) => (of.compress)(&mut self.words, block),
                None => {
                    self.block[at..at + now.len()].copy_from_slice(now);
                    if at + now.len() == BLOCK {
                        (of.compress)(&mut self.words, &self.block);
                    }
                }
            }
            self.taken += now.len() as u64;
            rest = later;
        }
    }

    /// Writes what the hash is, once all was taken: as many bytes as `out` has.
    pub fn finish(mut self, of: &Algorithm, out: &mut [u8]) {
        let bits = self.taken * 8;
        let room = (2 * BLOCK - 9 - (self.taken % BLOCK as u64) as usize) % BLOCK;
        let mut padding = [0; BLOCK];
        padding[0] = 0x80;
        self.update(of, &padding[..room + 1]);
        let bits = match of.big_endian {
            true => bits.to_be_bytes(),
            false => bits.to_le_bytes(),
        };
        self.update(of, &bits);
        write_words(&self.words, out, of.big_endian);
    }
}

/// The word that four bytes are.
fn word_of(bytes: &[u8], big_endian: bool) -> u32 {
    let bytes = *bytes.first_chunk().unwrap_or(&[0; 4]);
    match big_endian {
        true => u32::from_be_bytes(bytes),
        false => u32::from_le_bytes(bytes),
    }
}

/// Words as bytes, as many as there is room for.
fn write_words(words: &[u32; 8], out: &mut [u8], big_endian: bool) {
    for (&word, out) in words.iter().zip(out.chunks_exact_mut(4)) {
        let bytes = match big_endian {
            true => word.to_be_bytes(),
            false => word.to_le_bytes(),
        };
        out.copy_from_slice(&bytes);
    }
}

/// What a block does to the words, in loops.
#[cfg(all(feature = "mod-hashlib-more", any(romfs_vm_small, test)))]
mod rounds {
    use super::{BLOCK, word_of};

    fn words_of(block: &[u8; BLOCK], big_endian: bool) -> [u32; 16] {
        core::array::from_fn(|i| word_of(&block[4 * i..], big_endian))
    }

    /// RFC 3174.
    pub fn sha1(words: &mut [u32; 8], block: &[u8; BLOCK]) {
        let mut schedule = words_of(block, true);
        let [mut a, mut b, mut c, mut d, mut e, ..] = *words;
        for t in 0..80 {
            if t >= 16 {
                let of = |back: usize| schedule[(t - back) % 16];
                schedule[t % 16] = (of(3) ^ of(8) ^ of(14) ^ of(16)).rotate_left(1);
            }
            let (mixed, constant) = match t / 20 {
                0 => (b & c | !b & d, 0x5A82_7999),
                1 => (b ^ c ^ d, 0x6ED9_EBA1),
                2 => (b & c | b & d | c & d, 0x8F1B_BCDC),
                _ => (b ^ c ^ d, 0xCA62_C1D6u32),
            };
            let next = a.rotate_left(5).wrapping_add(mixed).wrapping_add(e);
            let next = next.wrapping_add(constant).wrapping_add(schedule[t % 16]);
            (a, b, c, d, e) = (next, a, b.rotate_left(30), c, d);
        }
        for (word, add) in words.iter_mut().zip([a, b, c, d, e]) {
            *word = word.wrapping_add(add);
        }
    }

    /// By how much each round of a quarter of MD5 rotates, in turn.
    static TURNS: [[u8; 4]; 4] = [
        [7, 12, 17, 22],
        [5, 9, 14, 20],
        [4, 11, 16, 23],
        [6, 10, 15, 21],
    ];

    /// 2^32 times the sine of 1 to 64 radians, without its sign and what is behind the point.
    static SINES: [u32; 64] = [
        0xd76a_a478,
        0xe8c7_b756,
        0x2420_70db,
        0xc1bd_ceee,
        0xf57c_0faf,
        0x4787_c62a,
        0xa830_4613,
        0xfd46_9501,
        0x6980_98d8,
        0x8b44_f7af,
        0xffff_5bb1,
        0x895c_d7be,
        0x6b90_1122,
        0xfd98_7193,
        0xa679_438e,
        0x49b4_0821,
        0xf61e_2562,
        0xc040_b340,
        0x265e_5a51,
        0xe9b6_c7aa,
        0xd62f_105d,
        0x0244_1453,
        0xd8a1_e681,
        0xe7d3_fbc8,
        0x21e1_cde6,
        0xc337_07d6,
        0xf4d5_0d87,
        0x455a_14ed,
        0xa9e3_e905,
        0xfcef_a3f8,
        0x676f_02d9,
        0x8d2a_4c8a,
        0xfffa_3942,
        0x8771_f681,
        0x6d9d_6122,
        0xfde5_380c,
        0xa4be_ea44,
        0x4bde_cfa9,
        0xf6bb_4b60,
        0xbebf_bc70,
        0x289b_7ec6,
        0xeaa1_27fa,
        0xd4ef_3085,
        0x0488_1d05,
        0xd9d4_d039,
        0xe6db_99e5,
        0x1fa2_7cf8,
        0xc4ac_5665,
        0xf429_2244,
        0x432a_ff97,
        0xab94_23a7,
        0xfc93_a039,
        0x655b_59c3,
        0x8f0c_cc92,
        0xffef_f47d,
        0x8584_5dd1,
        0x6fa8_7e4f,
        0xfe2c_e6e0,
        0xa301_4314,
        0x4e08_11a1,
        0xf753_7e82,
        0xbd3a_f235,
        0x2ad7_d2bb,
        0xeb86_d391,
    ];

    /// RFC 1321.
    pub fn md5(words: &mut [u32; 8], block: &[u8; BLOCK]) {
        let message = words_of(block, false);
        let [mut a, mut b, mut c, mut d, ..] = *words;
        for t in 0..64 {
            let (mixed, at) = match t / 16 {
                0 => (b & c | !b & d, t),
                1 => (d & b | !d & c, 5 * t + 1),
                2 => (b ^ c ^ d, 3 * t + 5),
                _ => (c ^ (b | !d), 7 * t),
            };
            let sum = a.wrapping_add(mixed).wrapping_add(SINES[t]);
            let sum = sum.wrapping_add(message[at % 16]);
            let turned = sum.rotate_left(u32::from(TURNS[t / 16][t % 4]));
            (a, b, c, d) = (d, b.wrapping_add(turned), b, c);
        }
        for (word, add) in words.iter_mut().zip([a, b, c, d]) {
            *word = word.wrapping_add(add);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(of: &Algorithm, pieces: &[&[u8]]) -> String {
        let mut saved = [0; STATE];
        Hash::new(of).save(&mut saved);
        for piece in pieces {
            let mut hash = Hash::read(&saved);
            hash.update(of, piece);
            hash.save(&mut saved);
        }
        let mut out = vec![0; of.digest_len];
        Hash::read(&saved).finish(of, &mut out);
        out.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn the_vectors_of_the_standards() {
        assert_eq!(
            hex(&SHA256, &[b"abc"]),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert_eq!(
            hex(
                &SHA256,
                &[b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"]
            ),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        );
    }

    #[test]
    #[cfg(feature = "mod-hashlib-more")]
    fn the_vectors_of_the_rfcs() {
        let by_loops = [
            Algorithm {
                compress: rounds::md5,
                ..MD5
            },
            Algorithm {
                compress: rounds::sha1,
                ..SHA1
            },
        ];
        let digits: &[u8] =
            b"12345678901234567890123456789012345678901234567890123456789012345678901234567890";
        let a = [b'a'; 1000];
        let million = [&a[..]; 1000];
        for [md5, sha1] in [[&MD5, &SHA1], [&by_loops[0], &by_loops[1]]] {
            assert_eq!(hex(md5, &[]), "d41d8cd98f00b204e9800998ecf8427e");
            assert_eq!(hex(md5, &[b"a"]), "0cc175b9c0f1b6a831c399e269772661");
            assert_eq!(
                hex(md5, &[b"message digest"]),
                "f96b697d7cb7938d525a2f31aaf161d0"
            );
            assert_eq!(hex(md5, &[digits]), "57edf4a22be3c955ac49da2e2107b67a");
            assert_eq!(
                hex(sha1, &[b"abc"]),
                "a9993e364706816aba3e25717850c26c9cd0d89d"
            );
            assert_eq!(
                hex(sha1, &million),
                "34aa973cd4c4daa4f61eeb2bdbad27316534016f"
            );
            assert_eq!(
                hex(
                    sha1,
                    &[&b"0123456701234567012345670123456701234567012345670123456701234567"[..]; 10]
                ),
                "dea356a2cddd90c7a7ecedc5ebb563934f460452"
            );
        }
    }

    #[test]
    #[cfg(feature = "mod-hashlib-more")]
    fn lengths_around_a_block_in_any_pieces() {
        use sha2::Digest;
        let text: Vec<u8> = (0..200).collect();
        for n in 50..140 {
            let whole = &text[..n];
            let pieces = [&whole[..n / 3], &whole[n / 3..n - 7], &whole[n - 7..]];
            let hexed =
                |bytes: &[u8]| -> String { bytes.iter().map(|b| format!("{b:02x}")).collect() };
            assert_eq!(hex(&MD5, &pieces), hexed(&md5::Md5::digest(whole)), "{n}");
            assert_eq!(
                hex(&SHA1, &pieces),
                hexed(&sha1::Sha1::digest(whole)),
                "{n}"
            );
            assert_eq!(
                hex(&SHA256, &pieces),
                hexed(&sha2::Sha256::digest(whole)),
                "{n}"
            );
        }
    }
}
