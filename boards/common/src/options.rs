//! What whoever starts the firmware wants of it: words on the emulator's command line.

/// The wishes. A board on its own has none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Options {
    /// `report`: print what the program took (see [`program`](crate::program)).
    pub report: bool,
    /// `exit`: end the emulation with the program's status once it has ended, rather than going on serving.
    pub exit: bool,
    /// `each`: run every module of the image's root, not only `main`.
    pub each: bool,
}

impl Options {
    /// The options among the words of a command line. Other words mean nothing.
    pub fn parse(line: &str) -> Options {
        let has = |word| line.split_ascii_whitespace().any(|have| have == word);
        Options {
            report: has("report"),
            exit: has("exit"),
            each: has("each"),
        }
    }
}
