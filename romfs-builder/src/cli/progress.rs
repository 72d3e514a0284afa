//! A progress bar on long work.

use std::io::IsTerminal;
use std::sync::OnceLock;

use indicatif::{ProgressBar, ProgressStyle};
use romfs_builder::progress::{Progress, Quiet};

/// A bar on standard error, or nothing where that is no terminal.
pub fn for_terminal() -> Box<dyn Progress> {
    if std::io::stderr().is_terminal() {
        Box::new(Bar::default())
    } else {
        Box::new(Quiet)
    }
}

#[derive(Default)]
struct Bar {
    bar: OnceLock<ProgressBar>,
}

impl Progress for Bar {
    fn begin(&self, what: &'static str, steps: u64) {
        let bar = self.bar.get_or_init(|| ProgressBar::new(steps));
        if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len}") {
            bar.set_style(style);
        }
        bar.set_message(what);
    }

    fn step(&self) {
        if let Some(bar) = self.bar.get() {
            bar.inc(1);
        }
    }

    fn end(&self) {
        if let Some(bar) = self.bar.get() {
            bar.finish_and_clear();
        }
    }
}
