//! `str.format`, `format()` and the `%` operator.

use core::ops::Range;

use crate::codec::has;
use crate::heap::Kind;
use crate::message::Part;
use crate::native::{Args, PrintKind, Res, Sink};
use crate::num::parse::number;
use crate::object::exception as types;
use crate::object::str_methods::wrong_type;
use crate::qstr::Qstr;
use crate::raise::Raised;
use crate::value::{Slot, Value};
use crate::vm::Vm;

use super::spec::{self, Spec};

/// Most bytes of one format specification.
const SPEC_LEN: usize = 64;

/// How fields find their arguments.
struct Fields {
    args: Args,
    /// Next argument of a field without a name; `None` once a field gave a number.
    next: Option<usize>,
}

/// `str.format(*args, **kwargs)`.
pub(crate) fn str_format(vm: &mut Vm<'_>, args: Args) -> Res {
    let template = args.at(0);
    let len = vm.bytes_len(template);
    let out = vm.new_scratch()?;
    let mut fields = Fields {
        args,
        next: Some(0),
    };
    expand(vm, &mut fields, template, 0..len, out, 2)?;
    finish(vm, template, out)
}

/// The result in a template's type.
pub(crate) fn finish(vm: &mut Vm<'_>, template: Value, out: Value) -> Res {
    if vm.is_str(template) {
        return vm.buffer_to_str(out);
    }
    vm.bytes_as(Kind::Bytes, out)
}

/// `format(value, spec="")`.
pub fn format_value(vm: &mut Vm<'_>, v: Value, spec: Slot) -> Res {
    let mut text = [0; SPEC_LEN];
    let mut n = 0;
    if let Some(given) = spec {
        let Some(bytes) = vm.str_bytes(given) else {
            return Err(wrong_type(vm, given, Value::qstr(Qstr::EMPTY)));
        };
        n = bytes.len().min(SPEC_LEN);
        text[..n].copy_from_slice(&bytes[..n]);
    }
    let out = vm.new_scratch()?;
    put(vm, Sink::Buffer(out), v, 0, &text[..n])?;
    vm.buffer_to_str(out)
}

fn byte(vm: &Vm<'_>, v: Value, at: usize, end: usize) -> Option<u8> {
    if at < end {
        vm.bytes_of(v).and_then(|bytes| bytes.get(at).copied())
    } else {
        None
    }
}

/// Where the first of some bytes is in part of a text, or its end.
fn until(vm: &Vm<'_>, v: Value, range: Range<usize>, stops: &[u8]) -> usize {
    let n = vm
        .bytes_of(v)
        .and_then(|bytes| bytes.get(range.clone()))
        .map_or(0, |part| {
            part.iter().take_while(|&&b| !has(stops, b)).count()
        });
    range.start + n
}

/// Writes part of a template, its fields replaced. `depth` is how often a specification may have fields itself.
fn expand(
    vm: &mut Vm<'_>,
    fields: &mut Fields,
    template: Value,
    part: Range<usize>,
    out: Value,
    depth: u8,
) -> Res<()> {
    let (mut at, end) = (part.start, part.end);
    while at < end {
        let stop = until(vm, template, at..end, b"{}");
        vm.write_part(Sink::Buffer(out), template, at, stop)?;
        at = stop;
        let Some(brace) = byte(vm, template, at, end) else {
            break;
        };
        at += 1;
        if byte(vm, template, at, end) == Some(brace) {
            vm.bytearray_push(out, &[brace])?;
            at += 1;
        } else if brace == b'}' {
            return Err(vm.value_error(msg!("single '}' encountered in format string")));
        } else {
            let mark = vm.mark();
            at = field(vm, fields, template, at..end, out, depth)?;
            vm.release(mark);
        }
    }
    Ok(())
}

/// One field, from behind its brace; gives where the template goes on.
fn field(
    vm: &mut Vm<'_>,
    fields: &mut Fields,
    template: Value,
    part: Range<usize>,
    out: Value,
    depth: u8,
) -> Res<usize> {
    let end = part.end;
    let name = part.start..until(vm, template, part.clone(), b"!:}");
    let mut at = name.end;
    let mut conversion = 0;
    if byte(vm, template, at, end) == Some(b'!') {
        conversion = match byte(vm, template, at + 1, end) {
            Some(letter @ (b'r' | b's')) => letter,
            None => {
                return Err(
                    vm.value_error(msg!("end of format while looking for conversion specifier"))
                );
            }
            Some(other) => {
                return Err(vm.error_with(
                    &types::VALUE_ERROR,
                    msg!("unknown conversion specifier %"),
                    &[Part::Char(other)],
                ));
            }
        };
        at += 2;
    }
    let mut spec = at..at;
    if byte(vm, template, at, end) == Some(b':') {
        spec = at + 1..matching_brace(vm, template, at + 1, end);
        at = spec.end;
    }
    match byte(vm, template, at, end) {
        Some(b'}') => {}
        Some(_) => return Err(vm.value_error(msg!("expected ':' after format specifier"))),
        None => return Err(vm.value_error(msg!("unmatched '{' in format"))),
    }
    let v = argument(vm, fields, template, name)?;
    let mut text = [0; SPEC_LEN];
    let n = nested_spec(vm, fields, template, spec, depth, &mut text)?;
    put(vm, Sink::Buffer(out), v, conversion, &text[..n])?;
    Ok(at + 1)
}

/// The brace that ends a specification that may have fields itself.
fn matching_brace(vm: &Vm<'_>, template: Value, from: usize, end: usize) -> usize {
    let mut at = from;
    let mut open = 1;
    loop {
        at = until(vm, template, at..end, b"{}");
        match byte(vm, template, at, end) {
            Some(b'{') => open += 1,
            Some(_) => open -= 1,
            None => return end,
        }
        if open == 0 {
            return at;
        }
        at += 1;
    }
}

/// A specification with its fields replaced: its length in `text`.
fn nested_spec(
    vm: &mut Vm<'_>,
    fields: &mut Fields,
    template: Value,
    spec: Range<usize>,
    depth: u8,
    text: &mut [u8; SPEC_LEN],
) -> Res<usize> {
    if spec.is_empty() {
        return Ok(0);
    }
    let mark = vm.mark();
    let buffer = vm.new_scratch()?;
    if depth == 0 {
        return Err(vm.value_error(msg!("invalid format specifier")));
    }
    expand(vm, fields, template, spec, buffer, depth - 1)?;
    let bytes = vm.bytes_of(buffer).unwrap_or(b"");
    let n = bytes.len();
    if n <= SPEC_LEN {
        text[..n].copy_from_slice(bytes);
    }
    vm.release(mark);
    if n > SPEC_LEN {
        Err(vm.value_error(msg!("invalid format specifier")))
    } else {
        Ok(n)
    }
}

/// The argument that a field's name says.
fn argument(vm: &mut Vm<'_>, fields: &mut Fields, template: Value, name: Range<usize>) -> Res {
    let given = fields.args.len() - 1;
    let index = if name.is_empty() {
        let Some(next) = fields.next else {
            return Err(vm.value_error(msg!(
                "can't switch from manual field specification to automatic field numbering"
            )));
        };
        fields.next = Some(next + 1);
        next
    } else {
        let text = vm
            .bytes_of(template)
            .map_or(&[][..], |bytes| &bytes[name.clone()]);
        if !text[0].is_ascii_digit() {
            return keyword(vm, fields, template, name);
        }
        let (index, n) = number(text);
        let whole = n == text.len();
        if fields.next.is_some_and(|next| next > 0) {
            return Err(vm.value_error(msg!(
                "can't switch from automatic field numbering to manual field specification"
            )));
        }
        fields.next = None;
        if index < given && !whole {
            return Err(vm.error(
                &types::NOT_IMPLEMENTED_ERROR,
                msg!("attributes not supported"),
            ));
        }
        index
    };
    if index >= given {
        return Err(vm.error(&types::INDEX_ERROR, msg!("tuple index out of range")));
    }
    Ok(fields.args.item(index + 1))
}

fn keyword(vm: &mut Vm<'_>, fields: &Fields, template: Value, name: Range<usize>) -> Res {
    let stop = until(vm, template, name.clone(), b".[");
    for i in 0..fields.args.kw_len() {
        let (key, v) = fields.args.kw_at(i);
        let wanted = vm.bytes_of(template).map(|bytes| &bytes[name.start..stop]);
        if vm.str_bytes(key) == wanted {
            if stop < name.end {
                return Err(vm.error(
                    &types::NOT_IMPLEMENTED_ERROR,
                    msg!("attributes not supported"),
                ));
            }
            return Ok(v);
        }
    }
    let key = vm.part_of(template, name.start..stop)?;
    Err(vm.key_error(key))
}

/// Writes one value by a conversion (`r`, `s` or 0) and a specification.
fn put(vm: &mut Vm<'_>, sink: Sink, v: Value, conversion: u8, text: &[u8]) -> Res<()> {
    let kind = if conversion == b'r' {
        PrintKind::Repr
    } else {
        PrintKind::Str
    };
    if text.is_empty() {
        return vm.print(v, sink, kind);
    }
    let Some(mut spec) = Spec::parse(text) else {
        return Err(vm.value_error(msg!("invalid format specifier")));
    };
    let v = if conversion != 0 {
        vm.to_str(v, kind)?
    } else {
        v
    };
    let int = vm.is_int(v);
    if spec.sign != 0 && spec.kind == b's' {
        return Err(vm.value_error(msg!("sign not allowed in string format specifier")));
    }
    if spec.sign != 0 && spec.kind == b'c' {
        return Err(vm.value_error(msg!("sign not allowed with integer format specifier 'c'")));
    }
    let Some(x) = vm.number_to_float(v) else {
        return put_text(vm, sink, v, &spec);
    };
    if spec.zero && spec.align == 0 {
        spec.align = b'=';
    }
    if int {
        match spec.kind {
            b'c' => return spec::write_char(vm, sink, &spec, v),
            b'b' | b'o' | b'x' | b'X' | 0 | b'n' | b'd' => {
                spec.precision = None;
                return spec::write_int(vm, sink, &spec, v, spec.kind);
            }
            _ => {}
        }
    }
    match spec.kind {
        0 | b'n' => spec::write_float(vm, sink, &spec, x, b'g'),
        b'e' | b'E' | b'f' | b'F' | b'g' | b'G' | b'%' => {
            spec::write_float(vm, sink, &spec, x, spec.kind)
        }
        other => Err(unknown_code(vm, other, v)),
    }
}

fn put_text(vm: &mut Vm<'_>, sink: Sink, v: Value, spec: &Spec) -> Res<()> {
    if spec.align == b'=' {
        return Err(vm.value_error(msg!("'=' alignment not allowed in string format specifier")));
    }
    if spec.kind != 0 && spec.kind != b's' {
        return Err(unknown_code(vm, spec.kind, v));
    }
    // There is no `__format__`: only str and bytes can be laid out.
    let v = vm.native_part(v);
    if !vm.is_str(v) && !matches!(vm.kind(v), Some(Kind::Bytes | Kind::FlashBytes)) {
        return Err(wrong_type(vm, v, Value::qstr(Qstr::EMPTY)));
    }
    spec::write_text(vm, sink, spec, v)
}

#[cold]
fn unknown_code(vm: &mut Vm<'_>, code: u8, v: Value) -> Raised {
    vm.error_with(
        &types::VALUE_ERROR,
        msg!("unknown format code '%' for object of type '%'"),
        &[Part::Char(code), Part::TypeOf(v)],
    )
}

// --- the % operator --------------------------------------------------------------------------------------------------

/// What `%` takes its values from.
struct Values {
    /// The right operand.
    all: Value,
    /// Next one; of a tuple, or of the one value that there is.
    next: usize,
    count: usize,
}

impl Values {
    fn next(&mut self, vm: &mut Vm<'_>) -> Res {
        if self.next >= self.count {
            return Err(vm.type_error(msg!("format string needs more arguments")));
        }
        let i = self.next;
        self.next += 1;
        Ok(match vm.tuple_items(self.all) {
            Some(items) => items[i].unwrap_or(Value::NONE),
            None => self.all,
        })
    }
}

impl<'a> Vm<'a> {
    /// `template % values`, of str and bytes.
    ///
    /// # Errors
    /// `TypeError` and `ValueError` where values and template do not fit.
    pub(crate) fn percent_format(&mut self, template: Value, values: Value) -> Res {
        let len = self.bytes_len(template);
        let out = self.new_scratch()?;
        let is_dict = self.is(values, Kind::Dict);
        let count = self.tuple_items(values).map_or(1, <[_]>::len);
        let mut values = Values {
            all: values,
            next: 0,
            count,
        };
        let mut at = 0;
        while at < len {
            let stop = until(self, template, at..len, b"%");
            self.write_part(Sink::Buffer(out), template, at, stop)?;
            at = stop;
            if at < len {
                let mark = self.mark();
                at = percent_field(self, template, at + 1..len, &mut values, out)?;
                self.release(mark);
            }
        }
        if !is_dict && values.next != values.count {
            return Err(self.type_error(msg!("format string didn't convert all arguments")));
        }
        finish(self, template, out)
    }
}

/// One `%` field, from behind the sign; gives where the template goes on.
fn percent_field(
    vm: &mut Vm<'_>,
    template: Value,
    part: Range<usize>,
    values: &mut Values,
    out: Value,
) -> Res<usize> {
    let (mut at, end) = (part.start, part.end);
    if byte(vm, template, at, end) == Some(b'%') {
        vm.bytearray_push(out, b"%")?;
        return Ok(at + 1);
    }
    let mut found = None;
    if byte(vm, template, at, end) == Some(b'(') {
        let close = until(vm, template, at..end, b")");
        found = Some(named(vm, template, at + 1..close, end, values)?);
        at = close + 1;
    }
    let mut spec = Spec::default();
    while let Some(flag) = byte(vm, template, at, end) {
        match flag {
            b'-' => spec.align = b'<',
            b'+' => spec.sign = b'+',
            b' ' => spec.sign = if spec.sign == 0 { b' ' } else { spec.sign },
            b'#' => spec.alternate = true,
            b'0' => spec.zero = true,
            _ => break,
        }
        at += 1;
    }
    (spec.width, at) = percent_number(vm, template, at..end, values, &mut spec.align)?;
    if byte(vm, template, at, end) == Some(b'.') {
        let (precision, next) = percent_number(vm, template, at + 1..end, values, &mut 0)?;
        spec.precision = Some(precision);
        at = next;
    }
    let Some(letter) = byte(vm, template, at, end) else {
        return Err(vm.value_error(msg!("incomplete format")));
    };
    let v = match found {
        Some(v) => v,
        None => values.next(vm)?,
    };
    percent_put(vm, template, out, letter, v, spec, at)?;
    Ok(at + 1)
}

/// The value of a name in the dict.
fn named(
    vm: &mut Vm<'_>,
    template: Value,
    name: Range<usize>,
    end: usize,
    values: &mut Values,
) -> Res {
    if !vm.is(values.all, Kind::Dict) {
        return Err(vm.type_error(msg!("format needs a dict")));
    }
    if name.end >= end {
        return Err(vm.value_error(msg!("incomplete format key")));
    }
    values.next = values.count;
    if name.len() > crate::qstr::MAX_NAME {
        return Err(vm.error(&types::RUNTIME_ERROR, msg!("name too long")));
    }
    let key = vm.part_of(template, name)?;
    match vm.dict_get(values.all, key)? {
        Some(v) => {
            vm.root(v)?;
            Ok(v)
        }
        None => Err(vm.key_error(key)),
    }
}

/// A width or precision: digits, or a star for an argument.
fn percent_number(
    vm: &mut Vm<'_>,
    template: Value,
    part: Range<usize>,
    values: &mut Values,
    align: &mut u8,
) -> Res<(usize, usize)> {
    if byte(vm, template, part.start, part.end) != Some(b'*') {
        let text = vm
            .bytes_of(template)
            .and_then(|bytes| bytes.get(part.clone()))
            .unwrap_or(b"");
        let (n, len) = number(text);
        return Ok((n, part.start + len));
    }
    let v = values.next(vm)?;
    let n = vm.as_index(v)?;
    if n < 0 {
        *align = b'<';
    }
    Ok((n.unsigned_abs().min(1 << 24), part.start + 1))
}

/// Writes a value by a `%` letter.
fn percent_put(
    vm: &mut Vm<'_>,
    template: Value,
    out: Value,
    letter: u8,
    v: Value,
    mut spec: Spec,
    at: usize,
) -> Res<()> {
    let sink = Sink::Buffer(out);
    let is_text = matches!(letter, b'c' | b'r' | b's');
    match spec.align {
        0 if is_text => spec.align = b'>',
        0 if spec.zero => spec.align = b'=',
        _ => {}
    }
    spec.zero &= !is_text && spec.align != b'<';
    match letter {
        b'c' => percent_char(vm, sink, v, spec),
        b'd' | b'i' | b'u' | b'o' | b'x' | b'X' => percent_int(vm, sink, &spec, v, letter),
        b'e' | b'E' | b'f' | b'F' | b'g' | b'G' => {
            let x = vm.to_float(v)?;
            spec::write_float(vm, sink, &spec, x, letter)
        }
        b's' if !vm.is_str(template) && vm.bytes_of(v).is_some() && !vm.is_str(v) => {
            spec::write_text(vm, sink, &spec, v)
        }
        b'r' | b's' => {
            let kind = if letter == b'r' {
                PrintKind::Repr
            } else {
                PrintKind::Str
            };
            let shown = vm.to_str(v, kind)?;
            spec::write_text(vm, sink, &spec, shown)
        }
        _ => Err(vm.error_with(
            &types::VALUE_ERROR,
            msg!("unsupported format character '%' (0x%) at index %"),
            &[
                Part::Char(letter),
                Part::Hex(letter as usize, 1),
                Part::count(at),
            ],
        )),
    }
}

fn percent_int(vm: &mut Vm<'_>, sink: Sink, spec: &Spec, v: Value, letter: u8) -> Res<()> {
    let v = match vm.as_float(v) {
        Some(x) if !matches!(letter, b'o' | b'x' | b'X') => {
            super::int::truncate(vm, crate::num::float::libm::wide(x))?
        }
        None if vm.is(v, Kind::Instance) => super::int::to_int(vm, v)?,
        _ => v,
    };
    vm.root(v)?;
    if !vm.is_int(v) {
        return Err(vm.cannot_convert(v, "int"));
    }
    spec::write_int(vm, sink, spec, v, letter)
}

fn percent_char(vm: &mut Vm<'_>, sink: Sink, v: Value, mut spec: Spec) -> Res<()> {
    if vm.is_str(v) {
        if vm.text_len(v) != 1 {
            return Err(vm.type_error(msg!("%c needs int or char")));
        }
        spec.precision = None;
        return spec::write_text(vm, sink, &spec, v);
    }
    if !vm.is_int(v) {
        return Err(vm.type_error(msg!("integer needed")));
    }
    spec::write_char(vm, sink, &spec, v)
}
