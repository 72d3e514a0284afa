//! `socket`: TCP and UDP over the board's [`Network`](crate::net::Network).
//!
//! A socket that nothing refers to any more stays open until the VM ends: close it.

mod address;

use crate::message::Part;
use crate::native::{
    Args, Item, Member, ModuleDef, Res, TypeDef, TypeSpec, func, func_1, func_2, func_3, member,
};
use crate::net::{NetResult, Network, Transport, ready};
use crate::object::exception as types;
use crate::q;
use crate::stream::{self, Source, Stream, Target, errno, request};
use crate::type_def;
use crate::value::Value;
use crate::vm::Vm;

const AF_INET: isize = 2;
const AF_INET6: isize = 10;
const SOCK_STREAM: isize = 1;
const SOCK_DGRAM: isize = 2;
/// What `poll` says of a socket that is closed.
const POLLNVAL: isize = 0x20;
/// Microseconds until a socket that was not ready is asked again.
const PAUSE_US: u64 = 500;

const fn number(name: crate::qstr::Qstr, n: isize) -> Member {
    member(name, Item::Int(n))
}

/// The module.
pub(super) static SOCKET_MODULE: ModuleDef = ModuleDef::new(
    q!("socket"),
    &[
        member(q!("socket"), Item::Type(&SOCKET)),
        func(q!("getaddrinfo"), 2, 6, address::getaddrinfo),
        number(q!("AF_INET"), AF_INET),
        number(q!("AF_INET6"), AF_INET6),
        number(q!("SOCK_STREAM"), SOCK_STREAM),
        number(q!("SOCK_DGRAM"), SOCK_DGRAM),
        number(q!("IPPROTO_TCP"), 6),
        number(q!("IPPROTO_UDP"), 17),
        number(q!("SOL_SOCKET"), 1),
        number(q!("SO_REUSEADDR"), 2),
    ],
);

static SOCKET: TypeDef = type_def!(TypeSpec {
    make_new: Some(make_new),
    stream: Some(&STREAM),
    print: Some(|vm, v, sink, _| {
        let id = vm.slot(v, ID).and_then(Value::as_small).unwrap_or(-1);
        vm.write_with(sink, msg!("<socket %>"), &[Part::Int(id)])
    }),
    members: &[
        func_2(q!("bind"), |vm, socket, at| {
            let at = address::of(vm, at)?;
            once(vm, socket, |net, id| net.bind(id, at))
        }),
        func(q!("listen"), 1, 2, |vm, args| {
            let backlog = match args.get(1) {
                Some(n) => vm.as_index(n)?.max(1) as usize,
                None => 2,
            };
            once(vm, args.at(0), |net, id| net.listen(id, backlog))
        }),
        func_1(q!("accept"), accept),
        func_2(q!("connect"), connect),
        func_2(q!("send"), |vm, socket, data| {
            let source = vm.source_of(data)?;
            let n = send(vm, socket, source)?;
            Ok(Value::small(n as isize))
        }),
        func_2(q!("sendall"), |vm, socket, data| {
            let source = vm.source_of(data)?;
            let mut done = 0;
            while done < source.len() {
                done += send(vm, socket, source.skip(done))?;
            }
            Ok(Value::NONE)
        }),
        func_3(q!("sendto"), send_to),
        func(q!("recv"), 2, 2, |vm, args| Ok(receive(vm, args)?.0)),
        func(q!("recvfrom"), 2, 2, |vm, args| {
            let (bytes, from) = receive(vm, args)?;
            vm.new_tuple(&[bytes, from])
        }),
        func_2(q!("settimeout"), |vm, socket, seconds| {
            let ms = match seconds {
                Value::NONE => Value::NONE,
                seconds => Value::small((vm.to_float(seconds)? * 1000.0) as isize),
            };
            set_timeout(vm, socket, ms)
        }),
        func_2(q!("setblocking"), |vm, socket, flag| {
            let ms = match vm.truth(flag)? {
                true => Value::NONE,
                false => Value::small(0),
            };
            set_timeout(vm, socket, ms)
        }),
        // The board's sockets may take the address of one that was closed.
        func(q!("setsockopt"), 4, 4, |vm, args| {
            vm.check_object(vm.native_part(args.at(0)), &SOCKET)?;
            Ok(Value::NONE)
        }),
        func(q!("makefile"), 1, 3, |_, args| Ok(args.at(0))),
        func_1(q!("fileno"), |vm, id| {
            let id = open_id(vm, id)?;
            Ok(Value::small(id as isize))
        }),
        stream::READ,
        stream::READINTO,
        stream::READLINE,
        stream::WRITE,
        stream::CLOSE,
        stream::ENTER,
        stream::EXIT,
    ],
    ..TypeSpec::new(q!("socket"))
});

/// Slots of a socket: the network's number, -1 where it is closed; milliseconds to wait, None for ever.
const ID: usize = 1;
const TIMEOUT: usize = 2;

/// The board's network, or `OSError(ENODEV)`.
fn network<'v>(vm: &'v mut Vm<'_>) -> Res<&'v mut dyn Network> {
    if vm.host.network().is_none() {
        return Err(vm.os_error(errno::ENODEV));
    }
    match vm.host.network() {
        Some(network) => Ok(network),
        None => unreachable!("a host keeps its network"),
    }
}

fn make_new(vm: &mut Vm<'_>, _: Value, args: Args) -> Res {
    let mut numbers = [AF_INET, SOCK_STREAM];
    for (i, name) in [q!("family"), q!("type")].into_iter().enumerate() {
        if let Some(given) = args.get_or_kw(i, name) {
            numbers[i] = vm.as_index(given)?;
        }
    }
    let transport = match numbers[1] {
        SOCK_STREAM => Transport::Stream,
        SOCK_DGRAM => Transport::Datagram,
        _ => return Err(vm.os_error(errno::EINVAL)),
    };
    let opened = network(vm)?.open(transport, numbers[0] == AF_INET6);
    let id = checked(vm, opened)?;
    new_socket(vm, id)
}

fn new_socket(vm: &mut Vm<'_>, id: u16) -> Res {
    match vm.new_object(SOCKET.value(), &[Value::small(id as isize), Value::NONE]) {
        Ok(v) => Ok(v),
        Err(raised) => {
            network(vm)?.close(id);
            Err(raised)
        }
    }
}

fn checked<R>(vm: &mut Vm<'_>, done: NetResult<R>) -> Res<R> {
    done.map_err(|errno| vm.os_error(errno))
}

/// The network's number of a socket that is open.
fn open_id(vm: &mut Vm<'_>, v: Value) -> Res<u16> {
    let v = vm.native_part(v);
    vm.check_object(v, &SOCKET)?;
    let id = vm.slot(v, ID).and_then(Value::as_small).unwrap_or(-1);
    match u16::try_from(id) {
        Ok(id) => Ok(id),
        Err(_) => Err(vm.os_error(errno::EBADF)),
    }
}

fn set_timeout(vm: &mut Vm<'_>, v: Value, ms: Value) -> Res {
    open_id(vm, v)?;
    let v = vm.native_part(v);
    vm.set_slot(v, TIMEOUT, Some(ms));
    Ok(Value::NONE)
}

/// An operation that does not wait.
fn once(
    vm: &mut Vm<'_>,
    v: Value,
    work: impl FnOnce(&mut dyn Network, u16) -> NetResult<()>,
) -> Res {
    let id = open_id(vm, v)?;
    let done = work(network(vm)?, id);
    checked(vm, done)?;
    Ok(Value::NONE)
}

/// An operation that waits as long as the socket's timeout lets it.
///
/// # Errors
/// `OSError`: `EAGAIN` where it may not wait at all, `ETIMEDOUT` where it waited long enough.
fn waiting<R>(
    vm: &mut Vm<'_>,
    v: Value,
    mut work: impl FnMut(&mut dyn Network, u16) -> NetResult<R>,
) -> Res<R> {
    let start = vm.host.ticks_us();
    loop {
        // It may have been closed meanwhile.
        let id = open_id(vm, v)?;
        let done = work(network(vm)?, id);
        if !matches!(done, Err(errno::EAGAIN)) {
            return checked(vm, done);
        }
        let part = vm.native_part(v);
        if let Some(ms) = vm.slot(part, TIMEOUT).and_then(Value::as_small) {
            let passed = vm.host.ticks_us().saturating_sub(start);
            if ms == 0 {
                return Err(vm.os_error(errno::EAGAIN));
            }
            if passed >= ms.max(0) as u64 * 1000 {
                return Err(vm.os_error(errno::ETIMEDOUT));
            }
        }
        vm.wait_us(PAUSE_US)?;
    }
}

fn accept(vm: &mut Vm<'_>, socket: Value) -> Res {
    let (id, from) = waiting(vm, socket, |net, id| net.accept(id))?;
    let socket = new_socket(vm, id)?;
    let from = address::tuple(vm, from)?;
    vm.new_tuple(&[socket, from])
}

fn connect(vm: &mut Vm<'_>, socket: Value, to: Value) -> Res {
    let to = address::of(vm, to)?;
    let id = open_id(vm, socket)?;
    match network(vm)?.connect(id, to) {
        Ok(()) => return Ok(Value::NONE),
        Err(errno::EINPROGRESS) => {}
        Err(errno) => return Err(vm.os_error(errno)),
    }
    let part = vm.native_part(socket);
    if vm.slot(part, TIMEOUT) == Some(Value::small(0)) {
        return Err(vm.os_error(errno::EINPROGRESS));
    }
    waiting(vm, socket, |net, id| match net.poll(id) {
        found if found & ready::ERROR != 0 => Err(errno::ECONNREFUSED),
        found if found & ready::WRITE != 0 => Ok(()),
        _ => Err(errno::EAGAIN),
    })?;
    Ok(Value::NONE)
}

/// The start of a source; how many bytes.
fn send(vm: &mut Vm<'_>, v: Value, source: Source<'_>) -> Res<usize> {
    let mut chunk = [0; 512];
    let n = source.take(&mut chunk);
    waiting(vm, v, |net, id| net.send(id, &chunk[..n]))
}

fn send_to(vm: &mut Vm<'_>, socket: Value, data: Value, to: Value) -> Res {
    let to = address::of(vm, to)?;
    let mut datagram = [0; 1500];
    let source = vm.source_of(data)?;
    if source.len() > datagram.len() {
        return Err(vm.error(&types::OS_ERROR, msg!("datagram too long")));
    }
    let n = source.take(&mut datagram);
    let n = waiting(vm, socket, |net, id| net.send_to(id, &datagram[..n], to))?;
    Ok(Value::small(n as isize))
}

/// Up to so many bytes, and the address that they came from.
fn receive(vm: &mut Vm<'_>, args: Args) -> Res<(Value, Value)> {
    let room = vm.as_index(args.at(1))?.max(0) as usize;
    let mut chunk = [0; 1500];
    let room = room.min(chunk.len());
    let (n, from) = waiting(vm, args.at(0), |net, id| {
        net.receive(id, &mut chunk[..room])
    })?;
    let bytes = vm.new_bytes(&chunk[..n.min(room)])?;
    let from = match from {
        Some(from) => address::tuple(vm, from)?,
        None => Value::NONE,
    };
    Ok((bytes, from))
}

static STREAM: Stream = Stream {
    read: Some(read),
    write: Some(write),
    seek: None,
    ioctl,
    text: false,
};

/// None where a socket that may not wait would have to.
fn unless_waiting<R>(vm: &mut Vm<'_>, done: Res<R>) -> Res<Option<R>> {
    match done {
        Ok(n) => Ok(Some(n)),
        Err(raised) => {
            let e = vm.take_raised(raised);
            match vm.errno_of(e) == errno::EAGAIN as isize {
                true => Ok(None),
                false => Err(vm.raise(e)),
            }
        }
    }
}

fn read(vm: &mut Vm<'_>, v: Value, target: Target<'_>) -> Res<Option<usize>> {
    let mut chunk = [0; 512];
    let room = target.len().min(chunk.len());
    let done = waiting(vm, v, |net, id| net.receive(id, &mut chunk[..room]));
    let got = unless_waiting(vm, done)?;
    Ok(got.map(|(n, _)| target.put(&chunk[..n.min(room)])))
}

fn write(vm: &mut Vm<'_>, v: Value, source: Source<'_>) -> Res<Option<usize>> {
    let done = send(vm, v, source);
    unless_waiting(vm, done)
}

fn ioctl(vm: &mut Vm<'_>, v: Value, request: usize, arg: Value) -> Res<isize> {
    let v = vm.native_part(v);
    let id = vm.slot(v, ID).and_then(Value::as_small).unwrap_or(-1);
    match (request, u16::try_from(id)) {
        (request::CLOSE, Ok(id)) => {
            network(vm)?.close(id);
            vm.set_slot(v, ID, Some(Value::small(-1)));
            Ok(0)
        }
        (request::CLOSE | request::FLUSH, _) => Ok(0),
        (request::POLL, Ok(id)) => {
            let asked = vm.as_index(arg)?;
            let found = network(vm)?.poll(id);
            Ok(found & (asked | ready::ERROR | ready::HANGUP))
        }
        (request::POLL, Err(_)) => Ok(POLLNVAL),
        (request::GET_FILENO, Ok(id)) => Ok(id as isize),
        _ => Err(vm.os_error(errno::EINVAL)),
    }
}
