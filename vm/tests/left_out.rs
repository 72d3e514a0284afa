//! What a build without parts of the language says where a program asks for them: `cargo test -p romfs-vm
//! --no-default-features --test left_out`, with `--features messages` and without.
#![cfg(not(any(
    feature = "float",
    feature = "bigint",
    feature = "set",
    feature = "buffer"
)))]

use core::mem::MaybeUninit;

use romfs_vm::native::{BinaryOp, PrintKind, Res, Sink};
use romfs_vm::value::{SMALL_INT_MAX, SMALL_INT_MIN, Value};
use romfs_vm::vm::{Host, Limits, Vm};

#[derive(Default)]
struct Board(Vec<u8>);

impl Host for Board {
    fn write(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    fn ticks_us(&mut self) -> u64 {
        0
    }

    fn sleep_us(&mut self, _: u64) {}
}

/// What is printed of the exception that `work` raises; nothing where it raises none.
fn error_of(work: impl FnOnce(&mut Vm<'_>) -> Res) -> String {
    let mut memory = vec![MaybeUninit::<u8>::uninit(); 1 << 18];
    let mut board = Board::default();
    let mut vm = Vm::new(&mut memory, Limits::default(), &mut board).expect("room enough");
    if let Err(raised) = work(&mut vm) {
        let exception = vm.take_raised(raised);
        vm.print_exception(exception, Sink::Console)
            .expect("the console takes all");
    }
    drop(vm);
    String::from_utf8(board.0).expect("texts are UTF-8")
}

/// An exception as it is printed, by whether this build has messages.
fn with_message(class: &str, message: &str) -> String {
    let message = if cfg!(feature = "messages") {
        message
    } else {
        ""
    };
    format!("{class}: {message}\n")
}

/// The same where the message is about a name, which is there in every build.
fn with_name(class: &str, message: &str, name: &str) -> String {
    let message = if cfg!(feature = "messages") {
        message
    } else {
        name
    };
    format!("{class}: {message}\n")
}

#[test]
fn what_is_not_there_says_so() {
    let decimal = "ValueError: decimal numbers not supported\n";
    assert_eq!(error_of(|vm| vm.new_float(1.5)), decimal);
    assert_eq!(error_of(|vm| vm.new_complex(0.0, 1.0)), decimal);
    assert_eq!(error_of(|vm| vm.parse_float(b"1.5")), decimal);
    let long = "OverflowError: long int not supported in this build\n";
    assert_eq!(error_of(|vm| vm.new_big_i64(i64::MAX)), long);
    assert_eq!(error_of(|vm| vm.parse_int(&[b'9'; 40], 10)), long);
    let kind = "NotImplementedError: type not supported in this build\n";
    assert_eq!(error_of(|vm| vm.new_set()), kind);
    assert_eq!(error_of(|vm| vm.new_bytearray(b"x")), kind);
}

#[test]
fn operators_whose_result_is_not_there() {
    let (seven, two) = (Value::small(7), Value::small(2));
    assert_eq!(
        error_of(|vm| vm.binary(BinaryOp::TrueDivide, seven, two)),
        with_message(
            "TypeError",
            "unsupported types for __truediv__: 'int', 'int'"
        )
    );
    assert_eq!(
        error_of(|vm| vm.binary(BinaryOp::Power, two, Value::small(-1))),
        with_message("ValueError", "negative power with no float support")
    );
    assert_eq!(
        error_of(|vm| vm.binary(BinaryOp::Multiply, Value::small(SMALL_INT_MAX), seven)),
        "OverflowError: long int not supported in this build\n"
    );
    assert_eq!(
        error_of(|vm| {
            let text = vm.new_str(b"%d")?;
            vm.binary(BinaryOp::Modulo, text, seven)
        }),
        with_message("TypeError", "unsupported types for __mod__: 'str', 'int'")
    );
}

#[test]
fn small_ints_need_nothing_else() {
    assert_eq!(
        error_of(|vm| {
            let v = vm.binary(BinaryOp::FloorDivide, Value::small(-7), Value::small(2))?;
            assert_eq!(v, Value::small(-4));
            vm.binary(BinaryOp::Power, Value::small(3), Value::small(4))
        }),
        ""
    );
}

/// What Python says of two ints, where the result is one that a small int holds.
fn exact(op: BinaryOp, x: i128, y: i128) -> Option<i128> {
    let result = match op {
        BinaryOp::Add => x + y,
        BinaryOp::Subtract => x - y,
        BinaryOp::Multiply => x * y,
        BinaryOp::And => x & y,
        BinaryOp::Or => x | y,
        BinaryOp::Xor => x ^ y,
        BinaryOp::FloorDivide if y != 0 => (x - (x % y + y) % y) / y,
        BinaryOp::Modulo if y != 0 => (x % y + y) % y,
        BinaryOp::Lshift if x == 0 && y >= 0 => 0,
        BinaryOp::Lshift if (0..64).contains(&y) => x << y,
        BinaryOp::Rshift if y >= 0 => x >> y.min(127),
        BinaryOp::Power if y >= 0 => match x {
            0 | 1 => x.pow(u32::from(y != 0)),
            -1 => 1 - 2 * (y & 1),
            _ => x.checked_pow(u32::try_from(y).ok()?)?,
        },
        _ => return None,
    };
    (SMALL_INT_MIN as i128..=SMALL_INT_MAX as i128)
        .contains(&result)
        .then_some(result)
}

#[test]
fn operators_of_small_ints_are_exact_or_say_why_not() {
    let operators = [
        BinaryOp::Add,
        BinaryOp::Subtract,
        BinaryOp::Multiply,
        BinaryOp::And,
        BinaryOp::Or,
        BinaryOp::Xor,
        BinaryOp::FloorDivide,
        BinaryOp::Modulo,
        BinaryOp::Lshift,
        BinaryOp::Rshift,
        BinaryOp::Power,
    ];
    let ends = [
        SMALL_INT_MIN,
        SMALL_INT_MIN + 1,
        SMALL_INT_MAX - 1,
        SMALL_INT_MAX,
    ];
    let numbers: Vec<isize> = (-9..10)
        .chain([31, 40, 63, 64, 65, -64])
        .chain(ends)
        .collect();
    for op in operators {
        for (&x, &y) in numbers
            .iter()
            .flat_map(|x| numbers.iter().map(move |y| (x, y)))
        {
            let mut result = None;
            let error = error_of(|vm| {
                let v = vm.binary(op, Value::small(x), Value::small(y))?;
                result = v.as_small();
                Ok(v)
            });
            let expected = exact(op, x as i128, y as i128);
            assert_eq!(
                result.map(|n| n as i128),
                expected,
                "{x} {op:?} {y}: {error}"
            );
            let class = match op {
                BinaryOp::FloorDivide | BinaryOp::Modulo if y == 0 => "ZeroDivisionError: ",
                BinaryOp::Lshift | BinaryOp::Rshift | BinaryOp::Power if y < 0 => "ValueError: ",
                _ => "OverflowError: ",
            };
            assert!(
                expected.is_some() || error.starts_with(class),
                "{x} {op:?} {y}: {error}"
            );
        }
    }
}

#[test]
fn slices_descriptors_methods_and_functions() {
    let build = "not supported in this build";
    assert_eq!(
        error_of(|vm| vm.new_slice(Value::NONE, Value::NONE, Value::NONE)),
        format!("NotImplementedError: slices {build}\n")
    );
    assert_eq!(
        error_of(|vm| {
            let empty = vm.new_str(b"")?;
            let name = vm.intern(b"center")?;
            vm.load_attr(empty, name)
        }),
        with_name(
            "AttributeError",
            "'str' object has no attribute 'center'",
            "center"
        )
    );
    assert_eq!(
        error_of(|vm| {
            let name = vm.intern(b"nowhere")?;
            vm.import_now(name)
        }),
        with_name("ImportError", "no module named 'nowhere'", "nowhere")
    );
}

#[test]
fn texts_are_made_without_bytearray() {
    assert_eq!(
        error_of(|vm| {
            let list = vm.new_list(&[Value::small(-12), Value::NONE])?;
            let text = vm.to_str(list, PrintKind::Repr)?;
            assert_eq!(vm.str_bytes(text), Some(&b"[-12, None]"[..]));
            let zero = vm.to_str(Value::small(0), PrintKind::Str)?;
            assert_eq!(vm.str_bytes(zero), Some(&b"0"[..]));
            let least = vm.to_str(Value::small(SMALL_INT_MIN), PrintKind::Str)?;
            assert_eq!(
                vm.str_bytes(least),
                Some(SMALL_INT_MIN.to_string().as_bytes())
            );
            Ok(Value::NONE)
        }),
        ""
    );
}
