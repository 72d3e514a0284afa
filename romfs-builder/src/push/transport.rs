//! Links to a device.

use std::io::{self, Read, Write};
use std::net::{ToSocketAddrs, UdpSocket};
use std::time::{Duration, Instant};

use romfs_runtime::update::smp::serial;
use serialport::SerialPort;

use super::PushError;

/// What carries messages.
pub trait Transport {
    /// Bytes of the largest message.
    fn limit(&self) -> usize;

    /// Sends a message.
    ///
    /// # Errors
    /// [`PushError::Link`].
    fn send(&mut self, message: &[u8]) -> Result<(), PushError>;

    /// The next message, or none until the deadline.
    ///
    /// # Errors
    /// [`PushError::Link`].
    fn receive(&mut self, deadline: Instant) -> Result<Option<Vec<u8>>, PushError>;
}

/// Bare messages over UDP.
#[derive(Debug)]
pub struct Udp {
    link: String,
    socket: UdpSocket,
}

/// The port of SMP over UDP.
pub const UDP_PORT: u16 = 1337;
/// What fits an Ethernet frame.
const UDP_LIMIT: usize = 1472;

impl Udp {
    /// A link to `HOST` or `HOST:PORT`.
    ///
    /// # Errors
    /// [`PushError::Link`].
    pub fn connect(address: &str) -> Result<Self, PushError> {
        let link = || address.to_owned();
        let resolved = address
            .to_socket_addrs()
            .or_else(|_| (address, UDP_PORT).to_socket_addrs())
            .and_then(|mut all| all.next().ok_or(io::ErrorKind::NotFound.into()));
        let connect = |to: std::net::SocketAddr| {
            let any = if to.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
            let socket = UdpSocket::bind(any)?;
            socket.connect(to)?;
            Ok(socket)
        };
        let socket = resolved
            .and_then(connect)
            .map_err(|source| PushError::Link {
                link: link(),
                source,
            })?;
        Ok(Self {
            link: link(),
            socket,
        })
    }

    fn failed(&self, source: io::Error) -> PushError {
        PushError::Link {
            link: self.link.clone(),
            source,
        }
    }
}

impl Transport for Udp {
    fn limit(&self) -> usize {
        UDP_LIMIT
    }

    fn send(&mut self, message: &[u8]) -> Result<(), PushError> {
        match self.socket.send(message) {
            // Nobody listens yet: the device may be starting.
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => Ok(()),
            Err(error) => Err(self.failed(error)),
            Ok(_) => Ok(()),
        }
    }

    fn receive(&mut self, deadline: Instant) -> Result<Option<Vec<u8>>, PushError> {
        let mut buffer = [0; 2048];
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(None);
            }
            self.socket
                .set_read_timeout(Some(left))
                .map_err(|error| self.failed(error))?;
            match self.socket.recv(&mut buffer) {
                Ok(length) => return Ok(Some(buffer[..length].to_vec())),
                Err(error) => match error.kind() {
                    io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => return Ok(None),
                    io::ErrorKind::ConnectionRefused => {
                        std::thread::sleep(left.min(Duration::from_millis(50)));
                    }
                    _ => return Err(self.failed(error)),
                },
            }
        }
    }
}

/// Text lines over a serial port, or a pseudo terminal.
pub struct Serial {
    link: String,
    port: Box<dyn SerialPort>,
    decoder: serial::Decoder<SERIAL_LIMIT>,
}

impl std::fmt::Debug for Serial {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Serial({})", self.link)
    }
}

const SERIAL_LIMIT: usize = 4096;

impl Serial {
    /// Opens the port at this speed.
    ///
    /// # Errors
    /// [`PushError::Link`].
    pub fn open(path: &str, baud: u32) -> Result<Self, PushError> {
        let port = serialport::new(path, baud)
            .timeout(Duration::from_millis(20))
            .open()
            .map_err(|error| PushError::Link {
                link: path.to_owned(),
                source: error.into(),
            })?;
        Ok(Self {
            link: path.to_owned(),
            port,
            decoder: serial::Decoder::default(),
        })
    }

    fn failed(&self, source: io::Error) -> PushError {
        PushError::Link {
            link: self.link.clone(),
            source,
        }
    }
}

impl Transport for Serial {
    fn limit(&self) -> usize {
        SERIAL_LIMIT - 2
    }

    fn send(&mut self, message: &[u8]) -> Result<(), PushError> {
        let port = &mut self.port;
        serial::encode(message, |line| port.write_all(line)).map_err(|error| self.failed(error))
    }

    fn receive(&mut self, deadline: Instant) -> Result<Option<Vec<u8>>, PushError> {
        let mut byte = [0];
        while Instant::now() < deadline {
            match self.port.read(&mut byte) {
                Ok(0) => {}
                Ok(_) => {
                    if let Some(message) = self.decoder.push(byte[0]) {
                        return Ok(Some(message.to_vec()));
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::TimedOut => {}
                Err(error) => return Err(self.failed(error)),
            }
        }
        Ok(None)
    }
}
