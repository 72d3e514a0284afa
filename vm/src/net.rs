//! What a board offers to the module `socket`.
//!
//! A board with a network has its [`Host`](crate::vm::Host) hand out a [`Network`]. Its sockets never wait: what would have
//! to is [`EAGAIN`](crate::stream::errno::EAGAIN), and the VM asks again, with callbacks and Ctrl-C in between.

pub use core::net::{IpAddr, SocketAddr};

/// What a socket carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// Bytes, over TCP.
    Stream,
    /// Datagrams, over UDP.
    Datagram,
}

/// What a socket is ready for: bits as `select.poll` numbers them.
#[allow(missing_docs)]
pub mod ready {
    pub const READ: isize = 1;
    pub const WRITE: isize = 4;
    pub const ERROR: isize = 8;
    pub const HANGUP: isize = 16;
}

/// The errors of a network are numbers, as MicroPython's `errno` has them.
pub type NetResult<T> = Result<T, i32>;

/// A network as `socket` sees it. Sockets are numbers that it gives out.
#[allow(
    clippy::missing_errors_doc,
    reason = "all of them answer with a number of `errno`"
)]
pub trait Network {
    /// A new socket.
    fn open(&mut self, transport: Transport, v6: bool) -> NetResult<u16>;

    /// Closes a socket; its number may be given out again.
    fn close(&mut self, socket: u16);

    /// Gives a socket its own address.
    fn bind(&mut self, socket: u16, address: SocketAddr) -> NetResult<()>;

    /// Lets others connect.
    fn listen(&mut self, socket: u16, backlog: usize) -> NetResult<()>;

    /// The next one that connected: a socket and its address.
    fn accept(&mut self, socket: u16) -> NetResult<(u16, SocketAddr)>;

    /// Connects, or begins to: `EINPROGRESS`; it is writable once it is done.
    fn connect(&mut self, socket: u16, address: SocketAddr) -> NetResult<()>;

    /// Sends the start of some bytes: how many.
    fn send(&mut self, socket: u16, bytes: &[u8]) -> NetResult<usize>;

    /// Sends a datagram.
    fn send_to(&mut self, socket: u16, bytes: &[u8], address: SocketAddr) -> NetResult<usize>;

    /// Receives: how many bytes, and from where; 0 bytes of a stream are its end.
    fn receive(&mut self, socket: u16, into: &mut [u8]) -> NetResult<(usize, Option<SocketAddr>)>;

    /// What a socket is ready for, in bits of [`ready`].
    fn poll(&mut self, socket: u16) -> isize;

    /// The address of a host's name.
    fn resolve(&mut self, name: &str) -> NetResult<IpAddr>;
}
