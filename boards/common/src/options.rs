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
    /// `memory=BYTES`: what the VM gets of the board's memory, where that is less than it has.
    pub memory: Option<usize>,
    /// `stack=BYTES`: how much of it the VM's value stack takes.
    pub stack: Option<usize>,
}

impl Options {
    /// The options among the words of a command line. Other words mean nothing.
    pub fn parse(line: &str) -> Options {
        let words = line.split_ascii_whitespace();
        let has = |word| words.clone().any(|have| have == word);
        let number = |name| {
            let given = words.clone().find_map(|word| word.strip_prefix(name));
            given.and_then(|digits| digits.parse().ok())
        };
        Options {
            report: has("report"),
            exit: has("exit"),
            each: has("each"),
            memory: number("memory="),
            stack: number("stack="),
        }
    }
}
