//! The languages of `str.format` and of `%`: templates, and the specifiers in them.
//!
//! Parsing only: looking up arguments and converting them is the caller's, laying them out is [`field`](super::field)'s.

use super::field::{Align, Field};
use super::float::format::{Notation, Precision, Style};
use crate::text::Msg;

/// Why a template or a specifier is refused. All are a `ValueError`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormatError {
    /// A `}` without `{`.
    SingleBrace,
    /// The template ends after `!`.
    EndInConversion,
    /// No such conversion.
    Conversion(u8),
    /// A `{` without `}`.
    Unmatched,
    /// Something between conversion and specifier.
    ExpectedColon,
    /// The specifier has another form.
    Invalid,
    /// A sign for text.
    SignOfText,
    /// A sign for a character.
    SignOfChar,
    /// Alignment after the sign for text.
    AlignOfText,
    /// The template ends in the key of a `%` directive.
    IncompleteKey,
    /// The template ends in a `%` directive.
    Incomplete,
}

impl FormatError {
    /// MicroPython's text; the byte of [`FormatError::Conversion`] follows it.
    pub fn message(self) -> Msg {
        match self {
            FormatError::SingleBrace => msg!("single '}' encountered in format string"),
            FormatError::EndInConversion => {
                msg!("end of format while looking for conversion specifier")
            }
            FormatError::Conversion(_) => msg!("unknown conversion specifier "),
            FormatError::Unmatched => msg!("unmatched '{' in format"),
            FormatError::ExpectedColon => msg!("expected ':' after format specifier"),
            FormatError::Invalid => msg!("invalid format specifier"),
            FormatError::SignOfText => msg!("sign not allowed in string format specifier"),
            FormatError::SignOfChar => msg!("sign not allowed with integer format specifier 'c'"),
            FormatError::AlignOfText => {
                msg!("'=' alignment not allowed in string format specifier")
            }
            FormatError::IncompleteKey => msg!("incomplete format key"),
            FormatError::Incomplete => msg!("incomplete format"),
        }
    }
}

/// A piece of a template of `str.format`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Text to copy.
    Literal(&'a [u8]),
    /// `{name!conversion:specifier}`.
    Replacement {
        /// Argument name or number; empty for the next one.
        name: &'a [u8],
        /// `r` or `s`.
        conversion: Option<u8>,
        /// Specifier, itself a template; `None` if it is absent or empty.
        spec: Option<&'a [u8]>,
    },
}

/// A template of `str.format`, read piece by piece.
#[derive(Clone, Copy, Debug)]
pub struct Template<'a> {
    rest: &'a [u8],
}

impl<'a> Template<'a> {
    /// Reads `text`.
    pub fn new(text: &'a [u8]) -> Self {
        Template { rest: text }
    }

    /// Takes the bytes before the first that `stop` holds for.
    fn take_until(&mut self, stop: impl Fn(u8) -> bool) -> &'a [u8] {
        let len = self
            .rest
            .iter()
            .position(|&byte| stop(byte))
            .unwrap_or(self.rest.len());
        self.take(len)
    }

    fn take(&mut self, len: usize) -> &'a [u8] {
        let (taken, rest) = self.rest.split_at(len);
        self.rest = rest;
        taken
    }

    /// What follows a `{`.
    fn replacement(&mut self) -> Result<Piece<'a>, FormatError> {
        let name = self.take_until(|byte| matches!(byte, b'}' | b'!' | b':'));
        let mut conversion = None;
        if let [b'!', rest @ ..] = self.rest {
            conversion = match rest {
                [] => return Err(FormatError::EndInConversion),
                [letter @ (b'r' | b's'), ..] => Some(*letter),
                [other, ..] => return Err(FormatError::Conversion(*other)),
            };
            self.take(2);
        }
        let mut spec = None;
        if self.rest.first() == Some(&b':') {
            self.take(1);
            let text = self.take(nested_len(self.rest).ok_or(FormatError::Unmatched)?);
            spec = Some(text).filter(|text| !text.is_empty());
        }
        match self.rest.first() {
            None => Err(FormatError::Unmatched),
            Some(b'}') => {
                self.take(1);
                Ok(Piece::Replacement {
                    name,
                    conversion,
                    spec,
                })
            }
            Some(_) => Err(FormatError::ExpectedColon),
        }
    }
}

/// Length of the text before the `}` that closes the field; fields may nest.
fn nested_len(text: &[u8]) -> Option<usize> {
    let mut depth = 1usize;
    text.iter().position(|byte| {
        match byte {
            b'{' => depth += 1,
            b'}' => depth -= 1,
            _ => {}
        }
        depth == 0
    })
}

impl<'a> Iterator for Template<'a> {
    type Item = Result<Piece<'a>, FormatError>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.rest {
            [] => None,
            [first @ (b'{' | b'}'), second, ..] if first == second => {
                let pair = self.take(2);
                Some(Ok(Piece::Literal(&pair[..1])))
            }
            [b'}', ..] => Some(Err(FormatError::SingleBrace)),
            [b'{', ..] => {
                self.take(1);
                Some(self.replacement())
            }
            _ => Some(Ok(Piece::Literal(
                self.take_until(|byte| matches!(byte, b'{' | b'}')),
            ))),
        }
    }
}

/// A specifier: layout and type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spec {
    /// Layout.
    pub field: Field,
    /// Type letter; 0 if none is given.
    pub kind: u8,
}

/// Parses `[[fill]align][sign][#][0][width][,|_][.precision][type]`.
///
/// `numeric` tells whether the value is an integer, a bool or a float: it changes the default alignment. A nested
/// specifier is formatted first.
pub fn parse(spec: &[u8], numeric: bool) -> Result<Spec, FormatError> {
    let mut at = 0;
    let peek = |at: usize| spec.get(at).copied().unwrap_or(0);
    let (mut fill, mut alignment) = (None, align(peek(0)));
    if alignment.is_some() {
        at = 1;
    } else if let Some(found) = align(peek(1)) {
        (fill, alignment, at) = (Some(peek(0)), Some(found), 2);
    }
    let plus = Some(peek(at)).filter(|byte| matches!(byte, b'+' | b' '));
    at += usize::from(matches!(peek(at), b'+' | b'-' | b' '));
    let prefix = peek(at) == b'#';
    at += usize::from(prefix);
    if peek(at) == b'0' {
        alignment = alignment.or(numeric.then_some(Align::AfterSign));
        fill = fill.or(Some(b'0'));
    }
    let width = number(spec, &mut at);
    let group = Some(peek(at)).filter(|byte| matches!(byte, b',' | b'_'));
    at += usize::from(group.is_some());
    let mut precision = None;
    if peek(at) == b'.' {
        at += 1;
        precision = number(spec, &mut at);
    }
    let kind = Some(peek(at))
        .filter(|byte| b"bcdeEfFgGnosxX%".contains(byte))
        .unwrap_or(0);
    at += usize::from(kind != 0);
    if at < spec.len() {
        return Err(FormatError::Invalid);
    }
    match kind {
        b's' if plus.is_some() => return Err(FormatError::SignOfText),
        b'c' if plus.is_some() => return Err(FormatError::SignOfChar),
        _ => {}
    }
    let default = if numeric { Align::Right } else { Align::Left };
    let field = Field {
        fill: fill.unwrap_or(b' '),
        align: alignment.unwrap_or(default),
        width: width.unwrap_or(0),
        plus,
        prefix,
        group,
        precision,
    };
    Ok(Spec { field, kind })
}

impl Spec {
    /// The layout of an integer, which `str.format` gives no precision.
    pub fn integer_field(&self) -> Field {
        Field {
            precision: None,
            ..self.field
        }
    }

    /// Refuses what text cannot have.
    pub fn check_text(&self) -> Result<(), FormatError> {
        if self.field.align == Align::AfterSign {
            Err(FormatError::AlignOfText)
        } else {
            Ok(())
        }
    }

    /// How a float is written with this type; `None` if the type is not one of floats.
    ///
    /// `%` is `f` of a hundred times the value, and the caller appends the `%`.
    pub fn float_style(&self) -> Option<Style> {
        let kind = if matches!(self.kind, 0 | b'n') {
            b'g'
        } else {
            self.kind
        };
        float_style(kind, &self.field)
    }
}

/// How a float is written with the type letter `kind`: `e f g`, their capitals, or `%`.
pub fn float_style(kind: u8, field: &Field) -> Option<Style> {
    let notation = match kind {
        b'e' | b'E' => Notation::Exponent,
        b'f' | b'F' | b'%' => Notation::Fixed,
        b'g' | b'G' => Notation::General,
        _ => return None,
    };
    let precision = match field.precision {
        // MicroPython's marker for `repr` is a precision that can also be written.
        Some(99) => Precision::Repr,
        Some(digits) => Precision::Digits(u32::try_from(digits).unwrap_or(u32::MAX)),
        None => Precision::DEFAULT,
    };
    Some(Style {
        notation,
        upper: kind.is_ascii_uppercase(),
        precision,
        plus: field.plus,
    })
}

fn align(byte: u8) -> Option<Align> {
    Some(match byte {
        b'<' => Align::Left,
        b'>' => Align::Right,
        b'^' => Align::Center,
        b'=' => Align::AfterSign,
        _ => return None,
    })
}

/// Widths and precisions stop growing here, so that sums of them stay in range.
const COUNT_LIMIT: usize = i32::MAX as usize;

/// Reads decimal digits at `at`, if there are any.
fn number(text: &[u8], at: &mut usize) -> Option<usize> {
    let digits = text[(*at).min(text.len())..]
        .iter()
        .take_while(|byte| byte.is_ascii_digit());
    let value = digits.clone().fold(0usize, |value, &digit| {
        value
            .saturating_mul(10)
            .saturating_add(usize::from(digit - b'0'))
            .min(COUNT_LIMIT)
    });
    let len = digits.count();
    *at += len;
    (len > 0).then_some(value)
}

/// A width or precision of a `%` directive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// Not given.
    None,
    /// Given in the template.
    Value(usize),
    /// `*`: the next argument.
    Argument,
}

/// A `%` directive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Directive<'a> {
    /// Key of a mapping.
    pub key: Option<&'a [u8]>,
    /// Layout, with width and precision still to be set.
    pub field: Field,
    /// Width.
    pub width: Count,
    /// Precision.
    pub precision: Count,
    /// Type letter, unchecked.
    pub kind: u8,
    /// Bytes of the directive after its `%`.
    pub len: usize,
}

impl<'a> Directive<'a> {
    /// Parses what follows a `%` that is not followed by another.
    pub fn parse(text: &'a [u8]) -> Result<Self, FormatError> {
        let mut at = 0;
        let mut key = None;
        if text.is_empty() {
            return Err(FormatError::Incomplete);
        }
        if let [b'(', rest @ ..] = text {
            let len = rest
                .iter()
                .position(|&byte| byte == b')')
                .ok_or(FormatError::IncompleteKey)?;
            key = Some(&rest[..len]);
            at = len + 2;
        }
        let field = flags(text, &mut at);
        let width = count(text, &mut at).unwrap_or(Count::None);
        let mut precision = Count::None;
        if text.get(at) == Some(&b'.') {
            at += 1;
            precision = count(text, &mut at).unwrap_or(Count::Value(0));
        }
        let kind = *text.get(at).ok_or(FormatError::Incomplete)?;
        Ok(Directive {
            key,
            field,
            width,
            precision,
            kind,
            len: at + 1,
        })
    }

    /// The layout of text and of characters, which are filled with spaces whatever the flags.
    pub fn text_field(&self) -> Field {
        Field {
            fill: b' ',
            ..self.field
        }
    }
}

/// The flags of a directive.
fn flags(text: &[u8], at: &mut usize) -> Field {
    let mut field = Field {
        align: Align::Right,
        ..Field::PLAIN
    };
    let (mut left, mut plus, mut space) = (false, false, false);
    while let Some(&flag) = text.get(*at) {
        match flag {
            b'-' => left = true,
            b'+' => plus = true,
            b' ' => space = true,
            b'#' => field.prefix = true,
            b'0' => (field.fill, field.align) = (b'0', Align::AfterSign),
            _ => break,
        }
        *at += 1;
    }
    if left {
        field.align = Align::Left;
    }
    field.plus = match (plus, space) {
        (true, _) => Some(b'+'),
        (false, true) => Some(b' '),
        (false, false) => None,
    };
    field
}

fn count(text: &[u8], at: &mut usize) -> Option<Count> {
    if text.get(*at) == Some(&b'*') {
        *at += 1;
        return Some(Count::Argument);
    }
    number(text, at).map(Count::Value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::num::big::{Word, radix};
    use crate::num::field::Radix;
    use crate::num::float::format::{Text, format};

    fn written(
        write: impl FnOnce(&mut Vec<u8>) -> Result<(), core::convert::Infallible>,
    ) -> String {
        let mut out = Vec::new();
        let Ok(()) = write(&mut out);
        String::from_utf8(out).unwrap()
    }

    fn integer(field: Field, kind: u8, value: i64) -> String {
        let kind = Radix::of_type(kind).unwrap();
        let mut digits = Word::from(value.unsigned_abs()).as_int().digits().to_vec();
        let mut text = [0; 65];
        let start = radix::to_text(&mut text, &mut digits, kind.base(), kind.is_upper());
        written(|out| field.integer(out, value < 0, &text[start..], kind))
    }

    fn format_int(spec: &str, value: i64) -> String {
        let spec = parse(spec.as_bytes(), true).unwrap();
        integer(spec.integer_field(), spec.kind, value)
    }

    fn format_float(spec: &str, value: f64) -> String {
        let spec = parse(spec.as_bytes(), true).unwrap();
        let text: Text = format(value, spec.float_style().unwrap());
        written(|out| spec.field.float(out, &text))
    }

    fn percent_int(directive: &str, value: i64) -> String {
        let directive = Directive::parse(directive.as_bytes()).unwrap();
        let given = |count| {
            if let Count::Value(value) = count {
                Some(value)
            } else {
                None
            }
        };
        let field = Field {
            width: given(directive.width).unwrap_or(0),
            precision: given(directive.precision),
            ..directive.field
        };
        integer(field, directive.kind, value)
    }

    #[test]
    fn integers() {
        assert_eq!(format_int("", -5), "-5");
        assert_eq!(format_int("*^+9", 12), "***+12***");
        assert_eq!(format_int("06d", -12), "-00012");
        assert_eq!(format_int("#010X", 255), "0X000000FF");
        assert_eq!(format_int("#o", 8), "0o10");
        assert_eq!(format_int(",", 1_234_567), "1,234,567");
        assert_eq!(format_int("08,d", 1), "0,000,001");
        assert_eq!(format_int("_x", 0x1_2345), "1_2345");
        assert_eq!(format_int("<5", 3), "3    ");
        assert_eq!(format_int(" .3d", 3), " 3");
    }

    #[test]
    fn percent_integers() {
        assert_eq!(percent_int("8.4d", -12), "   -0012");
        assert_eq!(percent_int("-+08.4d", 12), "+0012   ");
        assert_eq!(percent_int("08.4d", 12), "00000012");
        assert_eq!(percent_int("#06x", 18), "0x0012");
        assert_eq!(percent_int("#6o", 18), "  0o22");
        assert_eq!(percent_int("+03d", -1), "-01");
    }

    #[test]
    fn floats() {
        assert_eq!(format_float("010.2f", -2.71), "-000002.71");
        assert_eq!(format_float("+e", 1.5), "+1.500000e+00");
        assert_eq!(format_float("<8.3", 2.0), "2       ");
    }

    #[test]
    fn text() {
        let spec = parse(b"*>6.3", false).unwrap();
        assert_eq!(written(|out| spec.field.text(out, b"abcdef")), "***abc");
        assert_eq!(
            parse(b"=5", false).unwrap().check_text(),
            Err(FormatError::AlignOfText)
        );
        assert_eq!(parse(b"+s", false), Err(FormatError::SignOfText));
        assert_eq!(parse(b"+c", true), Err(FormatError::SignOfChar));
        assert_eq!(parse(b"*\"1\"", false), Err(FormatError::Invalid));
    }

    #[test]
    fn templates() {
        let pieces = |text| Template::new(text).collect::<Result<Vec<_>, _>>();
        let field = |name, conversion, spec| Piece::Replacement {
            name,
            conversion,
            spec,
        };
        assert_eq!(
            pieces(b"a{{{x!r:>{w}}}}{}"),
            Ok(vec![
                Piece::Literal(b"a"),
                Piece::Literal(b"{"),
                field(b"x", Some(b'r'), Some(b">{w}")),
                Piece::Literal(b"}"),
                field(b"", None, None),
            ])
        );
        assert_eq!(pieces(b"{:}"), Ok(vec![field(b"", None, None)]));
        for (text, error) in [
            (&b"}"[..], FormatError::SingleBrace),
            (b"{!", FormatError::EndInConversion),
            (b"{!d}", FormatError::Conversion(b'd')),
            (b"{abc", FormatError::Unmatched),
            (b"{:{}", FormatError::Unmatched),
            (b"{!s :}", FormatError::ExpectedColon),
        ] {
            assert_eq!(Template::new(text).find_map(Result::err), Some(error));
        }
    }

    #[test]
    fn directives() {
        let directive = Directive::parse(b"(key)-*.*s rest").unwrap();
        assert_eq!(
            (directive.key, directive.kind, directive.len),
            (Some(&b"key"[..]), b's', 10)
        );
        assert_eq!(
            (directive.width, directive.precision),
            (Count::Argument, Count::Argument)
        );
        assert_eq!(Directive::parse(b"(key"), Err(FormatError::IncompleteKey));
        for text in [&b""[..], b"-", b"5", b"5.", b"(k)"] {
            assert_eq!(Directive::parse(text), Err(FormatError::Incomplete));
        }
    }
}
