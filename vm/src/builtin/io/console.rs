//! `sys.stdin`, `sys.stdout` and `sys.stderr`: the host's console as streams.

use crate::heap::Header;
use crate::message::Part;
use crate::native::{
    Item, Member, NativeConst, PrintKind, Res, Sink, TypeDef, TypeSpec, func_1, member,
};
use crate::object::exception::EOF_ERROR;
use crate::q;
use crate::stream::{self, Source, Stream, Target, errno, request};
use crate::type_def;
use crate::value::{Slot, Value};
use crate::vm::Vm;

/// What terminals send for "take the last character back".
const BACKSPACE: u8 = 8;
const DELETE: u8 = 127;

const fn console(fd: u16, def: &'static TypeDef) -> NativeConst {
    NativeConst {
        header: Header {
            aux: fd,
            ..Header::new(crate::heap::Kind::NativeConst, 0)
        },
        def,
    }
}

/// `sys.stdin`
pub(crate) static STDIN: NativeConst = console(0, &TEXT);
/// `sys.stdout`
pub(crate) static STDOUT: NativeConst = console(1, &TEXT);
/// `sys.stderr`
pub(crate) static STDERR: NativeConst = console(2, &TEXT);
static STDIN_BYTES: NativeConst = console(0, &BYTES);
static STDOUT_BYTES: NativeConst = console(1, &BYTES);
static STDERR_BYTES: NativeConst = console(2, &BYTES);

fn read(vm: &mut Vm<'_>, _: Value, target: Target<'_>) -> Res<Option<usize>> {
    let mut chunk = [0; 64];
    let room = target.len().min(chunk.len());
    let n = vm.host.read(&mut chunk[..room]);
    if n.is_none() {
        vm.look_at_host()?;
    }
    Ok(n.map(|n| target.put(&chunk[..n])))
}

fn write(vm: &mut Vm<'_>, v: Value, source: Source<'_>) -> Res<Option<usize>> {
    let mut chunk = [0; 128];
    let mut at = 0;
    while at < source.len() {
        let n = source.skip(at).take(&mut chunk);
        match vm.header(v).aux {
            2 => vm.host.write_error(&chunk[..n]),
            _ => vm.host.write(&chunk[..n]),
        }
        at += n;
    }
    Ok(Some(at))
}

/// `input()`: a line of the console without its end, after a prompt.
///
/// A terminal that sends each byte as it is typed gets it shown, and may take back characters.
pub(crate) fn input(vm: &mut Vm<'_>, prompt: Slot) -> Res {
    if let Some(prompt) = prompt {
        vm.print(prompt, Sink::Console, PrintKind::Str)?;
    }
    let raw = vm.host.is_raw_terminal();
    let line = vm.new_bytearray(&[])?;
    loop {
        let mut byte = [0];
        match vm.host.read(&mut byte) {
            None => {
                vm.look_at_host()?;
                continue;
            }
            Some(0) if vm.bytes_of(line).is_some_and(<[u8]>::is_empty) => {
                return Err(vm.error_bare(&EOF_ERROR));
            }
            Some(0) => break,
            Some(_) => {}
        }
        match byte[0] {
            b'\n' => break,
            b'\r' if raw => break,
            BACKSPACE | DELETE if raw => take_back(vm, line)?,
            _ => {
                vm.bytearray_push(line, &byte)?;
                if raw {
                    vm.host.write(&byte);
                }
            }
        }
    }
    if raw {
        vm.host.write(b"\r\n");
    }
    let text = vm.bytes_of(line).unwrap_or(&[]);
    let end = text.len() - usize::from(!raw && text.last() == Some(&b'\r'));
    vm.bytearray_resize(line, end)?;
    vm.buffer_to_str(line)
}

/// Takes the last character of a line back, and off the terminal.
fn take_back(vm: &mut Vm<'_>, line: Value) -> Res<()> {
    let text = vm.bytes_of(line).unwrap_or(&[]);
    let start = text.iter().rposition(|&byte| byte & 0xC0 != 0x80);
    if let Some(start) = start {
        vm.bytearray_resize(line, start)?;
        vm.host.write(b"\x08 \x08");
    }
    Ok(())
}

fn ioctl(vm: &mut Vm<'_>, v: Value, request: usize, arg: Value) -> Res<isize> {
    match request {
        request::FLUSH | request::CLOSE => Ok(0),
        request::GET_FILENO => Ok(vm.header(v).aux as isize),
        // Output never waits; input is not known to be there.
        request::POLL => match vm.header(v).aux {
            0 => Ok(0),
            _ => Ok(arg.as_small().unwrap_or(0) & 4),
        },
        _ => Err(vm.os_error(errno::EINVAL)),
    }
}

fn print(vm: &mut Vm<'_>, v: Value, sink: Sink, _: PrintKind) -> Res<()> {
    let fd = vm.header(v).aux as isize;
    vm.write_with(sink, msg!("<io.% %>"), &[Part::TypeOf(v), Part::Int(fd)])
}

static MEMBERS: &[Member] = &[
    func_1(q!("fileno"), |vm, stream| {
        let fd = vm.stream_ioctl(stream, request::GET_FILENO, Value::small(0))?;
        Ok(Value::small(fd))
    }),
    stream::READ,
    stream::READINTO,
    stream::READLINE,
    stream::READLINES,
    stream::WRITE,
    stream::FLUSH,
    stream::CLOSE,
    stream::IOCTL,
    stream::ENTER,
    stream::EXIT,
    member(
        q!("buffer"),
        Item::Get(|vm, v| {
            Ok(match vm.header(v).aux {
                0 => STDIN_BYTES.value(),
                1 => STDOUT_BYTES.value(),
                _ => STDERR_BYTES.value(),
            })
        }),
    ),
];

const fn protocol(text: bool) -> Stream {
    Stream {
        read: Some(read),
        write: Some(write),
        seek: None,
        ioctl,
        text,
    }
}

const fn console_type(name: crate::qstr::Qstr, stream: &'static Stream) -> TypeSpec {
    TypeSpec {
        print: Some(print),
        next: Some(stream::next_line),
        stream: Some(stream),
        members: MEMBERS,
        ..TypeSpec::new(name)
    }
}

static TEXT: TypeDef = type_def!(console_type(q!("TextIOWrapper"), &const { protocol(true) }));
static BYTES: TypeDef = type_def!(console_type(q!("FileIO"), &const { protocol(false) }));
