//! Does with a file all that can be done with one; shared by the tests and the fuzz targets.

use super::machine::{self, Dice};
use mpy_format::{Error, Function, Label, Limits, Mpy, Node, Report, Scratch, verify_each};

/// Memory for any function of the files that tests use.
pub struct Memory {
    labels: Vec<Label>,
    nodes: Vec<Node>,
}

impl Memory {
    pub const fn new() -> Memory {
        Memory {
            labels: Vec::new(),
            nodes: Vec::new(),
        }
    }

    pub fn scratch(&mut self) -> Scratch<'_> {
        const ENOUGH: usize = 4096;
        self.labels.resize(ENOUGH, Label::default());
        self.nodes.resize(ENOUGH, Node::default());
        Scratch {
            labels: &mut self.labels,
            nodes: &mut self.nodes,
        }
    }
}

/// Opens and verifies a file, and gives what was found of each function.
pub fn verified(file: &[u8], memory: &mut Memory) -> Result<(Report, Vec<Function>), Error> {
    let mpy = Mpy::open(file)?;
    let mut functions = Vec::new();
    let limits = Limits::stock(63);
    let report = verify_each(&mpy, &limits, &mut memory.scratch(), &mut |function| {
        functions.push(*function)
    })?;
    Ok((report, functions))
}

/// Verifies a file and, where it is accepted, runs the functions whose code includes `place` (all of them without one) on
/// the machine. Says whether it was accepted; panics where the verifier promised what does not hold.
pub fn exercise(
    file: &[u8],
    place: Option<u32>,
    memory: &mut Memory,
    dice: &mut Dice,
    walks: u32,
) -> bool {
    let functions = match verified(file, memory) {
        Ok((_, functions)) => functions,
        Err(error) => {
            assert!(error.at as usize <= file.len(), "{error}: outside the file");
            return false;
        }
    };
    let mpy = Mpy::open(file).expect("verified");
    for function in functions {
        let raw = mpy.raw_code_at(function.at).expect("verified");
        if place.is_some_and(|place| !(raw.code_start..raw.code_end).contains(&place)) {
            continue;
        }
        for _ in 0..walks {
            if let Err(violation) = machine::run(&raw, &function, dice, 400) {
                panic!("the verifier let through: {violation}\n{}", mpy.listing());
            }
        }
    }
    true
}
