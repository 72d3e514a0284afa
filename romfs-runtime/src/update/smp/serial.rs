//! SMP over a serial line: text lines of base64 that may share the line with a console.
//!
//! A message is a length, the bytes and a CRC-16, in base64, cut into lines of at most 127
//! characters. The first line starts with `06 09`, the others with `04 14`; each ends with a line
//! feed. Whatever else is on the line is console text.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use crc::{CRC_16_XMODEM, Crc, NoTable};

const FIRST: [u8; 2] = [6, 9];
const FURTHER: [u8; 2] = [4, 20];
/// Most characters of a line, its mark and its end counted.
pub const LINE: usize = 127;
/// Bytes in one line: 31 groups of four characters.
const CHUNK: usize = 93;
const CRC16: Crc<u16, NoTable> = Crc::<u16, NoTable>::new(&CRC_16_XMODEM);

/// Gathers lines into messages of at most `N` bytes, their CRC counted.
#[derive(Debug)]
pub struct Decoder<const N: usize> {
    line: [u8; LINE],
    line_length: usize,
    previous: u8,
    message: [u8; N],
    length: usize,
    /// Bytes that the message has to have, with its CRC; 0 between messages.
    expected: usize,
}

impl<const N: usize> Default for Decoder<N> {
    fn default() -> Self {
        Self {
            line: [0; LINE],
            line_length: 0,
            previous: 0,
            message: [0; N],
            length: 0,
            expected: 0,
        }
    }
}

impl<const N: usize> Decoder<N> {
    /// Takes one byte of the line. Answers a message when its last byte has come and its CRC is
    /// right; a damaged one is dropped, and the client sends it again.
    pub fn push(&mut self, byte: u8) -> Option<&[u8]> {
        let pair = [core::mem::replace(&mut self.previous, byte), byte];
        if pair == FIRST || pair == FURTHER {
            // Whatever came before on this line was console text.
            self.line[..2].copy_from_slice(&pair);
            self.line_length = 2;
            return None;
        }
        if byte != b'\n' {
            // A longer line is no message: it is counted, but not kept.
            if let Some(place) = self.line.get_mut(self.line_length) {
                *place = byte;
            }
            self.line_length = self.line_length.saturating_add(1);
            return None;
        }
        let length = core::mem::take(&mut self.line_length);
        let line = self.line;
        let line = line.get(..length)?;
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let end = self.take_line(line)?;
        self.expected = 0;
        self.message.get(..end)
    }

    /// Takes a line; answers the length of the message if that completes it.
    fn take_line(&mut self, line: &[u8]) -> Option<usize> {
        let (mark, text) = line.split_first_chunk::<2>()?;
        if *mark != FIRST && *mark != FURTHER {
            return None;
        }
        let mut bytes = [0; LINE];
        let Ok(length) = STANDARD.decode_slice(text, &mut bytes) else {
            self.expected = 0;
            return None;
        };
        let mut bytes = &bytes[..length];
        if *mark == FIRST {
            let (announced, rest) = bytes.split_first_chunk::<2>()?;
            self.expected = u16::from_be_bytes(*announced).into();
            self.length = 0;
            bytes = rest;
        }
        let end = self.length + bytes.len();
        if self.expected < 2 || end > self.expected.min(N) {
            self.expected = 0;
            return None;
        }
        self.message[self.length..end].copy_from_slice(bytes);
        self.length = end;
        if end < self.expected {
            return None;
        }
        let (body, crc) = self.message[..end].split_last_chunk::<2>()?;
        if CRC16.checksum(body) != u16::from_be_bytes(*crc) {
            self.expected = 0;
            return None;
        }
        Some(body.len())
    }
}

/// Gives the lines of `message` to `send`, one after the other.
///
/// # Errors
///
/// The first that `send` answers.
pub fn encode<E>(message: &[u8], mut send: impl FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
    let length = (message.len() + 2) as u16;
    let crc = CRC16.checksum(message).to_be_bytes();
    let mut bytes = length
        .to_be_bytes()
        .into_iter()
        .chain(message.iter().copied())
        .chain(crc)
        .peekable();
    let mut mark = FIRST;
    while bytes.peek().is_some() {
        let mut chunk = [0; CHUNK];
        let mut filled = 0;
        for (place, byte) in chunk.iter_mut().zip(&mut bytes) {
            *place = byte;
            filled += 1;
        }
        let mut line = [b'\n'; LINE + 1];
        line[..2].copy_from_slice(&mark);
        // The line holds any chunk; a failure would be an empty line, which readers pass over.
        let text = STANDARD
            .encode_slice(&chunk[..filled], &mut line[2..LINE])
            .unwrap_or(0);
        line[2 + text] = b'\n';
        send(&line[..2 + text + 1])?;
        mark = FURTHER;
    }
    Ok(())
}
