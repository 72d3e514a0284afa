//! A simulated device that answers SMP, for clients that others wrote and for our own.

use std::fs::File;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use romfs_runtime::Image;
use romfs_runtime::update::Watchdog;
use romfs_runtime::update::smp::{Board, RomFiles, Server, serial};
use serialport::{SerialPort, TTYPort};

use crate::device::{Device, Dog, Session, SimFlash, rules, signing_key};

/// Bytes of the largest request that the device takes: what clients send at once over Ethernet.
const BUFFER: usize = 1500;

/// The port of SMP over UDP, which some clients can't be talked out of.
pub const PORT: u16 = 1337;

/// The flash of the device.
pub type Flash = SimFlash<1, 4096>;

/// What goes wrong on the way.
#[derive(Debug, Clone, Copy, Default)]
pub struct Trouble {
    /// Every so many requests a response is lost; 0 for none.
    pub lose_response_every: usize,
    /// After so many requests the device resets on its own; 0 for never.
    pub reset_after: usize,
    /// Whether the running program confirms itself.
    pub confirm: bool,
}

/// The device's end of a link.
pub trait Link: Send + 'static {
    /// The next request, if one comes soon.
    fn receive(&mut self) -> Option<Vec<u8>>;
    /// Sends a response to whoever asked last.
    fn send(&mut self, message: &[u8]);
}

/// UDP on the loopback network.
#[derive(Debug)]
pub struct UdpLink {
    socket: UdpSocket,
    client: Option<SocketAddr>,
}

impl UdpLink {
    /// Listens at this address, port [`PORT`].
    ///
    /// # Errors
    /// What the system says to the socket.
    pub fn listen(address: [u8; 4]) -> io::Result<Self> {
        let socket = UdpSocket::bind(SocketAddr::from((address, PORT)))?;
        socket.set_read_timeout(Some(Duration::from_millis(20)))?;
        Ok(Self {
            socket,
            client: None,
        })
    }
}

impl Link for UdpLink {
    fn receive(&mut self) -> Option<Vec<u8>> {
        let mut request = [0; BUFFER];
        let (length, client) = self.socket.recv_from(&mut request).ok()?;
        self.client = Some(client);
        Some(request[..length].to_vec())
    }

    fn send(&mut self, message: &[u8]) {
        if let Some(client) = self.client {
            // A datagram that is lost is asked for again.
            let _ = self.socket.send_to(message, client);
        }
    }
}

/// A pseudo terminal; the device has the one end, clients open the other by its name.
#[derive(Debug)]
pub struct PtyLink {
    port: TTYPort,
    decoder: serial::Decoder<BUFFER>,
    /// The other end, kept open so that the line stays up between clients.
    _client: File,
}

impl PtyLink {
    /// A new pair, and the name of the end for clients.
    ///
    /// # Errors
    /// What the system says.
    pub fn open() -> io::Result<(Self, String)> {
        let (mut port, client) = TTYPort::pair()?;
        port.set_timeout(Duration::from_millis(20))?;
        let name = client.name().ok_or(io::ErrorKind::NotFound)?;
        // Not the port itself: it would keep others from opening it.
        let client = File::options().read(true).write(true).open(&name)?;
        let link = Self {
            port,
            decoder: serial::Decoder::default(),
            _client: client,
        };
        Ok((link, name))
    }
}

impl Link for PtyLink {
    fn receive(&mut self) -> Option<Vec<u8>> {
        let mut byte = [0];
        loop {
            self.port.read_exact(&mut byte).ok()?;
            if let Some(message) = self.decoder.push(byte[0]) {
                return Some(message.to_vec());
            }
        }
    }

    fn send(&mut self, message: &[u8]) {
        // Console text in between, as a board that prints has it.
        let _ = self.port.write_all(b"sensor: 21.5\r\n>>> ");
        let _ = serial::encode(message, |line| self.port.write_all(line));
    }
}

/// A device that runs in a thread until it is stopped.
#[derive(Debug)]
pub struct SmpDevice {
    stop: Arc<AtomicBool>,
    resets: Arc<AtomicUsize>,
    thread: Option<JoinHandle<Flash>>,
}

impl SmpDevice {
    /// Starts the device on this flash.
    pub fn start(
        mut link: impl Link,
        device: Device<1, 4096, 256>,
        flash: Flash,
        trouble: Trouble,
    ) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let resets = Arc::new(AtomicUsize::new(0));
        let (stopped, counted) = (Arc::clone(&stop), Arc::clone(&resets));
        let thread = std::thread::spawn(move || {
            let mut flash = flash;
            let mut requests = 0;
            while !stopped.load(Ordering::Relaxed) {
                device.boot(&mut flash, |session| {
                    serve(session, &mut link, &trouble, &mut requests, &stopped);
                });
                counted.fetch_add(1, Ordering::Relaxed);
            }
            flash
        });
        Self {
            stop,
            resets,
            thread: Some(thread),
        }
    }

    /// How often the device was reset.
    pub fn resets(&self) -> usize {
        self.resets.load(Ordering::Relaxed)
    }

    /// Switches the device off and takes its flash.
    ///
    /// # Panics
    /// If the device did.
    pub fn stop(mut self) -> Flash {
        self.stop.store(true, Ordering::Relaxed);
        let thread = self.thread.take().expect("stopped once");
        thread.join().expect("the device runs until it is stopped")
    }
}

/// Answers requests until a reset.
fn serve(
    session: Session<'_, 1, 4096, 256>,
    link: &mut impl Link,
    trouble: &Trouble,
    requests: &mut usize,
    stopped: &AtomicBool,
) {
    let Session {
        running,
        mut updater,
        mut dog,
        ..
    } = session;
    if trouble.confirm && updater.control().is_trial() {
        let dog: &mut dyn Watchdog = &mut dog;
        updater.control_mut().confirm(dog).expect("a sound record");
    }
    let keys = [signing_key().verifying_key()];
    let mut server = Server::new(updater, &running, rules(&keys), 2, "test device", BUFFER);
    let mut files = RomFiles {
        at: "/rom",
        image: running.mapped().and_then(|slot| Image::open(slot).ok()),
    };
    let mut response = [0; BUFFER];
    while !stopped.load(Ordering::Relaxed) {
        let Some(request) = link.receive() else {
            continue;
        };
        *requests += 1;
        let board = Board {
            watchdog: &mut Dog::default(),
            files: &mut files,
            content: &mut |_| true,
        };
        let Some(reply) = server.handle(&request, &mut response, board) else {
            continue;
        };
        // Zero has only itself as a multiple, and requests are counted from one.
        if !requests.is_multiple_of(trouble.lose_response_every) {
            link.send(&response[..reply.length]);
        }
        if reply.reset || *requests == trouble.reset_after {
            return;
        }
    }
}
