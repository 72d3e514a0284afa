//! Verifies .mpy files and says what the verifier needed: `cargo run -p mpy-format --example verify -- FILE...`
//!
//! Exit status 1 if any file is refused.

use mpy_format::{Label, Limits, Mpy, Node, Report, Scratch, verify};
use std::process::ExitCode;

fn main() -> ExitCode {
    let limits = Limits::stock(63);
    let mut labels = vec![Label::default(); 1 << 16];
    let mut nodes = vec![Node::default(); 1 << 16];
    let mut most = Report::default();
    let (mut accepted, mut refused) = (0, 0);
    for path in std::env::args_os().skip(1) {
        let shown = path.to_string_lossy().into_owned();
        let file = match std::fs::read(&path) {
            Ok(file) => file,
            Err(error) => {
                eprintln!("{shown}: {error}");
                refused += 1;
                continue;
            }
        };
        let mut scratch = Scratch {
            labels: &mut labels,
            nodes: &mut nodes,
        };
        match Mpy::open(&file).and_then(|mpy| verify(&mpy, &limits, &mut scratch)) {
            Ok(report) => {
                accepted += 1;
                most.n_functions += report.n_functions;
                most.depth = most.depth.max(report.depth);
                most.max_state = most.max_state.max(report.max_state);
                most.max_labels = most.max_labels.max(report.max_labels);
                most.max_nodes = most.max_nodes.max(report.max_nodes);
            }
            Err(error) => {
                eprintln!("{shown}: {error}");
                refused += 1;
            }
        }
    }
    println!(
        "{accepted} accepted, {refused} refused; {} functions",
        most.n_functions
    );
    println!(
        "nesting {}, frame {}, labels {}, nodes {}",
        most.depth, most.max_state, most.max_labels, most.max_nodes
    );
    if refused == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
