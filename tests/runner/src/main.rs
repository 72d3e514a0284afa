//! Runs modules, each in a VM of its own on a thread of its own, and says what became of each.
//!
//! ```text
//! vm-runner [heap=BYTES] [stack=BYTES] [native-stack=BYTES] [native-depth=N] [failures=N] < LIST
//! ```
//!
//! LIST has the path of a .mpy a line, or of an image, whose `main` runs with the image at /rom and littlefs on a simulated
//! flash at /. For each one comes a line `OUTCOME<tab>BYTES<tab>PATH`, then that many bytes of
//! output and a newline. OUTCOME is `done`, `exit N`, `raised TEXT` or `panic TEXT`. With `failures`, each module runs that
//! often and more, an allocation failing each time (feature `alloc-countdown`); what is printed then is the worst outcome.

#[cfg(feature = "alloc-countdown")]
mod countdown;
mod files;
mod host;

use std::cell::RefCell;
use std::io::{self, BufRead, Write};
use std::panic;
use std::process::ExitCode;

use host::Console;
use romfs_vm::native::{Res, Sink};
use romfs_vm::vm::{Limits, Vm};

/// What the command line chooses.
#[derive(Clone, Copy)]
struct Options {
    heap: usize,
    stack: usize,
    native_stack: usize,
    native_depth: usize,
    failures: usize,
}

/// What became of a module.
struct Outcome {
    text: String,
    output: Vec<u8>,
}

thread_local! {
    /// Where the panic under way began.
    static PANIC: RefCell<String> = const { RefCell::new(String::new()) };
}

fn main() -> ExitCode {
    let Some(options) = options() else {
        eprintln!(
            "vm-runner [heap=BYTES] [stack=BYTES] [native-stack=BYTES] [native-depth=N] [failures=N] < LIST"
        );
        return ExitCode::from(2);
    };
    panic::set_hook(Box::new(|info| {
        let text = format!("{info}").replace(['\n', '\t'], " ");
        PANIC.with_borrow_mut(|place| *place = text);
    }));
    let mut out = io::stdout();
    for path in io::stdin().lock().lines().map_while(Result::ok) {
        let outcome = match std::fs::read(&path) {
            Ok(module) => run_on_thread(module, options),
            Err(error) => Outcome {
                text: format!("unreadable: {error}"),
                output: Vec::new(),
            },
        };
        let written = writeln!(out, "{}\t{}\t{path}", outcome.text, outcome.output.len())
            .and_then(|()| out.write_all(&outcome.output))
            .and_then(|()| out.write_all(b"\n"))
            .and_then(|()| out.flush());
        if written.is_err() {
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn options() -> Option<Options> {
    let mut options = Options {
        heap: 16 << 20,
        stack: 256 << 10,
        native_stack: 8 << 20,
        native_depth: 60,
        failures: 0,
    };
    for argument in std::env::args().skip(1) {
        let (name, value) = argument.split_once('=')?;
        let place = match name {
            "heap" => &mut options.heap,
            "stack" => &mut options.stack,
            "native-stack" => &mut options.native_stack,
            "native-depth" => &mut options.native_depth,
            "failures" => &mut options.failures,
            _ => return None,
        };
        *place = value.parse().ok()?;
    }
    Some(options)
}

/// Runs a module on a thread with the native stack that was asked for.
fn run_on_thread(module: Vec<u8>, options: Options) -> Outcome {
    let thread = std::thread::Builder::new().stack_size(options.native_stack);
    let outcome = thread.spawn(move || {
        let run = panic::catch_unwind(|| run_each_way(&module, options));
        run.unwrap_or_else(|_| Outcome {
            text: format!("panic {}", PANIC.take()),
            output: Vec::new(),
        })
    });
    match outcome.map(std::thread::JoinHandle::join) {
        Ok(Ok(outcome)) => outcome,
        _ => Outcome {
            text: "panic without a thread".to_owned(),
            output: Vec::new(),
        },
    }
}

#[cfg(not(feature = "alloc-countdown"))]
fn run_each_way(module: &[u8], options: Options) -> Outcome {
    run(module, options, |_| {}, |_| {})
}

#[cfg(feature = "alloc-countdown")]
fn run_each_way(module: &[u8], options: Options) -> Outcome {
    countdown::run_failing(module, options)
}

/// Runs a module in a new VM; `before` and `after` see the VM then.
fn run(
    module: &[u8],
    options: Options,
    before: impl FnOnce(&mut Vm<'_>),
    after: impl FnOnce(&mut Vm<'_>),
) -> Outcome {
    let mut console = Console::default();
    let mut memory = Vec::with_capacity(options.heap + options.stack);
    let limits = Limits {
        stack: options.stack,
        native_depth: options.native_depth as u16,
        ..Limits::default()
    };
    let mut device = files::device();
    let text = {
        let memory = memory.spare_capacity_mut();
        match Vm::new(memory, limits, &mut console) {
            Err(error) => format!("no VM: {error}"),
            Ok(mut vm) => {
                before(&mut vm);
                let text = run_main(&mut vm, module, &mut device);
                after(&mut vm);
                text
            }
        }
    };
    Outcome {
        text,
        output: console.out,
    }
}

/// Runs a module, or an image's `main`.
fn start<'a>(vm: &mut Vm<'a>, program: &'a [u8], device: &'a mut files::Device) -> Res<()> {
    for folder in ["", ".frozen", "/rom", "/rom/lib"] {
        vm.add_path(folder)?;
    }
    vm.add_argument("main")?;
    if program.first() == Some(&b'M') {
        vm.run_bytes(program)
    } else {
        files::run_image(vm, program, device)
    }
}

fn run_main<'a>(vm: &mut Vm<'a>, program: &'a [u8], device: &'a mut files::Device) -> String {
    match start(vm, program, device) {
        Ok(()) => "done".to_owned(),
        Err(raised) => {
            let exception = vm.take_raised(raised);
            if let Some(status) = vm.exit_status(exception) {
                return format!("exit {status}");
            }
            let name = vm.type_name(exception);
            let name = vm.name_text(name);
            let _ = vm.print_exception(exception, Sink::Error);
            format!("raised {name}")
        }
    }
}
