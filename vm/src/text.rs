//! Texts of the firmware: messages of exceptions, and templates of them. Where bytes count they lie in flash packed: a byte
//! that is no ASCII stands for a pair of others, which build.rs chose because it comes so often.

#[cfg(romfs_vm_packed)]
use crate::raise::Text;

/// A text that `msg!` names.
#[derive(Clone, Copy)]
pub struct Msg(
    #[cfg(romfs_vm_packed)] u16,
    #[cfg(not(romfs_vm_packed))] &'static str,
);

/// The text of a plain literal, as a constant.
macro_rules! msg {
    ($text:literal) => {
        const { $crate::text::Msg::known($text) }
    };
}

#[cfg(not(romfs_vm_packed))]
impl Msg {
    /// The text that is written so.
    pub const fn known(text: &'static str) -> Msg {
        Msg(text)
    }

    /// It, to be read.
    pub const fn text(self) -> &'static str {
        self.0
    }
}

#[cfg(romfs_vm_packed)]
mod packed {
    include!(concat!(env!("OUT_DIR"), "/texts.rs"));

    /// The number of a text that build.rs has packed.
    pub(super) const fn number(text: &str) -> Option<u16> {
        let mut i = 0;
        while i < TEXTS.len() {
            if crate::qstr::compare(TEXTS[i].as_bytes(), text.as_bytes()) == 0 {
                return Some(i as u16);
            }
            i += 1;
        }
        None
    }
}

#[cfg(romfs_vm_packed)]
impl Msg {
    /// The text that is written so. Only for constants: one that build.rs did not see stops the build.
    pub const fn known(text: &'static str) -> Msg {
        match packed::number(text) {
            Some(number) => Msg(number),
            None => {
                panic!("build.rs did not see this text: write it as a plain literal inside msg!()")
            }
        }
    }

    /// It, to be read.
    pub fn text(self) -> Text {
        let number = usize::from(self.0);
        let start = packed::STARTS.get(number / packed::STRIDE);
        let start = start.map_or(0, |&start| usize::from(start));
        let mut before = number % packed::STRIDE;
        let mut text = Text::new();
        for &byte in packed::PACKED.get(start..).unwrap_or_default() {
            match (byte, before) {
                (0, 0) => break,
                (0, _) => before -= 1,
                (_, 0) => unpack(byte, &mut text),
                _ => {}
            }
        }
        text
    }
}

/// The two bytes that one stands for, if it does.
#[cfg(romfs_vm_packed)]
const fn pair_of(byte: u8) -> Option<[u8; 2]> {
    let i = byte.wrapping_sub(packed::FIRST_PAIR) as usize;
    if i < packed::PAIRS.len() {
        Some(packed::PAIRS[i])
    } else {
        None
    }
}

/// What a byte is that stands for no pair.
#[cfg(romfs_vm_packed)]
const fn ascii_of(byte: u8) -> u8 {
    if byte == packed::NEWLINE { b'\n' } else { byte }
}

/// Appends what a byte stands for. Calls itself as deep as pairs are made of pairs: a few times.
#[cfg(romfs_vm_packed)]
fn unpack(byte: u8, text: &mut Text) {
    match pair_of(byte) {
        Some(pair) => pair.iter().for_each(|&part| unpack(part, text)),
        None => text.push_ascii(ascii_of(byte)),
    }
}

/// Every text is what its packed bytes stand for.
#[cfg(romfs_vm_packed)]
const _: () = {
    /// The place in a text behind what a byte stands for.
    const fn behind(byte: u8, text: &[u8], at: usize) -> usize {
        match pair_of(byte) {
            Some([first, second]) => behind(second, text, behind(first, text, at)),
            None => {
                assert!(text[at] == ascii_of(byte));
                at + 1
            }
        }
    }

    let (mut at, mut n) = (0, 0);
    while n < packed::TEXTS.len() {
        let (text, mut done) = (packed::TEXTS[n].as_bytes(), 0);
        while packed::PACKED[at] != 0 {
            done = behind(packed::PACKED[at], text, done);
            at += 1;
        }
        assert!(done == text.len());
        (at, n) = (at + 1, n + 1);
    }
};
