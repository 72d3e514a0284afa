//! Format specifications, and numbers and texts laid out by them.

use crate::Float;
use crate::codec::{has, utf8};
use crate::native::{Res, Sink};
use crate::num::float::format::{self as float_text, Notation, Precision, Style};
use crate::num::float::libm::{narrow, wide};
use crate::num::parse::number;
use crate::object::exception as types;
use crate::value::Value;
use crate::vm::Vm;

/// What is asked of a field: `[[fill]align][sign][#][0][width][,][.precision][type]`. Zero bytes are what was not given.
#[derive(Clone, Copy, Default)]
pub(crate) struct Spec {
    /// Character that fills the width.
    pub fill: u8,
    /// `<`, `>`, `^` or `=`.
    pub align: u8,
    /// `+` or a space: what a number that is not negative begins with.
    pub sign: u8,
    /// Prefix of the base.
    pub alternate: bool,
    /// A zero stood before the width.
    pub zero: bool,
    /// Least characters.
    pub width: usize,
    /// `,` or `_` between groups of digits.
    pub group: u8,
    /// Digits of a float, most characters of a text.
    pub precision: Option<usize>,
    /// Letter of the layout.
    pub kind: u8,
}

impl Spec {
    /// Reads a specification; `None` where it is none.
    pub(crate) fn parse(text: &[u8]) -> Option<Spec> {
        let aligns = |b: Option<&u8>| b.is_some_and(|&b| has(b"<>=^", b));
        let mut spec = Spec::default();
        let mut rest = text;
        let take = |rest: &mut &[u8], set: &[u8]| -> u8 {
            match rest.split_first() {
                Some((b, tail)) if has(set, *b) => {
                    *rest = tail;
                    *b
                }
                _ => 0,
            }
        };
        if aligns(rest.get(1)) && !aligns(rest.first()) {
            spec.fill = rest[0];
            rest = &rest[1..];
        }
        spec.align = take(&mut rest, b"<>=^");
        spec.sign = take(&mut rest, b"+- ");
        spec.alternate = take(&mut rest, b"#") != 0;
        spec.zero = rest.first() == Some(&b'0');
        let (width, n) = number(rest);
        spec.width = width;
        rest = &rest[n..];
        spec.group = take(&mut rest, b",_");
        if take(&mut rest, b".") != 0 {
            let (precision, n) = number(rest);
            spec.precision = Some(precision);
            rest = &rest[n..];
        }
        spec.kind = take(&mut rest, b"bcdeEfFgGnosxX%");
        if spec.sign == b'-' {
            spec.sign = 0;
        }
        if rest.is_empty() { Some(spec) } else { None }
    }

    /// The fill in use.
    fn filler(&self) -> u8 {
        match self.fill {
            0 if self.zero => b'0',
            0 => b' ',
            fill => fill,
        }
    }
}

fn fill(vm: &mut Vm<'_>, sink: Sink, byte: u8, mut n: usize) -> Res<()> {
    while n > 0 {
        let now = n.min(32);
        vm.write(sink, &[byte; 32][..now])?;
        n -= now;
    }
    Ok(())
}

/// Writes zeros before `len` characters, up to `width`, grouped as the digits behind them are. One more zero is written
/// than start with the separator.
fn fill_grouped(vm: &mut Vm<'_>, sink: Sink, group: u8, width: usize, len: usize) -> Res<()> {
    let period = if group == b'_' { 5 } else { 4 };
    let width = width + usize::from(width > 0 && width.is_multiple_of(period));
    for from_right in (len..width).rev() {
        let is_separator = from_right % period == period - 1;
        vm.write_byte(sink, if is_separator { group } else { b'0' })?;
    }
    Ok(())
}

/// Writes `head` and a body of `len` characters in the width of a specification.
fn laid_out(
    vm: &mut Vm<'_>,
    sink: Sink,
    spec: &Spec,
    head: &[u8],
    len: usize,
    body: &mut dyn FnMut(&mut Vm<'_>) -> Res<()>,
) -> Res<()> {
    let pad = spec.width.saturating_sub(head.len() + len);
    if spec.group != 0 && spec.align == b'=' && spec.filler() == b'0' {
        vm.write(sink, head)?;
        let width = spec.width.saturating_sub(head.len());
        fill_grouped(vm, sink, spec.group, width, len)?;
        return body(vm.again());
    }
    let (before, inside, after) = match spec.align {
        b'<' => (0, 0, pad),
        b'^' => (pad / 2, 0, pad - pad / 2),
        b'=' => (0, pad, 0),
        _ => (pad, 0, 0),
    };
    let byte = spec.filler();
    fill(vm, sink, byte, before)?;
    vm.write(sink, head)?;
    fill(vm, sink, byte, inside)?;
    body(vm.again())?;
    fill(vm, sink, byte, after)
}

/// Writes a text, cut to the precision. Width and precision count bytes, as in MicroPython; no character is cut.
pub(crate) fn write_text(vm: &mut Vm<'_>, sink: Sink, spec: &Spec, v: Value) -> Res<()> {
    let text = vm.bytes_of(v).unwrap_or(b"");
    let mut end = spec
        .precision
        .map_or(text.len(), |most| most.min(text.len()));
    while text.get(end).is_some_and(|&byte| byte & 0xc0 == 0x80) {
        end -= 1;
    }
    let spec = Spec {
        align: if spec.align == 0 { b'<' } else { spec.align },
        ..*spec
    };
    laid_out(vm, sink, &spec, b"", end, &mut move |vm| {
        vm.write_part(sink, v, 0, end)
    })
}

fn sign_of(negative: bool, spec: &Spec) -> u8 {
    if negative { b'-' } else { spec.sign }
}

/// Writes an int in the base of a letter. The precision is the least number of digits.
pub(crate) fn write_int(vm: &mut Vm<'_>, sink: Sink, spec: &Spec, v: Value, letter: u8) -> Res<()> {
    let base = match letter {
        b'b' => 2,
        b'o' => 8,
        b'x' | b'X' => 16,
        _ => 10,
    };
    let mark = vm.mark();
    let (text, start) = vm.int_text(v, base, letter == b'X')?;
    let end = vm.bytes_len(text);
    let digits = end - start;
    let mut head = [0; 3];
    let mut n = 0;
    let sign = sign_of(vm.int_is_negative(v), spec);
    if sign != 0 {
        head[n] = sign;
        n += 1;
    }
    if spec.alternate && base != 10 {
        head[n] = b'0';
        head[n + 1] = letter;
        n += 2;
    }
    let zeros = spec.precision.unwrap_or(0).saturating_sub(digits);
    let size = if base == 10 { 3 } else { 4 };
    let groups = if spec.group == 0 {
        0
    } else {
        (digits - 1) / size
    };
    laid_out(
        vm,
        sink,
        spec,
        &head[..n],
        zeros + digits + groups,
        &mut move |vm| {
            fill(vm, sink, b'0', zeros)?;
            if groups == 0 {
                return vm.write_part(sink, text, start, end);
            }
            let mut at = start;
            let mut next = start + (digits - 1) % size + 1;
            while at < end {
                if at > start {
                    vm.write_byte(sink, spec.group)?;
                }
                vm.write_part(sink, text, at, next)?;
                (at, next) = (next, next + size);
            }
            Ok(())
        },
    )?;
    vm.release(mark);
    Ok(())
}

/// Writes a float in the layout of a letter.
pub(crate) fn write_float(vm: &mut Vm<'_>, sink: Sink, spec: &Spec, x: Float, kind: u8) -> Res<()> {
    let (x, percent) = if kind == b'%' {
        (narrow(wide(x) * 100.0), 1)
    } else {
        (x, 0)
    };
    let notation = match kind {
        b'e' | b'E' => Notation::Exponent,
        b'f' | b'F' | b'%' => Notation::Fixed,
        _ => Notation::General,
    };
    let style = Style {
        notation,
        upper: kind.is_ascii_uppercase(),
        precision: Precision::Digits(spec.precision.unwrap_or(6) as u32),
        plus: if spec.sign == 0 {
            None
        } else {
            Some(spec.sign)
        },
    };
    let text = float_text::format(x, style);
    let bytes = text.as_bytes();
    let signed = usize::from(matches!(bytes.first(), Some(b'-' | b'+' | b' ')));
    let (head, body) = bytes.split_at(signed);
    let whole = body.iter().take_while(|b| b.is_ascii_digit()).count();
    let groups = if spec.group == 0 {
        0
    } else {
        whole.saturating_sub(1) / 3
    };
    laid_out(
        vm,
        sink,
        spec,
        head,
        body.len() + groups + percent,
        &mut move |vm| {
            for (i, byte) in body[..whole].iter().enumerate() {
                if groups > 0 && i > 0 && (whole - i) % 3 == 0 {
                    vm.write_byte(sink, spec.group)?;
                }
                vm.write_byte(sink, *byte)?;
            }
            vm.write(sink, &body[whole..])?;
            vm.write(sink, &b"%"[..percent])
        },
    )
}

/// Writes a character by its number.
pub(crate) fn write_char(vm: &mut Vm<'_>, sink: Sink, spec: &Spec, v: Value) -> Res<()> {
    let code = u32::try_from(vm.as_index(v)?).unwrap_or(u32::MAX);
    let mut bytes = [0; 4];
    let Some(text) = char::from_u32(code).and(utf8::encode(code, &mut bytes)) else {
        return Err(vm.error(&types::OVERFLOW_ERROR, msg!("char not in range(0x110000)")));
    };
    laid_out(vm, sink, spec, b"", 1, &mut move |vm| vm.write(sink, text))
}
