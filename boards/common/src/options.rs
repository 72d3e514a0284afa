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
    pub fn parse(line: &[u8]) -> Options {
        let mut options = Options::default();
        for word in line.split(u8::is_ascii_whitespace) {
            match word {
                b"report" => options.report = true,
                b"exit" => options.exit = true,
                b"each" => options.each = true,
                _ => options.parse_number(word),
            }
        }
        options
    }

    fn parse_number(&mut self, word: &[u8]) {
        for (name, option) in [
            (&b"memory="[..], &mut self.memory),
            (b"stack=", &mut self.stack),
        ] {
            if let Some(digits) = word.strip_prefix(name) {
                *option = number(digits);
            }
        }
    }
}

fn number(digits: &[u8]) -> Option<usize> {
    digits.iter().try_fold(0_usize, |number, digit| {
        let digit = char::from(*digit).to_digit(10)?;
        number.checked_mul(10)?.checked_add(digit as usize)
    })
}
