//! Texts, numbers, buffers and tables, called as the interpreter calls them.

use core::mem::MaybeUninit;

use crate::native::{Access, Args, BinaryOp, Item, Member, PrintKind, Res, TypeDef, UnaryOp};
use crate::q;
use crate::qstr::Qstr;
use crate::value::Value;
use crate::vm::{Host, Limits, Vm};

use super::{buffer, bytes, float, int, text};

struct Silent;

impl Host for Silent {
    fn write(&mut self, _: &[u8]) {}
    fn ticks_us(&mut self) -> u64 {
        0
    }
    fn sleep_us(&mut self, _: u64) {}
}

fn with_vm(test: impl FnOnce(&mut Vm<'_>)) {
    let mut memory = vec![MaybeUninit::uninit(); 1 << 20];
    let mut host = Silent;
    let mut vm =
        Vm::new(&mut memory, Limits::default(), &mut host).expect("the memory is large enough");
    test(&mut vm);
}

/// Calls a method of a native type.
fn method(vm: &mut Vm<'_>, class: &'static TypeDef, name: Qstr, args: &[Value]) -> Res {
    let slots: Vec<_> = args.iter().copied().map(Some).collect();
    for &arg in args {
        vm.root(arg)?;
    }
    match class.find(name).map(Member::item) {
        Some(Item::Fn(def)) => def.run(vm, Args::new(slots.as_ptr(), args.len() as u16, 0)),
        _ => panic!("no such method"),
    }
}

fn s(vm: &mut Vm<'_>, text: &str) -> Value {
    vm.new_str(text.as_bytes()).expect("room")
}

fn shown(vm: &mut Vm<'_>, v: Res) -> String {
    let v = v.expect("no exception");
    let text = vm.to_str(v, PrintKind::Repr).expect("room");
    String::from_utf8(vm.str_bytes(text).expect("a str").to_vec()).expect("UTF-8")
}

/// Calls a method of str with texts, and shows what it gives.
fn text_method(vm: &mut Vm<'_>, name: Qstr, texts: &[&str]) -> String {
    let args: Vec<_> = texts.iter().map(|text| s(vm, text)).collect();
    let result = method(vm, &text::STR, name, &args);
    shown(vm, result)
}

#[test]
fn texts_are_searched_and_split() {
    with_vm(|vm| {
        assert_eq!(text_method(vm, q!("find"), &["äbcab", "ab"]), "3");
        assert_eq!(text_method(vm, q!("rfind"), &["abcab", "ab"]), "3");
        assert_eq!(text_method(vm, q!("find"), &["abc", "x"]), "-1");
        assert_eq!(text_method(vm, q!("count"), &["aaaa", "aa"]), "2");
        assert_eq!(
            text_method(vm, q!("split"), &[" a  b c "]),
            "['a', 'b', 'c']"
        );
        assert_eq!(
            text_method(vm, q!("split"), &["a,b,,c", ","]),
            "['a', 'b', '', 'c']"
        );
        assert_eq!(
            text_method(vm, q!("splitlines"), &["a\nb\r\nc"]),
            "['a', 'b', 'c']"
        );
        assert_eq!(
            text_method(vm, q!("partition"), &["k=v=w", "="]),
            "('k', '=', 'v=w')"
        );
        assert_eq!(
            text_method(vm, q!("rpartition"), &["k=v=w", "="]),
            "('k=v', '=', 'w')"
        );
    });
}

#[test]
fn texts_are_changed() {
    with_vm(|vm| {
        assert_eq!(
            text_method(vm, q!("replace"), &["a.b.c", ".", "::"]),
            "'a::b::c'"
        );
        assert_eq!(text_method(vm, q!("replace"), &["ab", "", "-"]), "'-a-b-'");
        assert_eq!(text_method(vm, q!("strip"), &["  x \n"]), "'x'");
        assert_eq!(text_method(vm, q!("lstrip"), &["xxyx", "x"]), "'yx'");
        assert_eq!(text_method(vm, q!("upper"), &["aÄb"]), "'AÄB'");
        let by = s(vm, ", ");
        let parts = [s(vm, "one"), s(vm, "two"), s(vm, "three")];
        let list = vm.new_list(&parts).expect("room");
        let joined = method(vm, &text::STR, q!("join"), &[by, list]);
        assert_eq!(shown(vm, joined), "'one, two, three'");
    });
}

#[test]
fn characters_are_indexed_not_bytes() {
    with_vm(|vm| {
        let v = s(vm, "aäöb");
        let subscr = text::STR.subscr().expect("str has items");
        let third = subscr(vm, v, Value::small(2), Access::Load);
        assert_eq!(shown(vm, third), "'ö'");
        let slice = vm
            .new_slice(Value::small(1), Value::small(-1), Value::NONE)
            .expect("room");
        let middle = subscr(vm, v, slice, Access::Load);
        assert_eq!(shown(vm, middle), "'äö'");
        assert!(subscr(vm, v, Value::small(4), Access::Load).is_err());
    });
}

#[test]
fn formats() {
    with_vm(|vm| {
        let mut format = |template: &str, args: &[Value]| {
            let mut all = vec![s(vm, template)];
            all.extend(args);
            let result = method(vm, &text::STR, q!("format"), &all);
            shown(vm, result)
        };
        let n = Value::small;
        assert_eq!(
            format("{}-{:>5}|{:<4}|{:^5}", &[n(1), n(22), n(3), n(4)]),
            "'1-   22|3   |  4  '"
        );
        assert_eq!(format("{1}{0}{{}}", &[n(1), n(2)]), "'21{}'");
        assert_eq!(
            format(
                "{:05d} {:+d} {:#x} {:,}",
                &[n(-42), n(7), n(255), n(1234567)]
            ),
            "'-0042 +7 0xff 1,234,567'"
        );
        assert_eq!(format("{:{}}|", &[n(5), n(3)]), "'  5|'");
        assert_eq!(format("{:.2f}", &[n(2)]), "'2.00'");
        assert_eq!(format("{!r:>4}", &[Value::qstr(q!("key"))]), "\"'key'\"");
    });
}

#[test]
fn percent_formats() {
    with_vm(|vm| {
        let template = s(vm, "%d %5s|%-4d|%04x %% %.1f");
        let half = vm.new_float(0.5).expect("room");
        let values = [
            Value::small(1),
            Value::qstr(q!("key")),
            Value::small(2),
            Value::small(255),
            half,
        ];
        let values = vm.new_tuple(&values).expect("room");
        let result = vm.percent_format(template, values);
        assert_eq!(shown(vm, result), "'1   key|2   |00ff % 0.5'");
        let short = s(vm, "%d %d");
        assert!(vm.percent_format(short, Value::small(1)).is_err());
        let long = s(vm, "x");
        assert!(vm.percent_format(long, Value::small(1)).is_err());
    });
}

#[test]
fn quoting() {
    with_vm(|vm| {
        for (text, literal) in [
            ("it's", "\"it's\""),
            ("a\n\\\x01é", "'a\\n\\\\\\x01é'"),
            ("'\"", "'\\'\"'"),
        ] {
            let v = s(vm, text);
            assert_eq!(shown(vm, Ok(v)), literal);
        }
        let v = vm.new_bytes(b"a\xff'");
        assert_eq!(shown(vm, v), "b\"a\\xff'\"");
    });
}

#[test]
fn ints_grow_and_shrink() {
    with_vm(|vm| {
        let big = vm
            .parse_int(b"123456789012345678901234567890", 10)
            .expect("a number");
        let square = vm
            .int_binary(BinaryOp::Multiply, big, big)
            .map(|v| v.expect("an operator"));
        assert_eq!(
            shown(vm, square),
            "15241578753238836750495351562536198787501905199875019052100"
        );
        let square = square.expect("no exception");
        let back = vm
            .int_binary(BinaryOp::FloorDivide, square, big)
            .map(|v| v.expect("an operator"));
        assert_eq!(shown(vm, back), "123456789012345678901234567890");
        let zero = vm
            .int_binary(BinaryOp::Subtract, big, big)
            .expect("no exception");
        assert_eq!(zero, Some(Value::small(0)));
        let minus = int::unary(vm, UnaryOp::Negative, big)
            .map(|v| v.expect("an operator"))
            .expect("room");
        let rest = vm
            .int_binary(BinaryOp::Modulo, minus, Value::small(11))
            .expect("no exception");
        assert_eq!(
            rest,
            Some(Value::small(
                (-123456789012345678901234567890i128).rem_euclid(11) as isize
            ))
        );
        let shifted = vm
            .int_binary(BinaryOp::Lshift, Value::small(1), Value::small(70))
            .map(|v| v.expect("an operator"));
        assert_eq!(shown(vm, shifted), "1180591620717411303424");
        let power = vm
            .int_binary(BinaryOp::Power, Value::small(-3), Value::small(41))
            .map(|v| v.expect("an operator"));
        assert_eq!(shown(vm, power), "-36472996377170786403");
        let modulo = vm.power_modulo(Value::small(3), Value::small(200), Value::small(13));
        assert_eq!(shown(vm, modulo), "9");
        assert!(
            vm.int_binary(BinaryOp::Modulo, big, Value::small(0))
                .is_err()
        );
    });
}

#[test]
fn ints_and_bytes() {
    with_vm(|vm| {
        let little = s(vm, "little");
        let bytes = method(
            vm,
            &int::INT,
            q!("to_bytes"),
            &[Value::small(258), Value::small(4), little],
        );
        assert_eq!(shown(vm, bytes), "b'\\x02\\x01\\x00\\x00'");
        let bytes = bytes.expect("no exception");
        let back = method(
            vm,
            &int::INT,
            q!("from_bytes"),
            &[int::INT.value(), bytes, little],
        );
        assert_eq!(shown(vm, back), "258");
        assert!(
            method(
                vm,
                &int::INT,
                q!("to_bytes"),
                &[Value::small(258), Value::small(1)]
            )
            .is_err()
        );
        let hex = s(vm, "00 fF");
        let bytes = method(
            vm,
            &bytes::BYTES,
            q!("fromhex"),
            &[bytes::BYTES.value(), hex],
        );
        assert_eq!(shown(vm, bytes), "b'\\x00\\xff'");
    });
}

#[test]
fn powers_by_a_modulus() {
    let exact = |base: i128, exponent: u32, modulus: i128| {
        let power = (0..exponent).fold(1, |power, _| power * base % modulus);
        (power % modulus + modulus) % modulus
    };
    // Small ints, and such of more than a word's half, whose products take more than a word.
    let moduli = [1, -1, 2, 7, -7, 1 << 40, -((1 << 61) + 3)];
    with_vm(|vm| {
        for modulus in moduli {
            for base in [0, 1, -1, 3, -12, (1 << 59) + 1] {
                for exponent in [0u32, 1, 2, 5, 64, 91] {
                    let mark = vm.mark();
                    let [a, e, m] = [base, i64::from(exponent), modulus].map(|n| vm.new_int(n));
                    let (Ok(a), Ok(e), Ok(m)) = (a, e, m) else {
                        panic!("no room");
                    };
                    let result = vm.power_modulo(a, e, m).expect("room");
                    let expected = exact(base.into(), exponent, modulus.into());
                    let expected = vm.new_int(expected as i64).expect("room");
                    assert!(
                        vm.equal(result, expected).expect("ints"),
                        "{base} {exponent} {modulus}"
                    );
                    vm.release(mark);
                }
            }
        }
    });
}

#[test]
fn ints_of_floats() {
    with_vm(|vm| {
        // Every power of two, with a mantissa of ones and with one of a few bits.
        let sizes = (-3..1024).flat_map(|n| [1.75, 2.0 - f64::EPSILON].map(|x| x * 2f64.powi(n)));
        for x in sizes.flat_map(|x| [x, -x]) {
            let mark = vm.mark();
            let n = vm.int_of_float(x).expect("room").expect("a number");
            assert_eq!(vm.int_to_float(n), Some(x.trunc()), "{x}");
            vm.release(mark);
        }
        for x in [f64::INFINITY, f64::NEG_INFINITY, f64::NAN] {
            assert_eq!(vm.int_of_float(x), Ok(None));
        }
    });
}

#[test]
fn floats() {
    with_vm(|vm| {
        for (text, shown_as) in [
            (&b"0.1"[..], "0.1"),
            (b"1e100", "1e+100"),
            (b"3", "3.0"),
            (b"-inf", "-inf"),
        ] {
            let x = vm.parse_float(text);
            assert_eq!(shown(vm, x), shown_as);
        }
        assert_eq!(float::div_mod(-7.0, 2.0), (-4.0, 1.0));
        let half = vm.new_float(0.5).expect("room");
        let sum = vm
            .number_binary(BinaryOp::Add, Value::TRUE, half)
            .map(|v| v.expect("an operator"));
        assert_eq!(shown(vm, sum), "1.5");
        let two = vm.new_float(2.0).expect("room");
        assert_eq!(
            vm.number_binary(BinaryOp::Equal, Value::small(2), two),
            Ok(Some(Value::TRUE))
        );
    });
}

#[test]
fn buffers_change_in_place() {
    with_vm(|vm| {
        let array = vm.new_bytearray(b"hello").expect("room");
        let subscr = buffer::BYTEARRAY.subscr().expect("bytearray has items");
        let slice = vm
            .new_slice(Value::small(1), Value::small(3), Value::NONE)
            .expect("room");
        let with = vm.new_bytes(b"EYYY").expect("room");
        subscr(vm, array, slice, Access::Store(with)).expect("no exception");
        assert_eq!(vm.bytes_of(array), Some(&b"hEYYYlo"[..]));
        method(
            vm,
            &buffer::BYTEARRAY,
            q!("append"),
            &[array, Value::small(33)],
        )
        .expect("no exception");
        method(vm, &buffer::BYTEARRAY, q!("extend"), &[array, array]).expect("no exception");
        assert_eq!(vm.bytes_of(array), Some(&b"hEYYYlo!hEYYYlo!"[..]));
        let slots = [Some(array)];
        let make = buffer::MEMORYVIEW.make_new().expect("a type");
        let view = make(
            vm,
            buffer::MEMORYVIEW.value(),
            Args::new(slots.as_ptr(), 1, 0),
        )
        .expect("a view");
        let window = subscr(vm, view, slice, Access::Load).expect("a window");
        subscr(vm, window, Value::small(0), Access::Store(Value::small(0))).expect("no exception");
        assert_eq!(vm.bytes_of(array).map(|bytes| bytes[1]), Some(0));
        assert!(subscr(vm, window, Value::small(2), Access::Load).is_err());
    });
}

/// With the collector off, as after `gc.disable()`, a table that finds no memory is a `MemoryError`: nothing is collected.
#[test]
fn a_table_is_no_reason_to_collect_where_that_is_off() {
    with_vm(|vm| {
        vm.heap.set_automatic(false);
        let collections = vm.heap.collections;
        let mark = vm.mark();
        let failed = (0..1 << 20).find_map(|_| {
            let made = vm.new_table(64).err();
            vm.release(mark);
            made
        });
        let raised = failed.expect("the heap fills up");
        let e = vm.take_raised(raised);
        assert!(vm.is_instance(e, &super::exception::MEMORY_ERROR));
        assert_eq!(vm.heap.collections, collections);
        vm.heap.set_automatic(true);
        vm.new_table(64).expect("a collection finds room");
        assert_eq!(vm.heap.collections, collections + 1);
    });
}

/// Powers are products of values: of both signs, beyond a word, with and without a modulus.
#[test]
#[cfg(feature = "bigint")]
fn powers_are_those_of_num_bigint() {
    use num_bigint::BigInt;
    use num_integer::Integer;

    with_vm(|vm| {
        let bases = [
            "0",
            "1",
            "-1",
            "2",
            "-3",
            "4294967296",
            "-18446744073709551617",
        ];
        for base in bases {
            let (x, model) = (
                vm.parse_int(base.as_bytes(), 10),
                base.parse::<BigInt>().unwrap(),
            );
            let x = x.expect("an int");
            for exponent in 0..12u32 {
                let n = Value::small(exponent as isize);
                let power = vm.int_binary(BinaryOp::Power, x, n).map(Option::unwrap);
                assert_eq!(shown(vm, power), model.pow(exponent).to_string());
                for modulus in [7i64, -7, 1 << 40] {
                    let m = vm.new_int(modulus).expect("room");
                    let rest = vm.power_modulo(x, n, m);
                    let expected = model.pow(exponent).mod_floor(&modulus.into());
                    assert_eq!(shown(vm, rest), expected.to_string());
                }
            }
        }
        let huge = vm.parse_int(b"1000000000000000000001", 10).expect("an int");
        for (base, power) in [(0, "0"), (1, "1"), (-1, "-1")] {
            let found = vm.int_binary(BinaryOp::Power, Value::small(base), huge);
            assert_eq!(shown(vm, found.map(Option::unwrap)), power);
        }
        for exponent in [Value::small(1 << 40), huge] {
            assert!(
                vm.int_binary(BinaryOp::Power, Value::small(2), exponent)
                    .is_err()
            );
        }
    });
}
