//! The VM's formatting, number reading and regular expressions against a real MicroPython.

use std::convert::Infallible;
use std::fmt::Write as _;

use romfs_tests::oracle::Oracle;
use romfs_vm::codec::Sink;
use romfs_vm::num::big::{Word, radix};
use romfs_vm::num::field::{Field, Radix};
use romfs_vm::num::float::format::format as format_float;
use romfs_vm::num::format_spec::{Count, Directive, float_style, parse};
use romfs_vm::num::parse;
use romfs_vm::re;

/// Cases of each kind.
const CASES: usize = 1500;

struct Written(Vec<u8>);

impl Sink for Written {
    type Error = Infallible;

    fn write(&mut self, bytes: &[u8]) -> Result<(), Infallible> {
        self.0.extend_from_slice(bytes);
        Ok(())
    }
}

fn written(write: impl FnOnce(&mut Written) -> Result<(), Infallible>) -> String {
    let mut out = Written(Vec::new());
    let Ok(()) = write(&mut out);
    String::from_utf8(out.0).expect("ASCII")
}

/// The same numbers on every run (Knuth's multiplicative generator).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        self.0 >> 20
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    fn of<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[self.below(choices.len())]
    }

    fn integer(&mut self) -> i64 {
        let shift = self.below(44) as u32;
        (self.next() >> shift) as i64 * if self.below(2) == 0 { 1 } else { -1 }
    }
}

fn integer(field: Field, letter: u8, value: i64) -> String {
    let kind = Radix::of_type(letter).expect("a type of integers");
    let mut digits = Word::from(value.unsigned_abs()).as_int().digits().to_vec();
    let mut text = [0; 65];
    let start = radix::to_text(&mut text, &mut digits, kind.base(), kind.is_upper());
    written(|out| field.integer(out, value < 0, &text[start..], kind))
}

/// A Python expression and the text that it must print.
type Case = (String, String);

fn format_cases(random: &mut Random) -> Case {
    let value = random.integer();
    let mut spec = random
        .of(&["", "", "<", ">", "=", "*^", "x<", "0>"])
        .to_string();
    spec += random.of(&["", "+", "-", " "]);
    spec += random.of(&["", "#"]);
    spec += random.of(&["", "0"]);
    write!(spec, "{}", 1 + random.below(24)).expect("a String takes all");
    spec += random.of(&["", "", ",", "_"]);
    spec += random.of(&["b", "d", "o", "x", "X", "n"]);
    let parsed = parse(spec.as_bytes(), true).expect("a valid specifier");
    let text = integer(parsed.integer_field(), parsed.kind, value);
    (format!("'{{:{spec}}}'.format({value})"), text)
}

fn percent_cases(random: &mut Random) -> Case {
    let value = random.integer();
    let mut directive = (0..3)
        .map(|_| random.of(&["", "-", "+", " ", "#", "0"]))
        .collect::<String>();
    write!(directive, "{}", 1 + random.below(20)).expect("a String takes all");
    directive += random.of(&["", ".", ".3", ".12"]);
    directive += random.of(&["d", "x", "X", "o"]);
    let parsed = Directive::parse(directive.as_bytes()).expect("a valid directive");
    let given = |count| {
        if let Count::Value(value) = count {
            Some(value)
        } else {
            None
        }
    };
    let field = Field {
        width: given(parsed.width).unwrap_or(0),
        precision: given(parsed.precision),
        ..parsed.field
    };
    (
        format!("'%{directive}' % {value}"),
        integer(field, parsed.kind, value),
    )
}

/// Up to 12 digits: past them the width of the host's `long double` shows.
fn float_cases(random: &mut Random) -> Case {
    let literal = format!("{}e{}", random.integer(), random.below(500) as i32 - 250);
    let spec = format!(
        "{}.{}{}",
        1 + random.below(20),
        random.below(12),
        random.of(&["e", "g", "E", "G"])
    );
    let parsed = parse(spec.as_bytes(), true).expect("a valid specifier");
    let value: f64 = parse::float(literal.as_bytes()).expect("a valid float");
    let style = float_style(parsed.kind, &parsed.field).expect("a type of floats");
    let text = written(|out| parsed.field.float(out, &format_float(value, style)));
    (format!("'{{:{spec}}}'.format(float('{literal}'))"), text)
}

/// Patterns without nested repeats, so that neither side takes long.
fn re_cases(random: &mut Random) -> Case {
    let atoms = [
        "a", "b", ".", "[ab]", "[^a]", "\\d", "\\w", "(a)", "(?:a|b)", "(b|\\d)", "^", "$", "|",
        "[a-c1]", ")",
    ];
    let mut pattern = String::new();
    for _ in 0..1 + random.below(5) {
        pattern += random.of(&atoms);
        pattern += random.of(&["", "", "", "*", "+", "?", "*?", "+?", "??"]);
    }
    let text: String = (0..random.below(9))
        .map(|_| random.of(&["a", "b", "1", "c", " "]))
        .collect();
    let mut nests = [re::Nest::default(); 8];
    let mut code = [0; 256];
    let expression = format!("search(r'{pattern}', '{text}')");
    let program = match re::compile(pattern.as_bytes(), &mut code, &mut nests) {
        Ok(program) => program,
        Err(error) => return (expression, error.message().text().into()),
    };
    let mut positions = vec![0; program.positions()];
    let mut stack = [re::Entry::default(); 200];
    let subject = re::Subject {
        text: text.as_bytes(),
        start: 0,
    };
    let code = &code[..program.code_len];
    let found = re::find(
        code,
        subject,
        false,
        &mut positions,
        &mut stack,
        &mut || true,
    );
    let shown = |pair: &[u32]| match pair {
        [re::NO_POSITION, _] => "None".to_string(),
        range => format!("'{}'", &text[range[0] as usize..range[1] as usize]),
    };
    let groups: Vec<String> = positions.chunks(2).map(shown).collect();
    let result = match found {
        Ok(true) => groups.join(" "),
        Ok(false) => "None".into(),
        Err(error) => panic!("{pattern} on {text}: {error:?}"),
    };
    (expression, result)
}

const SEARCH: &str = "\
import re
def search(pattern, text):
    try:
        found = re.search(pattern, text)
    except ValueError as error:
        return error.args[0]
    if found is None:
        return 'None'
    groups = []
    while True:
        try:
            groups.append(repr(found.group(len(groups))))
        except IndexError:
            return ' '.join(groups)
";

#[test]
fn texts_are_those_of_micropython() {
    let Some(oracle) = Oracle::find() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let mut random = Random(1);
    for (name, make) in [
        ("format", format_cases as fn(&mut Random) -> Case),
        ("percent", percent_cases),
        ("float", float_cases),
        ("re", re_cases),
    ] {
        let cases: Vec<Case> = (0..CASES).map(|_| make(&mut random)).collect();
        let mut source = SEARCH.to_string();
        for (expression, _) in &cases {
            writeln!(source, "print({expression})").expect("a String takes all");
        }
        let path = folder.path().join(name).with_extension("py");
        std::fs::write(&path, source).expect("the folder takes a file");
        let runs = oracle.run(&[path]);
        assert_eq!(runs[0].error, None, "{name}");
        let printed: Vec<&str> = runs[0].stdout.lines().collect();
        assert_eq!(printed.len(), CASES);
        for ((expression, ours), theirs) in cases.iter().zip(printed) {
            assert_eq!(ours, theirs, "{expression}");
        }
    }
}
