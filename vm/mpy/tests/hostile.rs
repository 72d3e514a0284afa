//! Files that no compiler wrote: cut short, changed in one byte, made by hand.

#[path = "support/mod.rs"]
mod support;

use mpy_format::{ErrorKind, Mpy};
use support::exercise::{Memory, exercise, verified};
use support::machine::Dice;

const FIXTURES: &[(&str, &[u8])] = &[
    ("control", include_bytes!("fixtures/control.mpy")),
    ("control-O3", include_bytes!("fixtures/control-O3.mpy")),
    ("functions", include_bytes!("fixtures/functions.mpy")),
    ("constants", include_bytes!("fixtures/constants.mpy")),
    ("constants-63", include_bytes!("fixtures/constants-63.mpy")),
    ("empty", include_bytes!("fixtures/empty.mpy")),
    ("native", include_bytes!("fixtures/native.mpy")),
];

#[test]
fn what_the_compiler_writes_runs_as_the_verifier_says() {
    let (mut memory, mut dice) = (Memory::new(), Dice(0x9e3779b97f4a7c15));
    for (name, file) in FIXTURES {
        let accepted = exercise(file, None, &mut memory, &mut dice, 300);
        assert_eq!(accepted, *name != "native", "{name}");
    }
}

#[test]
fn every_prefix_is_refused() {
    let mut memory = Memory::new();
    for (name, file) in FIXTURES {
        for end in 0..file.len() {
            let error = verified(&file[..end], &mut memory).expect_err(name);
            assert!(error.at as usize <= end, "{name} cut at {end}: {error}");
        }
    }
}

/// A changed byte gives a file that is refused, or one that an interpreter without checks can run.
#[test]
fn every_changed_byte_is_refused_or_harmless() {
    let (mut memory, mut dice) = (Memory::new(), Dice(1));
    let mut accepted = 0;
    for (_, file) in FIXTURES {
        let mut file = file.to_vec();
        for place in 0..file.len() {
            let original = file[place];
            let random = dice.roll(256) as u8;
            let others = [
                original.wrapping_add(1),
                original.wrapping_sub(1),
                original ^ 0x80,
                0,
                0xff,
                random,
            ];
            for changed in others {
                file[place] = changed;
                accepted += u32::from(exercise(
                    &file,
                    Some(place as u32),
                    &mut memory,
                    &mut dice,
                    2,
                ));
            }
            file[place] = original;
        }
    }
    // Most changes of names and numbers, and many of opcodes, leave a valid file.
    assert!(accepted > 10_000, "{accepted}");
}

/// The same with two bytes changed in one function, which gets past checks that one change trips.
#[test]
fn two_changed_bytes_are_refused_or_harmless() {
    let (mut memory, mut dice) = (Memory::new(), Dice(7));
    for (name, file) in FIXTURES {
        let mut file = file.to_vec();
        let code = Mpy::open(&file).expect(name).sections().code_at as usize;
        for _ in 0..4_000 {
            let place = code + dice.roll((file.len() - code) as u64) as usize;
            let second = (place + 1 + dice.roll(12) as usize).min(file.len() - 1);
            let originals = (file[place], file[second]);
            file[place] = dice.roll(256) as u8;
            file[second] = dice.roll(256) as u8;
            exercise(&file, Some(place as u32), &mut memory, &mut dice, 2);
            (file[second], file[place]) = (originals.1, originals.0);
        }
    }
}

#[test]
fn listings_of_changed_files_end() {
    use std::fmt::Write;
    let mut dice = Dice(3);
    for (_, file) in FIXTURES {
        let mut file = file.to_vec();
        for _ in 0..200 {
            let place = dice.roll(file.len() as u64) as usize;
            let original = file[place];
            file[place] = dice.roll(256) as u8;
            if let Ok(mpy) = Mpy::open(&file) {
                let mut text = String::new();
                write!(text, "{}", mpy.listing()).expect("a String takes all");
            }
            file[place] = original;
        }
    }
}

#[test]
fn scratch_that_is_too_small_says_what_is_needed() {
    use mpy_format::{Label, Limits, Node, Scratch, verify};
    let file = FIXTURES[0].1;
    let mpy = Mpy::open(file).expect("fixture");
    let limits = Limits::stock(31);
    let mut labels = [Label::default(); 256];
    let mut nodes = [Node::default(); 256];
    let mut attempt = |n_labels: usize, n_nodes: usize| {
        let mut scratch = Scratch {
            labels: &mut labels[..n_labels],
            nodes: &mut nodes[..n_nodes],
        };
        verify(&mpy, &limits, &mut scratch)
    };
    let report = attempt(256, 256).expect("enough");
    let ErrorKind::ScratchLabels(needed) = attempt(3, 256).expect_err("too few labels").kind else {
        panic!("labels")
    };
    assert!(needed > 3);
    assert_eq!(
        attempt(256, 2).expect_err("too few nodes").kind,
        ErrorKind::ScratchNodes(2)
    );
    let (n_labels, n_nodes) = (report.max_labels as usize, report.max_nodes as usize);
    assert_eq!(attempt(n_labels, n_nodes), Ok(report));
    assert!(attempt(n_labels - 1, n_nodes).is_err() && attempt(n_labels, n_nodes - 1).is_err());
}
