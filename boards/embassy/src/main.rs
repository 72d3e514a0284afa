//! A Python program as one task of an async executor: [`Vm::run`] gives it some steps, and the other tasks have their turns in between.
//!
//! QEMU's mps2-an386 (Cortex-M4) runs this; the boards of other Cortex-M have their own `machine.rs` and linker script.
#![no_std]
#![no_main]

#[path = "../../qemu-cortex-m3/src/machine.rs"]
mod machine;

use core::cell::Cell;
use core::fmt::Write;

// The critical sections of a single core.
use cortex_m as _;
use embassy_executor::{Executor, Spawner};
use embassy_futures::yield_now;
use machine::Machine;
use romfs_board::{Console, Port, memory, semihost};
use romfs_vm::budget::Progress;
use romfs_vm::native::{Res, Sink};
use romfs_vm::vm::{Limits, Vm};
use static_cell::StaticCell;

/// Where the image lies, and the most that it has.
const IMAGE: *const u8 = 0x2100_0000 as *const u8;
const IMAGE_MAX: usize = 4 * 1024 * 1024;
/// Steps of the program between two turns of the other tasks.
const SLICE: u32 = 250;
/// Microseconds between two blinks.
const BLINK_US: u64 = 1000;
/// The status after a fault or a panic.
const CRASHED: u8 = 101;

static EXECUTOR: StaticCell<Executor> = StaticCell::new();
static CONSOLE: StaticCell<Console<Machine>> = StaticCell::new();
static BLINKS: StaticCell<Cell<u32>> = StaticCell::new();

#[unsafe(no_mangle)]
extern "C" fn main() -> ! {
    let blinks: &Cell<u32> = BLINKS.init(Cell::new(0));
    EXECUTOR.init(Executor::new()).run(|spawner: Spawner| {
        if let (Ok(python), Ok(blink)) = (python(blinks), blink(blinks)) {
            spawner.spawn(blink);
            spawner.spawn(python);
        }
    })
}

/// Something that must not wait for the program: the lamp of a board.
#[embassy_executor::task]
async fn blink(blinks: &'static Cell<u32>) {
    let mut clock = Machine::start();
    let mut next = BLINK_US;
    loop {
        if clock.ticks_us() >= next {
            blinks.set(blinks.get() + 1);
            next += BLINK_US;
        }
        yield_now().await;
    }
}

/// The program: the module `main` of the image.
#[embassy_executor::task]
async fn python(blinks: &'static Cell<u32>) {
    let console = CONSOLE.init(Console(Machine::start()));
    // SAFETY: invariant 7: the only time that it is asked for.
    let memory = unsafe { memory::heap() };
    let status = match Vm::new(memory, Limits::default(), console) {
        Ok(mut vm) => match run(&mut vm).await {
            Ok(()) => 0,
            Err(raised) => {
                let exception = vm.take_raised(raised);
                vm.exit_status(exception).unwrap_or_else(|| {
                    let _ = vm.print_exception(exception, Sink::Error);
                    1
                })
            }
        },
        Err(_) => CRASHED,
    };
    let _ = writeln!(
        Console(Machine::start()),
        "status {status}, {} blinks meanwhile",
        blinks.get()
    );
    semihost::exit(status)
}

async fn run(vm: &mut Vm<'static>) -> Res<()> {
    // SAFETY: invariant 1: nothing writes to this memory.
    let image = unsafe { core::slice::from_raw_parts(IMAGE, IMAGE_MAX) };
    vm.mount_image("/rom", image)?;
    vm.add_path("/rom")?;
    vm.start("main")?;
    loop {
        match vm.run(SLICE) {
            Progress::Yielded => yield_now().await,
            Progress::Done => return Ok(()),
            Progress::Raised(raised) => return Err(raised),
        }
    }
}

#[unsafe(no_mangle)]
extern "C" fn fault(at: usize) -> ! {
    Console(Machine::start()).fault(at);
    semihost::exit(CRASHED)
}

#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    let _ = writeln!(Console(Machine::start()), "{info}");
    semihost::exit(CRASHED)
}
