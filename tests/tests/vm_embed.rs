//! The VM as a part of a firmware: its own modules, budgets, limits, errors both ways, several VMs.

#[allow(dead_code, reason = "the example's own main is not called")]
#[path = "../../vm/examples/embed/main.rs"]
mod example;

use std::cell::RefCell;
use std::mem::MaybeUninit;
use std::path::Path;

use romfs_tests::{builds, romfs, tools};
use romfs_vm::budget::Progress;
use romfs_vm::vm::{Host, Limits, Vm};

/// A console in memory.
#[derive(Default)]
struct Console(Vec<u8>);

impl Host for Console {
    fn write(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    fn ticks_us(&mut self) -> u64 {
        0
    }

    fn sleep_us(&mut self, _: u64) {}
}

/// A source as a module; `None` where there is no mpy-cross.
fn module(source: &str) -> Option<Vec<u8>> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("main.py");
    std::fs::write(&path, source).expect("the folder can be written");
    let modules = builds::compile(&[path], folder.path())?;
    Some(std::fs::read(&modules[0]).expect("the module is there"))
}

/// Starts a source and hands the VM to `f`; what was printed.
fn with_program(source: &str, limits: Limits, f: impl FnOnce(&mut Vm<'_>)) -> Option<String> {
    let module = module(source)?;
    let mut console = Console::default();
    let mut memory = vec![MaybeUninit::uninit(); 256 * 1024];
    {
        let mut vm = Vm::new(&mut memory, limits, &mut console).expect("enough memory");
        vm.start_bytes(&module).expect("a main program");
        f(&mut vm);
        vm.collect();
        vm.check_heap().expect("the heap is whole");
    }
    Some(String::from_utf8(console.0).expect("text"))
}

/// Runs to the end; how often the program yielded, and the last answer.
fn drive(vm: &mut Vm<'_>, steps: u32) -> (usize, Progress) {
    let mut yields = 0;
    loop {
        match vm.run(steps) {
            Progress::Yielded => yields += 1,
            end => return (yields, end),
        }
    }
}

const LOOPS: &str = "
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)
def squares(n):
    for i in range(n):
        yield i * i
total = 0
for i in range(1000):
    total += i
    try:
        if i % 7:
            continue
    finally:
        total += 1
print(total, fib(12), sum(squares(50)))
";

#[test]
fn the_example_runs_two_programs_with_a_module_of_its_own() {
    let folder = tempfile::tempdir().expect("a folder");
    let image = folder.path().join("app.romfs");
    let app = tools::root().join("vm/examples/embed/app");
    let built = romfs::run([Path::new("build"), &app, Path::new("-o"), &image]);
    assert!(
        built.status.success(),
        "{}",
        String::from_utf8_lossy(&built.stderr)
    );
    let bytes = std::fs::read(image).expect("the image is there");
    let out = RefCell::new(Vec::new());
    assert!(example::run(&bytes, &out));
    let text = String::from_utf8(out.into_inner()).expect("text");
    let expected = [
        "channels 4 first 20.0",
        "scaled 15.5 (-40, 125)",
        "ValueError no such channel",
        "TypeError can't convert str to int",
        "count 1510 <Counter at 1510>",
        "channel 0 value 20",
        "channel 1 value 31",
        "seen 1",
        "upper SENSOR 2",
    ];
    for name in ["one: ", "two: "] {
        let lines: Vec<&str> = text
            .lines()
            .filter_map(|line| line.strip_prefix(name))
            .collect();
        assert_eq!(lines, expected);
    }
    // They ran by turns: the second spoke before the first had ended.
    assert!(text.find("two: channels") < text.find("one: upper"));
}

#[test]
fn a_program_yields_and_goes_on_as_if_it_had_not() {
    for steps in [1, 2, 7, 100, u32::MAX] {
        let mut count = 0;
        let printed = with_program(LOOPS, Limits::default(), |vm| {
            let (yields, end) = drive(vm, steps);
            assert_eq!(end, Progress::Done);
            count = yields;
        });
        let Some(printed) = printed else { return };
        assert_eq!(printed, "500500 144 40425\n");
        match steps {
            1 => assert!(count > 1000, "{count}"),
            100 => assert!((10..100).contains(&count), "{count}"),
            u32::MAX => assert_eq!(count, 0),
            _ => {}
        }
    }
}

#[test]
fn the_host_may_use_the_vm_while_a_program_waits() {
    let source = "
def double(x):
    return x * 2
for i in range(100):
    pass
print(i)
";
    let printed = with_program(source, Limits::default(), |vm| {
        assert_eq!(vm.run(20), Progress::Yielded);
        let list = vm.new_list(&[]).expect("enough memory");
        vm.root(list).expect("room");
        for n in 0..50 {
            let text = vm
                .new_str(format!("{n}").as_bytes())
                .expect("enough memory");
            vm.list_push(list, text).expect("enough memory");
        }
        vm.collect();
        assert_eq!(drive(vm, 20).1, Progress::Done);
    });
    assert!(printed.is_none_or(|text| text == "99\n"));
}

#[test]
fn a_native_that_calls_back_runs_to_its_end() {
    let source = "
def key(x):
    for i in range(100):
        pass
    return -x
print(sorted(range(5), key=key))
";
    let printed = with_program(source, Limits::default(), |vm| {
        // Five keys of a hundred steps each, in one slice.
        let (yields, end) = drive(vm, 1);
        assert_eq!(end, Progress::Done);
        assert!(yields < 20, "{yields}");
    });
    assert!(printed.is_none_or(|text| text == "[4, 3, 2, 1, 0]\n"));
}

#[test]
fn no_handler_outlives_the_step_limit() {
    let source = "
def stubborn():
    while True:
        try:
            while True:
                pass
        except RuntimeError:
            print('caught')
        finally:
            for i in range(1000000):
                pass
stubborn()
";
    let limits = Limits {
        steps: 5000,
        ..Limits::default()
    };
    with_program(source, limits, |vm| {
        let (_, end) = drive(vm, 1000);
        let Progress::Raised(raised) = end else {
            panic!("{end:?}")
        };
        let exception = vm.take_raised(raised);
        assert_eq!(
            vm.describe(exception).as_bytes(),
            b"RuntimeError: step limit reached"
        );
        assert!(vm.steps() < 5100, "{}", vm.steps());
    });
}

/// Few turns of a loop can be much work; what grows with the square of an int's length is counted as what it is worth.
#[test]
fn work_on_long_ints_counts() {
    for (work, at_least) in [
        ("x * x", 1_000),
        ("x // (x >> 20000)", 1_000),
        ("x ** 3", 3_000),
        ("pow(3, x >> 39900, x)", 500_000),
        ("str(x)", 1_000),
        ("int('7' * 20000)", 1_000),
    ] {
        let source = format!("x = (1 << 40000) - 1\n{work}\n");
        with_program(&source, Limits::default(), |vm| {
            assert_eq!(vm.run(u32::MAX), Progress::Done, "{work}");
            let steps = vm.steps();
            assert!(
                (at_least..at_least * 1000).contains(&steps),
                "{work}: {steps}"
            );
        });
    }
    let limits = Limits {
        steps: 20_000,
        ..Limits::default()
    };
    with_program(
        "x = 3\nfor i in range(40):\n print(i)\n x *= x\n",
        limits,
        |vm| {
            let Progress::Raised(raised) = vm.run(u32::MAX) else {
                panic!("not stopped")
            };
            let exception = vm.take_raised(raised);
            assert_eq!(
                vm.describe(exception).as_bytes(),
                b"RuntimeError: step limit reached"
            );
        },
    );
}

#[test]
fn limits_end_what_has_no_end() {
    let endless = [
        (
            "def f(n):\n return f(n + 1)\nf(0)\n",
            "RuntimeError: maximum recursion depth exceeded",
        ),
        ("l = []\nwhile True:\n l = [l]\n", "MemoryError"),
        ("sum(iter(int, 1))\n", "RuntimeError: step limit reached"),
        ("while True:\n pass\n", "RuntimeError: step limit reached"),
        ("def g():\n while True:\n  yield 1\nlist(g())\n", ""),
    ];
    for (source, expected) in endless {
        let limits = Limits {
            steps: 200_000,
            stack: 16 * 1024,
            ..Limits::default()
        };
        with_program(source, limits, |vm| {
            let Progress::Raised(raised) = vm.run(u32::MAX) else {
                panic!("{source} ended")
            };
            let exception = vm.take_raised(raised);
            let text = vm.describe(exception).to_string();
            assert!(text.starts_with(expected), "{source}: {text}");
        });
    }
}

#[test]
fn an_interrupt_is_raised_in_the_program() {
    let source = "
try:
    while True:
        pass
except KeyboardInterrupt:
    print('interrupted')
";
    let printed = with_program(source, Limits::default(), |vm| {
        assert_eq!(vm.run(1000), Progress::Yielded);
        vm.interrupt();
        assert_eq!(vm.run(1000), Progress::Done);
    });
    assert!(printed.is_none_or(|text| text == "interrupted\n"));
}
