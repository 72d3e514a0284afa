//! This machine's network, for programs that use `socket`.

use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, TcpListener, TcpStream, ToSocketAddrs, UdpSocket};
use std::time::Duration;

use romfs_vm::net::{NetResult, Network, SocketAddr, Transport, ready};
use romfs_vm::stream::errno;

/// How long a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(30);

/// A socket, by what was done with it.
enum Socket {
    /// Just opened, or bound to an address.
    Fresh {
        transport: Transport,
        v6: bool,
        bound: Option<SocketAddr>,
    },
    Datagram(UdpSocket),
    /// With a connection that a poll took already.
    Listener(TcpListener, Option<(TcpStream, SocketAddr)>),
    Stream(TcpStream),
}

/// The sockets of a program, by number.
#[derive(Default)]
pub struct Sockets(Vec<Option<Socket>>);

/// An error as MicroPython numbers it: as Linux does.
fn number(error: &io::Error) -> i32 {
    use io::ErrorKind as E;
    match error.kind() {
        E::WouldBlock => errno::EAGAIN,
        E::AddrInUse => errno::EADDRINUSE,
        E::ConnectionRefused => errno::ECONNREFUSED,
        E::TimedOut => errno::ETIMEDOUT,
        E::NotConnected => errno::ENOTCONN,
        E::HostUnreachable | E::NetworkUnreachable => errno::EHOSTUNREACH,
        _ => match cfg!(target_os = "linux") {
            true => error.raw_os_error().unwrap_or(errno::EIO),
            false => errno::EIO,
        },
    }
}

fn checked<R>(done: io::Result<R>) -> NetResult<R> {
    done.map_err(|error| number(&error))
}

impl Sockets {
    fn get(&mut self, socket: u16) -> NetResult<&mut Socket> {
        let found = self.0.get_mut(usize::from(socket));
        found.and_then(Option::as_mut).ok_or(errno::EBADF)
    }

    fn add(&mut self, socket: Socket) -> NetResult<u16> {
        let free = self.0.iter().position(Option::is_none);
        let n = free.unwrap_or_else(|| {
            self.0.push(None);
            self.0.len() - 1
        });
        self.0[n] = Some(socket);
        u16::try_from(n).map_err(|_| errno::ENOMEM)
    }

    /// The UDP socket, bound to any address where the program did not bind it.
    fn datagram(&mut self, socket: u16) -> NetResult<&mut UdpSocket> {
        let found = self.get(socket)?;
        if let Socket::Fresh {
            transport: Transport::Datagram,
            v6,
            bound,
        } = found
        {
            let any = match v6 {
                true => SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0)),
                false => SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)),
            };
            let opened = checked(UdpSocket::bind(bound.unwrap_or(any)))?;
            checked(opened.set_nonblocking(true))?;
            *found = Socket::Datagram(opened);
        }
        match found {
            Socket::Datagram(opened) => Ok(opened),
            _ => Err(errno::EOPNOTSUPP),
        }
    }
}

impl Network for Sockets {
    fn open(&mut self, transport: Transport, v6: bool) -> NetResult<u16> {
        self.add(Socket::Fresh {
            transport,
            v6,
            bound: None,
        })
    }

    fn close(&mut self, socket: u16) {
        if let Some(place) = self.0.get_mut(usize::from(socket)) {
            *place = None;
        }
    }

    fn bind(&mut self, socket: u16, address: SocketAddr) -> NetResult<()> {
        let Socket::Fresh {
            transport, bound, ..
        } = self.get(socket)?
        else {
            return Err(errno::EINVAL);
        };
        *bound = Some(address);
        if *transport == Transport::Datagram {
            self.datagram(socket)?;
        }
        Ok(())
    }

    fn listen(&mut self, socket: u16, _: usize) -> NetResult<()> {
        let found = self.get(socket)?;
        let Socket::Fresh {
            transport: Transport::Stream,
            bound: Some(address),
            ..
        } = found
        else {
            return Err(errno::EINVAL);
        };
        let listener = checked(TcpListener::bind(*address))?;
        checked(listener.set_nonblocking(true))?;
        *found = Socket::Listener(listener, None);
        Ok(())
    }

    fn accept(&mut self, socket: u16) -> NetResult<(u16, SocketAddr)> {
        let Socket::Listener(listener, taken) = self.get(socket)? else {
            return Err(errno::EINVAL);
        };
        let (stream, from) = match taken.take() {
            Some(taken) => taken,
            None => checked(listener.accept())?,
        };
        checked(stream.set_nonblocking(true))?;
        Ok((self.add(Socket::Stream(stream))?, from))
    }

    fn connect(&mut self, socket: u16, address: SocketAddr) -> NetResult<()> {
        let found = self.get(socket)?;
        match found {
            Socket::Fresh {
                transport: Transport::Stream,
                ..
            } => {
                let stream = checked(TcpStream::connect_timeout(&address, CONNECT))?;
                checked(stream.set_nonblocking(true))?;
                *found = Socket::Stream(stream);
                Ok(())
            }
            Socket::Stream(_) | Socket::Listener(..) => Err(errno::EINVAL),
            _ => checked(self.datagram(socket)?.connect(address)),
        }
    }

    fn send(&mut self, socket: u16, bytes: &[u8]) -> NetResult<usize> {
        match self.get(socket)? {
            Socket::Stream(stream) => checked(stream.write(bytes)),
            Socket::Datagram(opened) => checked(opened.send(bytes)),
            _ => Err(errno::ENOTCONN),
        }
    }

    fn send_to(&mut self, socket: u16, bytes: &[u8], address: SocketAddr) -> NetResult<usize> {
        checked(self.datagram(socket)?.send_to(bytes, address))
    }

    fn receive(&mut self, socket: u16, into: &mut [u8]) -> NetResult<(usize, Option<SocketAddr>)> {
        if let Socket::Stream(stream) = self.get(socket)? {
            return Ok((checked(stream.read(into))?, stream.peer_addr().ok()));
        }
        let (n, from) = checked(self.datagram(socket)?.recv_from(into))?;
        Ok((n, Some(from)))
    }

    fn poll(&mut self, socket: u16) -> isize {
        let mut byte = [0];
        let waits = |done: io::Result<()>| match done {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => 0,
            _ => ready::READ,
        };
        match self.get(socket) {
            Ok(Socket::Fresh {
                transport: Transport::Stream,
                ..
            }) => ready::WRITE | ready::HANGUP,
            Ok(Socket::Fresh { .. }) => ready::WRITE,
            Ok(Socket::Datagram(opened)) => {
                ready::WRITE | waits(opened.peek_from(&mut byte).map(|_| ()))
            }
            Ok(Socket::Stream(stream)) => ready::WRITE | waits(stream.peek(&mut byte).map(|_| ())),
            Ok(Socket::Listener(listener, taken)) => {
                if taken.is_none() {
                    *taken = listener.accept().ok();
                }
                if taken.is_some() { ready::READ } else { 0 }
            }
            Err(_) => ready::ERROR,
        }
    }

    fn resolve(&mut self, name: &str) -> NetResult<IpAddr> {
        let mut found = checked((name, 0).to_socket_addrs())?;
        // IPv4 first, as programs for small boards expect it.
        let all: Vec<_> = found.by_ref().collect();
        let first = all.iter().find(|a| a.is_ipv4()).or(all.first());
        first.map(SocketAddr::ip).ok_or(errno::ENOENT)
    }
}
