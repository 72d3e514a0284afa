//! A program that appends, renames and deletes files while it runs from the image; the power is cut at every flash
//! operation of it. After each cut the program that runs next finds every file as it was before or after the step that was cut, and
//! goes on writing.

use std::collections::BTreeMap;

use flash_sim::sweep::Seeds;
use flash_sim::{Moment, Tear};
use romfs_tests::machine::{Flash, Machine, SECTOR, flash, image};

/// What the program does, a step a boot: the step's number is in `step`.
const PROGRAM: &[u8] = b"
import os, sys

def append(name, text):
    with open(name, 'a') as f:
        f.write(text)

def replace(name, text):
    with open(name + '.new', 'w') as f:
        f.write(text)
    os.rename(name + '.new', name)

STEPS = (
    lambda: append('/log', 'a' * 100),
    lambda: replace('/config', 'mode=1'),
    lambda: append('/log', 'b' * 900),
    lambda: os.mkdir('/old'),
    lambda: replace('/config', 'mode=2' * 40),
    lambda: os.rename('/log', '/old/log'),
    lambda: append('/log', 'c' * 300),
    lambda: append('/log', 'd' * 5000),
    lambda: os.remove('/old/log'),
    lambda: os.rmdir('/old'),
)
STEPS[@STEP]()
";

/// Prints every file and its content.
const READER: &[u8] = b"
import os

def show(folder):
    for name, kind, *_ in os.ilistdir(folder):
        path = folder.rstrip('/') + '/' + name
        if path == '/rom':
            continue
        if kind == 0x4000:
            print(path, '-')
            show(path)
        else:
            with open(path) as f:
                print(path, f.read())

show('/')
with open('/goes.on', 'w') as f:
    f.write('written')
assert open('/goes.on').read() == 'written'
os.remove('/goes.on')
";
const STEPS: usize = 10;

/// Content by path.
type Files = BTreeMap<String, String>;

fn read(machine: &Machine<'_>, flash: &mut Flash) -> Result<Files, String> {
    let out = machine.run(flash)?;
    Ok(out
        .lines()
        .filter_map(|line| line.split_once(' '))
        .map(|(path, text)| (path.to_owned(), text.to_owned()))
        .collect())
}

/// littlefs takes cells to read the same each time, so weak ones are left out.
fn is_firm(moment: Moment) -> bool {
    !matches!(
        moment,
        Moment::Torn(Tear::Scatter | Tear::WeakDone | Tear::WeakUndone)
    )
}

/// Every file as before, as after, or new and empty: making a file and writing it are two steps. The name that a file has
/// until it replaces another may be left over.
fn is_allowed(found: &Files, before: &Files, after: &Files) -> bool {
    let known = before.keys().chain(after.keys());
    let right = |path: &String| match found.get(path) {
        None => !before.contains_key(path) || !after.contains_key(path),
        Some(text) => {
            before.get(path) == Some(text)
                || after.get(path) == Some(text)
                || (!before.contains_key(path) && text.is_empty())
        }
    };
    // What a rename moves is under one of its names.
    let lost = before
        .iter()
        .filter(|(path, _)| !after.contains_key(*path))
        .any(|(path, text)| {
            let moved = after.values().any(|other| other == text);
            moved && !found.contains_key(path) && !found.values().any(|other| other == text)
        });
    known.clone().all(right)
        && !lost
        && found
            .keys()
            .all(|path| path.ends_with(".new") || known.clone().any(|known| known == path))
}

#[test]
fn a_program_that_runs_from_the_image_is_cut_at_every_flash_operation() {
    let images: Option<Vec<_>> = (0..STEPS)
        .map(|step| {
            let text = String::from_utf8_lossy(PROGRAM).replace("@STEP", &step.to_string());
            image(&[("main.py", text.as_bytes())])
        })
        .collect();
    let (Some(images), Some(reader)) = (images, image(&[("main.py", READER)])) else {
        return;
    };
    let reader = Machine::new(&reader);
    let seeds = Seeds {
        scatter: 0,
        other: 2,
    };
    let mut flash = flash(16);
    let mut before = read(&reader, &mut flash).unwrap();
    let (mut operations, mut cuts) = (0, 0);
    for (step, program) in images.iter().enumerate() {
        flash.chip_mut().start_recording();
        Machine::new(program).run(&mut flash).unwrap();
        let recorded = flash.chip_mut().take_steps();
        let after = read(&reader, &mut flash).unwrap();
        operations += recorded.len();
        for (index, operation) in recorded.iter().enumerate() {
            for cut in operation.cuts(index as u64, seeds) {
                if !is_firm(cut.moment) {
                    continue;
                }
                cuts += 1;
                let mut flash = Flash::new(operation.after(cut)).unwrap();
                let found = read(&reader, &mut flash)
                    .unwrap_or_else(|error| panic!("step {step}, {cut}: {error}"));
                assert!(
                    is_allowed(&found, &before, &after),
                    "step {step}, {cut}: {found:?}"
                );
            }
        }
        before = after;
    }
    println!(
        "{operations} flash operations in blocks of {SECTOR}, {cuts} cuts: each the old or the new content"
    );
    assert!(cuts > 300, "{cuts}");
}
