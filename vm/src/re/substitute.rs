//! Replacement texts of `re.sub`.

/// A piece of a replacement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplacementPiece<'a> {
    /// Text to copy.
    Literal(&'a [u8]),
    /// `\1` or `\g<1>`: what this group matched. The number is not checked; a group that does not exist is an
    /// `IndexError`.
    Group(usize),
}

/// A replacement text, read piece by piece. A backslash before anything but a group or a backslash is dropped.
#[derive(Clone, Copy, Debug)]
pub struct Replacement<'a> {
    rest: &'a [u8],
}

impl<'a> Replacement<'a> {
    /// Reads `text`.
    pub fn new(text: &'a [u8]) -> Self {
        Replacement { rest: text }
    }

    /// How many bytes are still to be read.
    pub fn left(&self) -> usize {
        self.rest.len()
    }

    /// The number at the start of the rest, if there is one.
    fn number(&mut self) -> Option<usize> {
        let len = self
            .rest
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        let (digits, rest) = self.rest.split_at(len);
        self.rest = rest;
        let push = |value: usize, &digit: &u8| {
            value
                .saturating_mul(10)
                .saturating_add(usize::from(digit - b'0'))
        };
        (len > 0).then(|| digits.iter().fold(0, push))
    }
}

impl<'a> Iterator for Replacement<'a> {
    type Item = ReplacementPiece<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        if let [b'\\', rest @ ..] = self.rest {
            let named = rest.starts_with(b"g<");
            self.rest = if named { &rest[2..] } else { rest };
            if let Some(group) = self.number() {
                if named && self.rest.first() == Some(&b'>') {
                    self.rest = &self.rest[1..];
                }
                return Some(ReplacementPiece::Group(group));
            }
            if let [b'\\', rest @ ..] = self.rest {
                let literal = &self.rest[..1];
                self.rest = rest;
                return Some(ReplacementPiece::Literal(literal));
            }
        }
        let len = self
            .rest
            .iter()
            .position(|&byte| byte == b'\\')
            .unwrap_or(self.rest.len());
        let (literal, rest) = self.rest.split_at(len);
        self.rest = rest;
        (len > 0).then_some(ReplacementPiece::Literal(literal))
    }
}
