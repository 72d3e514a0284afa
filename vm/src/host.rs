//! What a VM needs from where it runs, and why it may not start there.

/// What a VM needs from where it runs. A board implements it.
pub trait Host {
    /// Writes to the console.
    fn write(&mut self, bytes: &[u8]);

    /// Writes to the console for errors; the same one where there is only one.
    fn write_error(&mut self, bytes: &[u8]) {
        self.write(bytes);
    }

    /// Reads from the console: waits for a byte at least, 0 at the end. `None` where nothing is there and waiting is not wanted.
    fn read(&mut self, into: &mut [u8]) -> Option<usize> {
        let _ = into;
        Some(0)
    }

    /// Whether what is typed on the console comes byte by byte, as it is typed: `input()` shows and edits the line then.
    /// Where not, a terminal or a pipe gives whole lines.
    fn is_raw_terminal(&self) -> bool {
        false
    }

    /// Whether the console's user asked the program to stop since this was last asked: Ctrl-C, or the byte that
    /// `micropython.kbd_intr` chose (0x03 unless a program says otherwise; none: no byte does). Asked every few thousand
    /// steps and while a program waits.
    fn interrupted(&mut self, byte: Option<u8>) -> bool {
        let _ = byte;
        false
    }

    /// Microseconds since some moment.
    fn ticks_us(&mut self) -> u64;

    /// Waits.
    fn sleep_us(&mut self, us: u64);

    /// The host's turn, where a firmware drives its VM by [`run`](crate::vm::Vm::run): see [`Vm::host`](crate::vm::Vm::host).
    fn poll(&mut self) {}

    /// A number that is hard to guess, where the board has a source of such: `random` begins with it.
    fn entropy(&mut self) -> u32 {
        self.ticks_us() as u32
    }

    /// Fills `into` with bytes that nobody can guess, for `os.urandom`. False where the board has no source of such.
    fn random_bytes(&mut self, into: &mut [u8]) -> bool {
        let _ = into;
        false
    }

    /// Nanoseconds since 1970, where a clock is set.
    fn unix_time_ns(&mut self) -> u64 {
        self.ticks_us() * 1000
    }

    /// Who is told what a program does, for profiles and statistics; asked once before it starts.
    fn observer(&mut self) -> Option<&mut dyn crate::observe::Observer> {
        None
    }

    /// Reads memory for `uctypes` at an address that is in no buffer of the VM's. A board that answers true lets programs
    /// reach what it reads; it has to make sure that reading there is sound.
    fn read_memory(&mut self, address: usize, into: &mut [u8]) -> bool {
        let _ = (address, into);
        false
    }

    /// Writes memory for `uctypes`; as [`read_memory`](Host::read_memory).
    fn write_memory(&mut self, address: usize, bytes: &[u8]) -> bool {
        let _ = (address, bytes);
        false
    }

    /// The board as the module `machine` shows it.
    fn machine(&mut self) -> Option<&mut dyn crate::machine::Machine> {
        None
    }

    /// The network, where the board has one: what the module `socket` shows.
    fn network(&mut self) -> Option<&mut dyn crate::net::Network> {
        None
    }

    /// The device's slots, where the board can be updated: what the module `ota` shows.
    fn updates(&mut self) -> Option<&mut dyn crate::ota::Updates> {
        None
    }
}

/// Why a VM does not start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StartError {
    /// The memory is too small to begin with.
    Memory,
    /// The compiler made no jumps of the calls between handlers, so that programs would overflow the native stack. The
    /// feature `dispatch-loop` does without.
    Dispatch,
    /// There is another VM, and this build has room for one (`--cfg romfs_vm_one`); or no register points there.
    Claimed,
}

impl StartError {
    /// Why, as a text.
    pub const fn text(self) -> &'static str {
        match self {
            StartError::Memory => "the memory is too small for a VM to start in",
            StartError::Dispatch => {
                "this build's handlers do not jump to one another; build romfs-vm with its feature dispatch-loop"
            }
            StartError::Claimed => {
                "this build has room for one VM: there is another, or the firmware's start did not set its register"
            }
        }
    }
}

impl core::fmt::Display for StartError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.text())
    }
}

impl core::error::Error for StartError {}
