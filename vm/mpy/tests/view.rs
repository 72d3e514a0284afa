//! What the view says of files that mpy-cross wrote from the sources beside them.

use mpy_format::{Arch, Constant, ErrorKind, Kind, Mpy, Prelude, RawCode, Text, flags};

const CONSTANTS: &[u8] = include_bytes!("fixtures/constants.mpy");
const FUNCTIONS: &[u8] = include_bytes!("fixtures/functions.mpy");
const NATIVE: &[u8] = include_bytes!("fixtures/native.mpy");

/// The function that a path of names leads to, from the module's body.
fn find<'a>(mpy: &Mpy<'a>, path: &[&str]) -> (RawCode<'a>, Prelude<'a>) {
    let prelude_of = |raw: &RawCode<'a>| raw.prelude().unwrap().unwrap();
    let mut raw = mpy.module().unwrap();
    for name in path {
        let named = |child: &RawCode<'a>| mpy.qstr(prelude_of(child).name).unwrap().text() == *name;
        raw = raw
            .children()
            .map(Result::unwrap)
            .find(named)
            .unwrap_or_else(|| panic!("no function {name}"));
    }
    (raw, prelude_of(&raw))
}

fn arg_names<'a>(mpy: &Mpy<'a>, prelude: &Prelude<'a>) -> Vec<Text<'a>> {
    prelude
        .args()
        .map(|index| mpy.qstr(index).unwrap().text())
        .collect()
}

#[test]
fn headers() {
    let mpy = Mpy::open(CONSTANTS).unwrap();
    let header = mpy.header();
    assert_eq!(
        (
            header.version,
            header.arch,
            header.arch_flags,
            header.small_int_bits
        ),
        (6, Arch::None, None, 31)
    );
    let wide = Mpy::open(include_bytes!("fixtures/constants-63.mpy")).unwrap();
    assert_eq!(wide.header().small_int_bits, 63);
    let native = Mpy::open(NATIVE).unwrap();
    assert_eq!(
        (native.header().arch, native.header().sub_version),
        (Arch::Armv7m, 3)
    );
}

#[test]
fn headers_that_no_loader_takes() {
    let changed = |at: usize, byte: u8| {
        let mut file = CONSTANTS.to_vec();
        file[at] = byte;
        let error = Mpy::open(&file).unwrap_err();
        (error.at as usize, error.kind)
    };
    assert_eq!(changed(0, b'C'), (0, ErrorKind::NotMpy));
    assert_eq!(changed(1, 5), (1, ErrorKind::Version(5)));
    assert_eq!(changed(2, 13 << 2 | 3), (2, ErrorKind::Arch(13)));
    assert_eq!(changed(2, 5 << 2 | 2), (2, ErrorKind::SubVersion(2)));
    assert_eq!(changed(2, 0x80), (2, ErrorKind::Feature(0x80)));
    assert_eq!(changed(2, 0x40), (2, ErrorKind::Feature(0x40)));
}

#[test]
fn qstrs_are_static_or_lie_in_the_file_before_a_nul() {
    let mpy = Mpy::open(CONSTANTS).unwrap();
    let texts: Vec<Text<'_>> = mpy.qstrs().map(|qstr| qstr.text()).collect();
    assert_eq!(texts.len() as u32, mpy.n_qstrs());
    assert_eq!(&texts[..4], ["constants.py", "<module>", "sys", "os.path"]);
    for expected in ["\0 zero \0", "line\nline", ""] {
        assert!(texts.iter().any(|text| *text == expected), "{expected}");
    }
    for qstr in mpy.qstrs() {
        if let mpy_format::QstrSource::Text { text, at } = qstr.source {
            let end = at as usize + text.len();
            assert_eq!(&CONSTANTS[at as usize..end], text.as_bytes());
            assert_eq!(CONSTANTS[end], 0);
        }
    }
}

#[test]
fn constants_are_found_in_turn_and_by_position() {
    let mpy = Mpy::open(CONSTANTS).unwrap();
    let all: Vec<_> = mpy.constants().collect();
    assert_eq!(all.len() as u32, mpy.n_constants());
    assert!(matches!(all[2].1, Constant::Float("0.5")));
    assert!(matches!(all[3].1, Constant::Float("-0.0")));
    assert!(matches!(all[8].1, Constant::Complex("2.5j")));
    assert!(matches!(all[11].1, Constant::Str(text) if text == "ünï ☃ 𝄞"));
    let Constant::Tuple(large) = &all[1].1 else {
        panic!("tuple")
    };
    let last = large.clone().last().unwrap().1;
    assert!(matches!(
        last,
        Constant::Int("-1000000000000000000000000000000")
    ));
    let Constant::Tuple(raw) = &all[12].1 else {
        panic!("tuple")
    };
    let bytes: Vec<_> = raw.clone().map(|(_, constant)| constant).collect();
    assert!(
        matches!(bytes[0], Constant::Bytes(b"")) && matches!(bytes[2], Constant::Bytes(b"\0\xff"))
    );
    for (index, (at, _)) in all.iter().enumerate() {
        let (_, next) = Constant::read(CONSTANTS, *at).unwrap();
        let expected = all
            .get(index + 1)
            .map_or(mpy.sections().code_at, |(at, _)| *at);
        assert_eq!(next, expected);
        assert_eq!(mpy.constant(index as u32).unwrap().0, *at);
    }
    assert!(mpy.constant(mpy.n_constants()).is_none());
}

#[test]
fn preludes_say_what_the_source_declares() {
    let mpy = Mpy::open(FUNCTIONS).unwrap();
    let (_, plain) = find(&mpy, &["plain"]);
    assert_eq!(arg_names(&mpy, &plain), ["a", "b", "d", "c"]);
    assert_eq!(
        (plain.n_pos_args, plain.n_kwonly_args, plain.n_def_pos_args),
        (2, 2, 1)
    );
    assert_eq!(
        plain.flags,
        flags::VAR_ARGS | flags::VAR_KEYWORDS | flags::DEFAULT_KEYWORDS
    );
    assert_eq!(plain.n_arg_slots(), 6);
    let (_, counter) = find(&mpy, &["counter"]);
    assert_eq!(counter.cells(), [0, 4]);
    let (_, bump) = find(&mpy, &["counter", "bump"]);
    assert_eq!(arg_names(&mpy, &bump), ["*", "*", "by", "twice"]);
    let (_, squares) = find(&mpy, &["squares"]);
    assert!(squares.has(flags::GENERATOR));
    let (raw, inner) = find(&mpy, &["Derived", "Inner", "method", "<lambda>"]);
    assert_eq!(inner.code_end, raw.code_end);
    assert_eq!(raw.n_children, 0);
}

#[test]
fn instructions_have_the_lines_of_the_source() {
    let mpy = Mpy::open(FUNCTIONS).unwrap();
    let source = include_str!("fixtures/functions.py");
    let line_with =
        |text: &str| 1 + source.lines().position(|line| line.contains(text)).unwrap() as u32;
    let (_, squares) = find(&mpy, &["squares"]);
    let last = squares.opcodes().len() as u32 - 1;
    assert_eq!(squares.line_of(0), line_with("for i in range(limit):"));
    assert_eq!(squares.line_of(last), line_with("    return limit"));
    assert_eq!(squares.line_of(u32::MAX), squares.line_of(last));
    let (_, plain) = find(&mpy, &["plain"]);
    assert_eq!(plain.line_of(0), line_with("return a, b, rest, c, d, more"));
}

#[test]
fn machine_code_is_recognised_and_passed_over() {
    let mpy = Mpy::open(NATIVE).unwrap();
    let module = mpy.module().unwrap();
    let kinds: Vec<Kind> = module.children().map(|child| child.unwrap().kind).collect();
    assert!(matches!(
        kinds[..],
        [Kind::Native { .. }, Kind::Viper { .. }, Kind::Bytecode]
    ));
    let native = module.children().next().unwrap().unwrap();
    let prelude = native.native_prelude().unwrap().unwrap();
    assert_eq!(arg_names(&mpy, &prelude), ["a", "b"]);
    assert_eq!(module.end().unwrap() as usize, NATIVE.len());
    assert!(
        mpy.constants()
            .any(|(_, constant)| matches!(constant, Constant::FunTable))
    );
}

#[test]
fn listings_resolve_what_they_name() {
    let text = Mpy::open(FUNCTIONS).unwrap().listing().to_string();
    for expected in [
        "source        functions.py",
        "architecture  none",
        "small ints    31 bits",
        "function bump",
        "MAKE_CLOSURE_DEFARGS 0  bump  closing over 2",
        "cells: locals [0, 4]",
        "YIELD_FROM",
        "BINARY_OP exception match",
        "2 positional, 1 keyword",
        "1 before the star, 1 after it",
        "STORE_COMP dict",
        "leaving 1 handlers and an iterator",
    ] {
        assert!(
            text.contains(expected),
            "{expected} is not in the listing:\n{text}"
        );
    }
    // Every jump goes to a line with a label.
    for (at, _) in text.match_indices(" L") {
        let label: String = text[at + 1..]
            .chars()
            .take_while(char::is_ascii_alphanumeric)
            .collect();
        if label.len() > 1 && label[1..].chars().all(|c| c.is_ascii_digit()) {
            assert!(text.contains(&format!("  {label}:\n")), "{label}");
        }
    }
    let native = Mpy::open(NATIVE).unwrap().listing().to_string();
    assert!(
        native.contains("machine code, prelude at 152")
            && native.contains("viper code")
            && native.contains("mp_fun_table")
    );
}
