//! What a build without parts of the language says where a program asks for them: `cargo test -p romfs-vm
//! --no-default-features --test left_out`.
#![cfg(not(any(
    feature = "float",
    feature = "bigint",
    feature = "set",
    feature = "buffer"
)))]

use core::mem::MaybeUninit;

use romfs_vm::native::{BinaryOp, Res, Sink};
use romfs_vm::value::{SMALL_INT_MAX, Value};
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
        "TypeError: unsupported types for __truediv__: 'int', 'int'\n"
    );
    assert_eq!(
        error_of(|vm| vm.binary(BinaryOp::Power, two, Value::small(-1))),
        "ValueError: negative power with no float support\n"
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
        "TypeError: unsupported types for __mod__: 'str', 'int'\n"
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
