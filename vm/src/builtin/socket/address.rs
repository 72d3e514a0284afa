//! Addresses of sockets: tuples of host and port.

use core::net::{IpAddr, SocketAddr};

use super::{AF_INET, AF_INET6, SOCK_STREAM, checked, network};
use crate::native::{Args, Res};
use crate::stream::errno;
use crate::value::Value;
use crate::vm::Vm;

/// Longest name of a host, in bytes.
const NAME_MAX: usize = 255;

/// An address as a program writes it: `(host, port)`, with more behind it for IPv6.
pub(super) fn of(vm: &mut Vm<'_>, v: Value) -> Res<SocketAddr> {
    let (host, port) = match vm.tuple_items(v) {
        Some(&[Some(host), Some(port), ..]) => (host, port),
        _ => return Err(vm.type_error(msg!("address must be a tuple of host and port"))),
    };
    let port = port_of(vm, port)?;
    Ok(SocketAddr::new(resolve(vm, host)?, port))
}

fn port_of(vm: &mut Vm<'_>, port: Value) -> Res<u16> {
    match u16::try_from(vm.as_index(port)?) {
        Ok(port) => Ok(port),
        Err(_) => Err(vm.value_error(msg!("port must be 0-65535"))),
    }
}

/// A host by its address or its name. An empty one is any address of this one.
fn resolve(vm: &mut Vm<'_>, host: Value) -> Res<IpAddr> {
    let mut copy = [0; NAME_MAX];
    let Some(text) = vm.str_bytes(host).filter(|text| text.len() <= NAME_MAX) else {
        return Err(vm.type_error(msg!("host must be a str")));
    };
    let n = text.len();
    copy[..n].copy_from_slice(text);
    let name = core::str::from_utf8(&copy[..n]).unwrap_or("");
    if name.is_empty() {
        return Ok(IpAddr::from([0, 0, 0, 0]));
    }
    if let Ok(address) = name.parse() {
        return Ok(address);
    }
    let found = network(vm)?.resolve(name);
    checked(vm, found)
}

/// An address as a program sees it.
pub(super) fn tuple(vm: &mut Vm<'_>, address: SocketAddr) -> Res {
    let mut text = crate::raise::Text::new();
    let _ = core::fmt::Write::write_fmt(&mut text, format_args!("{}", address.ip()));
    let host = vm.new_str(text.as_bytes())?;
    vm.root(host)?;
    let port = Value::small(address.port() as isize);
    let zero = Value::small(0);
    match address {
        SocketAddr::V4(_) => vm.new_tuple(&[host, port]),
        SocketAddr::V6(_) => vm.new_tuple(&[host, port, zero, zero]),
    }
}

/// `getaddrinfo(host, port, family=0, type=0, proto=0, flags=0)`: one answer, in a list.
pub(super) fn getaddrinfo(vm: &mut Vm<'_>, args: Args) -> Res {
    let port = port_of(vm, args.at(1))?;
    let ip = resolve(vm, args.at(0))?;
    let family = if ip.is_ipv6() { AF_INET6 } else { AF_INET };
    let mut wanted = [0, 0, 0];
    for (i, slot) in wanted.iter_mut().enumerate() {
        if let Some(given) = args.get(2 + i) {
            *slot = vm.as_index(given)?;
        }
    }
    if wanted[0] != 0 && wanted[0] != family {
        return Err(vm.os_error(errno::EOPNOTSUPP));
    }
    let kind = if wanted[1] == 0 {
        SOCK_STREAM
    } else {
        wanted[1]
    };
    let name = vm.new_str(b"")?;
    let address = tuple(vm, SocketAddr::new(ip, port))?;
    let info = vm.new_tuple(&[
        Value::small(family),
        Value::small(kind),
        Value::small(wanted[2]),
        name,
        address,
    ])?;
    vm.new_list(&[info])
}
