//! One file for each rule of the verifier: code that breaks that rule and no other, and the error that it gets.

#[path = "support/mod.rs"]
mod support;

use mpy_format::opcode::{BinaryOp, Opcode};
use mpy_format::{Error, ErrorKind, Report};
use support::assemble::Body;
use support::exercise::{Memory, verified};

trait Verify {
    fn verify(&self) -> Result<Report, Error>;
}

impl Verify for Body {
    fn verify(&self) -> Result<Report, Error> {
        verified(&self.file(), &mut Memory::new()).map(|(report, _)| report)
    }
}

fn body(n_state: u32, n_exc_stack: u32, code: &[&[u8]]) -> Body {
    Body {
        n_state,
        n_exc_stack,
        code: code.concat(),
        ..Body::default()
    }
}

/// Asserts that code in a roomy frame with room for four handlers is refused so.
#[track_caller]
fn refused(code: &[&[u8]], expected: ErrorKind) {
    assert_eq!(
        body(16, 4, code).verify().map_err(|error| error.kind),
        Err(expected)
    );
}

#[track_caller]
fn accepted(code: &[&[u8]]) {
    body(16, 4, code)
        .verify()
        .unwrap_or_else(|error| panic!("{error}"));
}

const NONE: &[u8] = &[Opcode::LoadConstNone as u8];
const TRUE: &[u8] = &[Opcode::LoadConstTrue as u8];
const NULL: &[u8] = &[Opcode::LoadNull as u8];
const POP: &[u8] = &[Opcode::PopTop as u8];
const DUP: &[u8] = &[Opcode::DupTop as u8];
const ROT_TWO: &[u8] = &[Opcode::RotTwo as u8];
const RETURN: &[u8] = &[Opcode::LoadConstNone as u8, Opcode::ReturnValue as u8];
const END_FINALLY: &[u8] = &[Opcode::EndFinally as u8];
const WITH_CLEANUP: &[u8] = &[Opcode::WithCleanup as u8];
const GET_ITER_STACK: &[u8] = &[Opcode::GetIterStack as u8];
const EXCEPTION_MATCH: &[u8] = &[Opcode::BinaryOpMulti as u8 + BinaryOp::ExceptionMatch as u8];
const LOAD_METHOD: &[u8] = &[Opcode::LoadMethod as u8, 0];
const LOAD_FAST_0: &[u8] = &[Opcode::LoadFastMulti as u8];
const STORE_FAST_0: &[u8] = &[Opcode::StoreFastMulti as u8];

/// An opcode with one byte after it: a label's distance, or an operand.
const fn with(op: Opcode, byte: u8) -> [u8; 2] {
    [op as u8, byte]
}

/// A signed label: how far from the byte after it.
const fn jump(op: Opcode, distance: i8) -> [u8; 2] {
    [op as u8, (distance as i16 + 0x40) as u8]
}

const fn unwind(distance: i8, count: u8) -> [u8; 3] {
    [
        Opcode::UnwindJump as u8,
        (distance as i16 + 0x40) as u8,
        count,
    ]
}

#[test]
fn control_stays_on_instructions() {
    refused(&[], ErrorKind::NoCode);
    refused(&[NONE], ErrorKind::FallsOff);
    refused(
        &[
            TRUE,
            &jump(Opcode::PopJumpIfTrue, 1),
            &with(Opcode::LoadName, 0),
            POP,
            RETURN,
        ],
        ErrorKind::JumpInside(18),
    );
    refused(
        &[&jump(Opcode::Jump, -4), RETURN],
        ErrorKind::JumpOutside(12),
    );
    refused(
        &[&jump(Opcode::Jump, 3), RETURN],
        ErrorKind::JumpOutside(19),
    );
    refused(&[&[0x41]], ErrorKind::UnknownOpcode(0x41));
}

/// What no way leads to is not held against a file, whatever it would do; one way is enough to change that.
#[test]
fn dead_code_may_do_what_it_likes() {
    let too_deep: &[&[u8]] = &[NONE; 20];
    for dead in [
        &[POP][..],
        &[END_FINALLY],
        &[ROT_TWO, LOAD_METHOD],
        too_deep,
    ] {
        let length: usize = dead.iter().map(|code| code.len()).sum();
        let again = jump(Opcode::Jump, -(length as i8) - 2);
        let code = [&[RETURN], dead, &[&again[..]]].concat();
        accepted(&code);
        let branch = [TRUE, &jump(Opcode::PopJumpIfTrue, 2)].concat();
        let live = [&[&branch[..]], &code[..]].concat();
        assert!(body(16, 4, &live).verify().is_err(), "{dead:?}");
    }
}

#[test]
fn the_stack_has_one_shape() {
    refused(&[POP, RETURN], ErrorKind::Underflow);
    refused(&[NONE, ROT_TWO, RETURN], ErrorKind::Underflow);
    refused(
        &[NONE, &jump(Opcode::Jump, -3)],
        ErrorKind::LoopMismatch(14),
    );
    refused(
        &[TRUE, &jump(Opcode::PopJumpIfTrue, 1), TRUE, RETURN],
        ErrorKind::StackMismatch,
    );
    let twice = [
        TRUE,
        &jump(Opcode::PopJumpIfTrue, 5),
        TRUE,
        TRUE,
        &jump(Opcode::PopJumpIfTrue, 1),
        POP,
        RETURN,
    ];
    refused(&twice, ErrorKind::JumpMismatch(22));
    assert_eq!(
        body(1, 0, &[NONE, RETURN]).verify().unwrap_err().kind,
        ErrorKind::Overflow(2)
    );
    assert_eq!(
        body(2, 0, &[LOAD_FAST_0, RETURN])
            .verify()
            .unwrap_err()
            .kind,
        ErrorKind::Overflow(3)
    );
    assert!(body(3, 0, &[LOAD_FAST_0, RETURN]).verify().is_ok());
}

#[test]
fn a_local_that_is_never_read_may_lie_under_operands_to_come() {
    assert!(
        body(2, 0, &[NONE, STORE_FAST_0, NONE, RETURN])
            .verify()
            .is_ok()
    );
    let overwritten = body(2, 0, &[NONE, NONE, ROT_TWO, STORE_FAST_0, RETURN]);
    assert!(overwritten.verify().is_ok());
    let overwritten = body(2, 0, &[NONE, NONE, &with(Opcode::StoreFastN, 1), RETURN]);
    assert_eq!(
        overwritten.verify().unwrap_err().kind,
        ErrorKind::Overflow(3)
    );
}

#[test]
fn slots_are_used_for_what_they_are() {
    refused(&[NULL, &[Opcode::ReturnValue as u8]], ErrorKind::SlotKind);
    refused(&[NULL, POP, RETURN], ErrorKind::SlotKind);
    refused(&[NULL, DUP, RETURN], ErrorKind::SlotKind);
    refused(&[NULL, STORE_FAST_0, RETURN], ErrorKind::SlotKind);
    refused(&[NONE, LOAD_METHOD, POP, RETURN], ErrorKind::SlotKind);
    refused(&[NONE, LOAD_METHOD, ROT_TWO, RETURN], ErrorKind::SlotKind);
    refused(
        &[NONE, NONE, &with(Opcode::CallMethod, 0), RETURN],
        ErrorKind::SlotKind,
    );
    refused(
        &[NONE, LOAD_METHOD, &with(Opcode::CallFunction, 1), RETURN],
        ErrorKind::SlotKind,
    );
    refused(
        &[
            NONE,
            NONE,
            NONE,
            NONE,
            &with(Opcode::ForIter, 2),
            POP,
            RETURN,
            RETURN,
        ],
        ErrorKind::SlotKind,
    );
    refused(
        &[
            NONE,
            GET_ITER_STACK,
            POP,
            &with(Opcode::ForIter, 3),
            POP,
            RETURN,
            RETURN,
        ],
        ErrorKind::SlotKind,
    );
    refused(
        &[NONE, GET_ITER_STACK, ROT_TWO, RETURN],
        ErrorKind::SlotKind,
    );
    refused(
        &[NULL, NONE, &with(Opcode::StoreComp, 4), RETURN],
        ErrorKind::SlotKind,
    );
    accepted(&[NONE, GET_ITER_STACK, POP, POP, POP, POP, RETURN]);
    accepted(&[NONE, NULL, ROT_TWO, &with(Opcode::StoreAttr, 0), RETURN]);
}

#[test]
fn an_iterator_can_be_made_of_nulls() {
    let looping = |slots: &[&[u8]]| {
        let [for_iter, back] = [with(Opcode::ForIter, 3), jump(Opcode::Jump, -5)];
        [&slots.concat(), for_iter.as_slice(), POP, &back, RETURN].concat()
    };
    accepted(&[&looping(&[NULL, TRUE, NULL, NULL])]);
    refused(&[&looping(&[NULL, NULL, TRUE, NULL])], ErrorKind::SlotKind);
    refused(&[&looping(&[TRUE, NULL, NULL, NULL])], ErrorKind::SlotKind);
    refused(
        &[&looping(&[NULL, TRUE, TRUE, NULL, NULL])],
        ErrorKind::SlotKind,
    );
}

#[test]
fn handlers_are_opened_and_closed_in_order() {
    let except = |body: &[&[u8]], handler: &[&[u8]]| {
        let length = body.concat().len() as u8;
        let set_up = with(Opcode::SetupExcept, length);
        [set_up.as_slice(), &body.concat(), &handler.concat()].concat()
    };
    accepted(&[&except(
        &[RETURN],
        &[POP, &with(Opcode::PopExceptJump, 0), RETURN],
    )]);
    accepted(&[&except(&[RETURN], &[END_FINALLY, RETURN])]);
    refused(
        &[&except(&[RETURN], &[TRUE, END_FINALLY, RETURN])],
        ErrorKind::Handler,
    );
    refused(
        &[&except(&[RETURN], &[POP, END_FINALLY, RETURN])],
        ErrorKind::Handler,
    );
    refused(
        &[&except(
            &[RETURN],
            &[&with(Opcode::PopExceptJump, 0), RETURN],
        )],
        ErrorKind::Handler,
    );
    refused(
        &[&except(&[NONE], &[POP, RETURN])],
        ErrorKind::StackMismatch,
    );
    refused(
        &[NONE, &except(&[POP, RETURN], &[RETURN])],
        ErrorKind::Underflow,
    );
    refused(
        &[&with(Opcode::PopExceptJump, 0), RETURN],
        ErrorKind::Handler,
    );
    refused(&[NONE, END_FINALLY, RETURN], ErrorKind::Handler);
    refused(&[NONE, WITH_CLEANUP, RETURN], ErrorKind::Handler);
    let nested = [
        [Opcode::SetupExcept as u8, 14],
        [Opcode::SetupExcept as u8, 12],
    ]
    .concat();
    let two_open = body(
        16,
        1,
        &[&nested, &[Opcode::LoadConstNone as u8; 14], RETURN],
    );
    assert_eq!(
        two_open.verify().unwrap_err().kind,
        ErrorKind::TooManyHandlers(2)
    );
}

#[test]
fn code_lies_on_its_side_of_the_handler() {
    // The body jumps past the entry with its handler still waiting.
    let past = [
        &with(Opcode::SetupExcept, 2),
        &jump(Opcode::Jump, 3),
        POP,
        RETURN,
        RETURN,
    ]
    .concat();
    refused(&[&past], ErrorKind::HandlerOrder);
    // The handler's code jumps before its entry while it runs.
    let forth = jump(Opcode::Jump, 2);
    let set_up = with(Opcode::SetupExcept, 2);
    let back = [
        forth.as_slice(),
        RETURN,
        &set_up,
        RETURN,
        POP,
        &jump(Opcode::Jump, -9),
    ]
    .concat();
    refused(&[&back], ErrorKind::LoopMismatch(17));
}

#[test]
fn a_finally_is_entered_with_a_cause() {
    let finally = |body: &[u8], code: &[&[u8]]| {
        [
            with(Opcode::SetupFinally, body.len() as u8).as_slice(),
            body,
            &code.concat(),
        ]
        .concat()
    };
    accepted(&[&finally(NONE, &[END_FINALLY, RETURN])]);
    refused(
        &[&finally(TRUE, &[END_FINALLY, RETURN])],
        ErrorKind::StackMismatch,
    );
    refused(
        &[&finally(&[], &[END_FINALLY, RETURN])],
        ErrorKind::StackMismatch,
    );
    refused(&[&finally(NONE, &[POP, RETURN])], ErrorKind::SlotKind);
    refused(
        &[&finally(NONE, &[DUP, POP, END_FINALLY, RETURN])],
        ErrorKind::SlotKind,
    );
    refused(
        &[&finally(NONE, &[TRUE, END_FINALLY, RETURN])],
        ErrorKind::Handler,
    );
    refused(
        &[&finally(
            NONE,
            &[TRUE, TRUE, EXCEPTION_MATCH, POP, END_FINALLY, RETURN],
        )],
        ErrorKind::Handler,
    );
    refused(
        &[&finally(NONE, &[WITH_CLEANUP, END_FINALLY, RETURN])],
        ErrorKind::Handler,
    );
}

#[test]
fn a_with_is_cleaned_up() {
    let set_up = with(Opcode::SetupWith, 2);
    let block = |code: &[&[u8]]| [TRUE, &set_up, POP, NONE, &code.concat()].concat();
    accepted(&[&block(&[WITH_CLEANUP, END_FINALLY, RETURN])]);
    refused(&[&block(&[END_FINALLY, RETURN])], ErrorKind::Handler);
    refused(&[&block(&[&unwind(1, 1), RETURN])], ErrorKind::Handler);
    refused(
        &[
            TRUE,
            &with(Opcode::SetupWith, 3),
            POP,
            POP,
            NONE,
            WITH_CLEANUP,
            END_FINALLY,
            RETURN,
        ],
        ErrorKind::Underflow,
    );
    assert_eq!(
        body(4, 1, &[&block(&[WITH_CLEANUP, END_FINALLY, RETURN])])
            .verify()
            .unwrap_err()
            .kind,
        ErrorKind::Overflow(5)
    );
}

#[test]
fn unwinding_finds_its_handlers() {
    let try_around = |code: &[&[u8]]| {
        let code = code.concat();
        [
            with(Opcode::SetupFinally, code.len() as u8).as_slice(),
            &code,
            END_FINALLY,
            RETURN,
        ]
        .concat()
    };
    accepted(&[&try_around(&[&unwind(2, 1)])]);
    refused(&[&try_around(&[&unwind(2, 0)])], ErrorKind::Operand(0));
    refused(&[&try_around(&[&unwind(2, 2)])], ErrorKind::Handler);
    refused(&[&try_around(&[TRUE, &unwind(2, 1)])], ErrorKind::Handler);
    refused(&[&try_around(&[&unwind(2, 0x81)])], ErrorKind::SlotKind);
    refused(
        &[&try_around(&[&unwind(1, 1)])],
        ErrorKind::JumpMismatch(19),
    );
}

#[test]
fn operands_are_in_range() {
    refused(
        &[&with(Opcode::LoadName, 1), POP, RETURN],
        ErrorKind::QstrIndex(1),
    );
    refused(
        &[&with(Opcode::LoadConstObj, 1), POP, RETURN],
        ErrorKind::ConstantIndex(1),
    );
    refused(
        &[&with(Opcode::MakeFunction, 0), POP, RETURN],
        ErrorKind::ChildIndex(0),
    );
    refused(
        &[&with(Opcode::LoadFastN, 16), POP, RETURN],
        ErrorKind::Local(16),
    );
    refused(
        &[TRUE, TRUE, &with(Opcode::BuildSlice, 4), POP, RETURN],
        ErrorKind::Operand(4),
    );
    refused(
        &[TRUE, &[Opcode::BuildSlice as u8, 0x80, 2], POP, RETURN],
        ErrorKind::Operand(2),
    );
    refused(
        &[TRUE, &with(Opcode::StoreComp, 3), RETURN],
        ErrorKind::Operand(3),
    );
    refused(
        &[TRUE, &[Opcode::CallFunction as u8, 0x84, 0x80, 0], RETURN],
        ErrorKind::Operand(0x10000),
    );
    refused(
        &[TRUE, &[Opcode::YieldValue as u8], RETURN],
        ErrorKind::YieldOutside,
    );
    let wide = [Opcode::LoadConstSmallInt as u8, 0x84, 0x80, 0x80, 0x80, 0];
    refused(&[&wide, POP, RETURN], ErrorKind::SmallIntRange);
}

#[test]
fn cells_stay_cells() {
    let in_cell = |code: &[&[u8]]| {
        let cells = vec![0];
        Body {
            cells,
            ..body(16, 4, code)
        }
        .verify()
        .map(drop)
        .map_err(|error| error.kind)
    };
    assert_eq!(in_cell(&[&with(Opcode::LoadDeref, 0), POP, RETURN]), Ok(()));
    assert_eq!(
        in_cell(&[&with(Opcode::LoadDeref, 1), POP, RETURN]),
        Err(ErrorKind::NotCell(1))
    );
    assert_eq!(
        in_cell(&[TRUE, STORE_FAST_0, RETURN]),
        Err(ErrorKind::CellOverwritten(0))
    );
    assert_eq!(
        in_cell(&[&with(Opcode::DeleteFast, 0), RETURN]),
        Err(ErrorKind::CellOverwritten(0))
    );
    let outside = Body {
        cells: vec![16],
        ..body(16, 4, &[RETURN])
    };
    assert_eq!(outside.verify().unwrap_err().kind, ErrorKind::Cell(16));
}

#[test]
fn functions_are_made_as_they_need() {
    let child = |n_pos_args, n_def_pos_args, code: &[&[u8]]| Body {
        n_pos_args,
        n_def_pos_args,
        ..body(8, 0, code)
    };
    let parent = |code: &[&[u8]], children: &[Body]| {
        let parent = Body {
            cells: vec![0],
            children: children.to_vec(),
            ..body(16, 0, code)
        };
        parent.verify().map(drop).map_err(|error| error.kind)
    };
    let closes = [Opcode::MakeClosure as u8, 0, 1];
    let derefs: &[&[u8]] = &[&with(Opcode::LoadDeref, 0), &[Opcode::ReturnValue as u8]];
    let make = with(Opcode::MakeFunction, 0);
    assert_eq!(
        parent(&[LOAD_FAST_0, &closes, POP, RETURN], &[child(1, 0, derefs)]),
        Ok(())
    );
    assert_eq!(
        parent(&[TRUE, &closes, POP, RETURN], &[child(1, 0, derefs)]),
        Err(ErrorKind::SlotKind)
    );
    assert_eq!(
        parent(&[&make, POP, RETURN], &[child(1, 0, derefs)]),
        Err(ErrorKind::NotCell(0))
    );
    assert_eq!(
        parent(
            &[LOAD_FAST_0, &closes, POP, RETURN],
            &[child(0, 0, &[RETURN])]
        ),
        Err(ErrorKind::PreludeArgs)
    );
    assert_eq!(
        parent(&[&make, POP, RETURN], &[child(1, 1, &[RETURN])]),
        Err(ErrorKind::DefaultsMissing)
    );
    assert_eq!(
        parent(&[&make, POP, &make, POP, RETURN], &[child(0, 0, &[RETURN])]),
        Err(ErrorKind::ChildOrder(0))
    );
    // Never made: there is no place that says how much is closed over, and nothing to be wrong about.
    assert_eq!(parent(&[RETURN], &[child(0, 0, &[RETURN])]), Ok(()));
}

#[test]
fn a_module_takes_nothing() {
    let with_args = Body {
        n_pos_args: 1,
        ..body(4, 0, &[RETURN])
    };
    assert_eq!(
        with_args.verify().unwrap_err().kind,
        ErrorKind::ModuleSignature
    );
    let generator = Body {
        flags: 1,
        ..body(4, 0, &[RETURN])
    };
    assert_eq!(
        generator.verify().unwrap_err().kind,
        ErrorKind::ModuleSignature
    );
    let mut file = body(4, 0, &[RETURN]).file();
    file.push(0);
    let error = verified(&file, &mut Memory::new()).unwrap_err();
    assert_eq!(
        (error.kind, error.at as usize),
        (ErrorKind::TrailingBytes, file.len() - 1)
    );
}

/// The end of an `async with`, as compilers write it, from its entry on.
#[rustfmt::skip]
const ASYNC_EXIT: &[u8] = &[
    0x57, 0x12, 0, 0xdf, 0x44, 0x57, 0x57, 0x5b, 0x5a, 0x14, 0, 0x5b, 0x5b, 0x57, 0x13, 0, 0x5a, 0x51, 0x36, 3, 0x5e, 0x51, 0x68,
    0x44, 0x51, 0x59, 0x51, 0x42, 0x4d, 0x5b, 0x5b, 0x14, 0, 0x51, 0x57, 0x57, 0x36, 3, 0x5e, 0x51, 0x68, 0x59, 0x5d,
];
/// Where in it the case of an unwound jump starts, and the case without exception.
const OTHER: i8 = 29;
const NO_EXCEPTION: i8 = 31;

#[test]
fn the_end_of_an_async_with_is_taken_whole() {
    let verify = |manager: &[&[u8]], body_code: &[&[u8]], exit: &[u8]| {
        let guarded = body_code.concat();
        let set_up = with(Opcode::SetupFinally, guarded.len() as u8);
        let code = [&manager.concat(), set_up.as_slice(), &guarded, exit, RETURN];
        let generator = Body {
            flags: 1,
            ..body(16, 4, &code)
        };
        let make = with(Opcode::MakeFunction, 0);
        let module = Body {
            children: vec![generator],
            ..body(4, 0, &[&make, POP, RETURN])
        };
        module.verify().map(drop).map_err(|error| error.kind)
    };
    let leave = [NONE, ROT_TWO, &jump(Opcode::Jump, NO_EXCEPTION)].concat();
    assert_eq!(verify(&[TRUE], &[&leave], ASYNC_EXIT), Ok(()));
    assert_eq!(verify(&[TRUE], &[RETURN], ASYNC_EXIT), Ok(()));
    // The rest of the body runs into the entry, or leaves by another way, or without a manager.
    assert_eq!(
        verify(&[TRUE], &[NONE], ASYNC_EXIT),
        Err(ErrorKind::StackMismatch)
    );
    let astray = [NONE, ROT_TWO, &jump(Opcode::Jump, NO_EXCEPTION - 1)].concat();
    assert_eq!(
        verify(&[TRUE], &[&astray], ASYNC_EXIT),
        Err(ErrorKind::Underflow)
    );
    assert!(verify(&[], &[RETURN], ASYNC_EXIT).is_err());
    // A jump from the body into the middle.
    for target in [OTHER, OTHER + 1, NO_EXCEPTION, 6] {
        let into = [
            TRUE,
            &jump(Opcode::PopJumpIfTrue, target + leave.len() as i8),
            &leave,
        ]
        .concat();
        let error = verify(&[TRUE], &[&into], ASYNC_EXIT).expect_err("a jump inside");
        assert!(matches!(error, ErrorKind::JumpInside(_)), "{error}");
    }
    // Any other instruction in it.
    for changed in 0..ASYNC_EXIT.len() {
        let mut exit = ASYNC_EXIT.to_vec();
        exit[changed] ^= 1;
        let names = [2, 10, 15, 32].contains(&changed);
        let error = verify(&[TRUE], &[&leave], &exit).expect_err("another sequence");
        assert!(
            !names || matches!(error, ErrorKind::QstrIndex(_)),
            "{error}"
        );
    }
}
