//! Real MicroPython, as a WebAssembly build under node (`tests/oracle`).

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;

use crate::tools;

/// What a source printed.
#[derive(Debug, Deserialize)]
pub struct Run {
    /// The source's path, as given.
    pub path: PathBuf,
    /// What it printed.
    pub stdout: String,
    /// The traceback of an exception that nothing caught.
    pub error: Option<String>,
}

/// The oracle, where node and its package are installed.
#[derive(Debug)]
pub struct Oracle {
    runner: PathBuf,
}

impl Oracle {
    /// Finds the oracle; `None` as [`tools::missing`] says.
    pub fn find() -> Option<Oracle> {
        let folder = tools::root().join("tests/oracle");
        tools::present(
            folder.join("node_modules/@micropython"),
            "scripts/setup.sh node",
        )?;
        if tools::version("node").is_none() {
            return tools::missing("node", "scripts/setup.sh node");
        }
        Some(Oracle {
            runner: folder.join("run.mjs"),
        })
    }

    /// Runs sources, each in an interpreter of its own, and gives their results in the same order.
    ///
    /// # Panics
    /// Where node does not run or gives up: the oracle itself is then broken.
    pub fn run(&self, sources: &[PathBuf]) -> Vec<Run> {
        let mut node = Command::new("node")
            .arg(&self.runner)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node starts");
        let mut stdin = node.stdin.take().expect("standard input is a pipe");
        let list: String = sources
            .iter()
            .map(|path| format!("{}\n", path.display()))
            .collect();
        // The runner reads the whole list before it prints, so this cannot deadlock.
        stdin
            .write_all(list.as_bytes())
            .expect("node takes the list");
        drop(stdin);
        let output = BufReader::new(node.stdout.take().expect("standard output is a pipe"));
        let runs = output
            .lines()
            .map(|line| {
                serde_json::from_str(&line.expect("node prints UTF-8")).expect("a line is a result")
            })
            .collect();
        let status = node.wait().expect("node ends");
        assert!(status.success(), "the oracle ended with {status}");
        runs
    }

    /// Runs a tree's `main.py`, with the tree at /rom, and gives what it printed.
    ///
    /// # Panics
    /// Where it does not exit with 0.
    pub fn run_tree(&self, folder: &Path) -> String {
        let output = Command::new("node")
            .arg(&self.runner)
            .arg("--tree")
            .arg(folder)
            .output()
            .expect("node starts");
        assert!(
            output.status.success(),
            "{}: {}",
            folder.display(),
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).expect("the output is UTF-8")
    }
}
