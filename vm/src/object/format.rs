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
    expand(vm, &mut fields, Reader::new(template, 0..len), out, 2)?;
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

/// Where part of a template is read.
struct Reader {
    template: Value,
    at: usize,
    end: usize,
}

impl Reader {
    fn new(template: Value, part: Range<usize>) -> Reader {
        Reader {
            template,
            at: part.start,
            end: part.end,
        }
    }

    /// What is left.
    fn rest<'v>(&self, vm: &'v Vm<'_>) -> &'v [u8] {
        let bytes = vm.bytes_of(self.template).unwrap_or(b"");
        bytes.get(self.at..self.end).unwrap_or(b"")
    }

    /// The next byte, which is stepped over.
    fn next(&mut self, vm: &Vm<'_>) -> Option<u8> {
        let byte = self.rest(vm).first().copied()?;
        self.at += 1;
        Some(byte)
    }

    /// Whether this byte comes next; then it is stepped over.
    fn take(&mut self, vm: &Vm<'_>, byte: u8) -> bool {
        let comes = self.rest(vm).first() == Some(&byte);
        self.at += comes as usize;
        comes
    }

    /// Steps to the first of some bytes, or to the end; gives where it was.
    fn until(&mut self, vm: &Vm<'_>, stops: &[u8]) -> usize {
        let from = self.at;
        let part = self.rest(vm).iter();
        self.at += part.take_while(|&&b| !has(stops, b)).count();
        from
    }

    /// Steps over digits.
    fn number(&mut self, vm: &Vm<'_>) -> usize {
        let (n, len) = number(self.rest(vm));
        self.at += len;
        n
    }
}

/// Writes part of a template, its fields replaced. `depth` is how often a specification may have fields itself.
fn expand(
    vm: &mut Vm<'_>,
    fields: &mut Fields,
    mut part: Reader,
    out: Value,
    depth: usize,
) -> Res<()> {
    loop {
        let from = part.until(vm, b"{}");
        vm.write_part(Sink::Buffer(out), part.template, from, part.at)?;
        let Some(brace) = part.next(vm) else {
            return Ok(());
        };
        if part.take(vm, brace) {
            vm.bytearray_push(out, &[brace])?;
        } else if brace == b'}' {
            return Err(vm.value_error(msg!("single '}' encountered in format string")));
        } else {
            let mark = vm.mark();
            field(vm, fields, &mut part, out, depth)?;
            vm.release(mark);
        }
    }
}

/// One field, from behind its brace to behind the other.
fn field(
    vm: &mut Vm<'_>,
    fields: &mut Fields,
    part: &mut Reader,
    out: Value,
    depth: usize,
) -> Res<()> {
    let name = part.until(vm, b"!:}")..part.at;
    let mut conversion = 0;
    if part.take(vm, b'!') {
        conversion = match part.next(vm) {
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
    }
    let mut spec = 0..0;
    if part.take(vm, b':') {
        spec.start = part.at;
        to_matching_brace(vm, part);
        spec.end = part.at;
    }
    if !part.take(vm, b'}') {
        return Err(vm.value_error(if part.at < part.end {
            msg!("expected ':' after format specifier")
        } else {
            msg!("unmatched '{' in format")
        }));
    }
    let v = argument(vm, fields, part.template, name)?;
    let mut text = [0; SPEC_LEN];
    let n = nested_spec(
        vm,
        fields,
        Reader::new(part.template, spec),
        depth,
        &mut text,
    )?;
    put(vm, Sink::Buffer(out), v, conversion, &text[..n])
}

/// Steps to the brace that ends a specification that may have fields itself.
fn to_matching_brace(vm: &Vm<'_>, part: &mut Reader) {
    let mut open = 1;
    loop {
        part.until(vm, b"{}");
        match part.next(vm) {
            Some(b'{') => open += 1,
            Some(_) => open -= 1,
            None => return,
        }
        if open == 0 {
            part.at -= 1;
            return;
        }
    }
}

/// A specification with its fields replaced: its length in `text`.
fn nested_spec(
    vm: &mut Vm<'_>,
    fields: &mut Fields,
    spec: Reader,
    depth: usize,
    text: &mut [u8; SPEC_LEN],
) -> Res<usize> {
    if spec.at == spec.end {
        return Ok(0);
    }
    let mark = vm.mark();
    let buffer = vm.new_scratch()?;
    if depth == 0 {
        return Err(vm.value_error(msg!("invalid format specifier")));
    }
    expand(vm, fields, spec, buffer, depth - 1)?;
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
    let mut part = Reader::new(template, name.clone());
    part.until(vm, b".[");
    let stop = part.at;
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
        let mut rest = Reader::new(template, 0..len);
        loop {
            let from = rest.until(self, b"%");
            self.write_part(Sink::Buffer(out), template, from, rest.at)?;
            if !rest.take(self, b'%') {
                break;
            }
            let mark = self.mark();
            percent_field(self, &mut rest, &mut values, out)?;
            self.release(mark);
        }
        if !is_dict && values.next != values.count {
            return Err(self.type_error(msg!("format string didn't convert all arguments")));
        }
        finish(self, template, out)
    }
}

/// One `%` field, from behind the sign.
fn percent_field(vm: &mut Vm<'_>, part: &mut Reader, values: &mut Values, out: Value) -> Res<()> {
    if part.take(vm, b'%') {
        return vm.bytearray_push(out, b"%");
    }
    let mut found = None;
    if part.take(vm, b'(') {
        let name = part.until(vm, b")")..part.at;
        found = Some(named(vm, part, name, values)?);
        part.at += 1;
    }
    let mut spec = Spec::default();
    while let Some(flag) = part.next(vm) {
        match flag {
            b'-' => spec.align = b'<',
            b'+' => spec.sign = b'+',
            b' ' => spec.sign = if spec.sign == 0 { b' ' } else { spec.sign },
            b'#' => spec.alternate = true,
            b'0' => spec.zero = true,
            _ => {
                part.at -= 1;
                break;
            }
        }
    }
    spec.width = percent_number(vm, part, values, &mut spec.align)?;
    if part.take(vm, b'.') {
        spec.precision = Some(percent_number(vm, part, values, &mut 0)?);
    }
    let Some(letter) = part.next(vm) else {
        return Err(vm.value_error(msg!("incomplete format")));
    };
    let v = match found {
        Some(v) => v,
        None => values.next(vm)?,
    };
    percent_put(vm, part, out, letter, v, spec)
}

/// The value of a name in the dict.
fn named(vm: &mut Vm<'_>, part: &Reader, name: Range<usize>, values: &mut Values) -> Res {
    if !vm.is(values.all, Kind::Dict) {
        return Err(vm.type_error(msg!("format needs a dict")));
    }
    if part.at >= part.end {
        return Err(vm.value_error(msg!("incomplete format key")));
    }
    values.next = values.count;
    if name.len() > crate::qstr::MAX_NAME {
        return Err(vm.error(&types::RUNTIME_ERROR, msg!("name too long")));
    }
    let key = vm.part_of(part.template, name)?;
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
    part: &mut Reader,
    values: &mut Values,
    align: &mut u8,
) -> Res<usize> {
    if !part.take(vm, b'*') {
        return Ok(part.number(vm));
    }
    let v = values.next(vm)?;
    let n = vm.as_index(v)?;
    if n < 0 {
        *align = b'<';
    }
    Ok(n.unsigned_abs().min(1 << 24))
}

/// Writes a value by a `%` letter.
fn percent_put(
    vm: &mut Vm<'_>,
    part: &Reader,
    out: Value,
    letter: u8,
    v: Value,
    mut spec: Spec,
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
        b's' if !vm.is_str(part.template) && vm.bytes_of(v).is_some() && !vm.is_str(v) => {
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
                Part::count(part.at - 1),
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
