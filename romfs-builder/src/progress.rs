//! How far long work has come.

/// Is told of progress; any thread may call it.
pub trait Progress: Sync {
    /// A phase of `steps` steps begins.
    fn begin(&self, what: &'static str, steps: u64);
    /// One step is done.
    fn step(&self);
    /// The phase is over.
    fn end(&self);
}

/// Says nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Quiet;

impl Progress for Quiet {
    fn begin(&self, _: &'static str, _: u64) {}
    fn step(&self) {}
    fn end(&self) {}
}
