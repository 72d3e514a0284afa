//! This machine as a VM's host: its console and clock, Ctrl-C, and stand-ins for a board and its network.

use std::io::{self, BufWriter, Read, Write};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use romfs_vm::machine::Machine;
use romfs_vm::net::Network;
use romfs_vm::observe::Observer;
use romfs_vm::vm::Host;

use super::board::Board;
use super::costs::Costs;
use super::sockets::Sockets;

/// How long a read waits before it looks for Ctrl-C.
const LOOK: Duration = Duration::from_millis(20);

/// Whether Ctrl-C was pressed and the program does not know yet.
static STOP: AtomicBool = AtomicBool::new(false);
/// How often it was pressed.
static PRESSED: AtomicU32 = AtomicU32::new(0);

/// How long a native function may go on after Ctrl-C.
const PATIENCE: Duration = Duration::from_secs(3);

/// Has Ctrl-C raise `KeyboardInterrupt` in the program. One that does not see it, since a native function takes its time, is
/// ended by the next, or after a while.
pub fn listen_for_stop() -> anyhow::Result<()> {
    ctrlc::set_handler(|| {
        if STOP.swap(true, Ordering::Relaxed) {
            end();
        }
        let press = PRESSED.fetch_add(1, Ordering::Relaxed) + 1;
        thread::spawn(move || {
            thread::sleep(PATIENCE);
            if STOP.load(Ordering::Relaxed) && PRESSED.load(Ordering::Relaxed) == press {
                end();
            }
        });
    })?;
    Ok(())
}

/// Ends the program as a shell expects it of one that was interrupted.
fn end() -> ! {
    eprintln!("romfs: interrupted within a native function");
    std::process::exit(i32::from(super::INTERRUPTED))
}

/// What a VM sees of this machine.
pub struct Console {
    out: BufWriter<io::Stdout>,
    start: Instant,
    /// Who is told what the program does.
    pub costs: Option<Costs>,
    /// Standard input, read by a thread of its own once somebody asks, so that a read can be interrupted.
    input: Option<Receiver<Vec<u8>>>,
    /// What was read and not taken yet.
    waiting: Vec<u8>,
    board: Board,
    sockets: Sockets,
}

impl Console {
    /// A console; with `costs` they are told what happens.
    pub fn new(costs: Option<Costs>) -> Console {
        Console {
            out: BufWriter::new(io::stdout()),
            start: Instant::now(),
            costs,
            input: None,
            waiting: Vec::new(),
            board: Board::default(),
            sockets: Sockets::default(),
        }
    }

    /// Writes out what was printed.
    pub fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Standard input in pieces; an empty piece is its end.
fn read_input() -> Receiver<Vec<u8>> {
    let (send, receive) = channel();
    std::thread::spawn(move || {
        let mut piece = [0; 4096];
        loop {
            let n = io::stdin().read(&mut piece).unwrap_or(0);
            if send.send(piece[..n].to_vec()).is_err() || n == 0 {
                return;
            }
        }
    });
    receive
}

impl Host for Console {
    fn write(&mut self, bytes: &[u8]) {
        // A reader that went away is seen when the program ends.
        let _ = self.out.write_all(bytes);
    }

    fn write_error(&mut self, bytes: &[u8]) {
        let _ = self.out.flush();
        let _ = io::stderr().write_all(bytes);
    }

    fn read(&mut self, into: &mut [u8]) -> Option<usize> {
        let _ = self.out.flush();
        while self.waiting.is_empty() {
            match self.input.get_or_insert_with(read_input).recv_timeout(LOOK) {
                Ok(piece) if piece.is_empty() => return Some(0),
                Ok(piece) => self.waiting = piece,
                Err(RecvTimeoutError::Timeout) if STOP.load(Ordering::Relaxed) => return None,
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Some(0),
            }
        }
        let n = into.len().min(self.waiting.len());
        into[..n].copy_from_slice(&self.waiting[..n]);
        self.waiting.drain(..n);
        Some(n)
    }

    fn interrupted(&mut self, byte: Option<u8>) -> bool {
        byte.is_some() && STOP.swap(false, Ordering::Relaxed)
    }

    fn ticks_us(&mut self) -> u64 {
        self.start.elapsed().as_micros() as u64
    }

    fn entropy(&mut self) -> u32 {
        let mut bytes = [0; 4];
        match getrandom::fill(&mut bytes) {
            Ok(()) => u32::from_ne_bytes(bytes),
            Err(_) => self.ticks_us() as u32,
        }
    }

    fn random_bytes(&mut self, into: &mut [u8]) -> bool {
        getrandom::fill(into).is_ok()
    }

    fn sleep_us(&mut self, us: u64) {
        let _ = self.out.flush();
        std::thread::sleep(Duration::from_micros(us));
    }

    fn observer(&mut self) -> Option<&mut dyn Observer> {
        self.costs.as_mut().map(|costs| costs as _)
    }

    fn unix_time_ns(&mut self) -> u64 {
        std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .map_or(0, |d| d.as_nanos() as u64)
    }

    fn machine(&mut self) -> Option<&mut dyn Machine> {
        Some(&mut self.board)
    }

    fn network(&mut self) -> Option<&mut dyn Network> {
        Some(&mut self.sockets)
    }
}
