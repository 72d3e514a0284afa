//! A simulated device that answers SMP over UDP, for clients that others wrote.

use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use romfs_runtime::update::Watchdog;
use romfs_runtime::update::smp::{Board, NoFiles, Server};

use crate::device::{Device, Dog, Session, SimFlash, rules, signing_key};

/// Bytes of the largest request that the device takes: what clients send at once over Ethernet.
const BUFFER: usize = 1500;

/// The port of SMP over UDP.
pub const PORT: u16 = 1337;

/// A device that runs in a thread until it is stopped.
#[derive(Debug)]
pub struct UdpDevice {
    /// Where it listens.
    pub address: SocketAddr,
    stop: Arc<AtomicBool>,
    resets: Arc<AtomicUsize>,
    thread: Option<JoinHandle<Flash>>,
}

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

impl UdpDevice {
    /// Starts the device on this flash, listening at this address of the loopback network, port
    /// [`PORT`], which some clients can't be talked out of.
    ///
    /// # Errors
    /// What the system says to the socket.
    pub fn start(
        address: [u8; 4],
        device: Device<1, 4096, 256>,
        flash: Flash,
        trouble: Trouble,
    ) -> io::Result<Self> {
        let socket = UdpSocket::bind(SocketAddr::from((address, PORT)))?;
        socket.set_read_timeout(Some(Duration::from_millis(20)))?;
        let address = socket.local_addr()?;
        let stop = Arc::new(AtomicBool::new(false));
        let resets = Arc::new(AtomicUsize::new(0));
        let (stopped, counted) = (Arc::clone(&stop), Arc::clone(&resets));
        let thread = std::thread::spawn(move || {
            let mut flash = flash;
            let mut requests = 0;
            while !stopped.load(Ordering::Relaxed) {
                device.boot(&mut flash, |session| {
                    serve(session, &socket, &trouble, &mut requests, &stopped);
                });
                counted.fetch_add(1, Ordering::Relaxed);
            }
            flash
        });
        Ok(Self {
            address,
            stop,
            resets,
            thread: Some(thread),
        })
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
    socket: &UdpSocket,
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
    let (mut request, mut response) = ([0; BUFFER], [0; BUFFER]);
    while !stopped.load(Ordering::Relaxed) {
        let Ok((length, client)) = socket.recv_from(&mut request) else {
            continue;
        };
        *requests += 1;
        let board = Board {
            watchdog: &mut Dog::default(),
            files: &mut NoFiles,
            content: &mut |_| true,
        };
        let Some(reply) = server.handle(&request[..length], &mut response, board) else {
            continue;
        };
        // Zero has only itself as a multiple, and requests are counted from one.
        if !requests.is_multiple_of(trouble.lose_response_every) {
            let _ = socket.send_to(&response[..reply.length], client);
        }
        if reply.reset || *requests == trouble.reset_after {
            return;
        }
    }
}
