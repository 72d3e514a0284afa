//! The qstr table, and the static qstrs that files name by id.

use crate::error::{Error, ErrorKind};
use crate::reader::Reader;
use crate::text::Text;

/// Longest qstr, in bytes: stock MicroPython keeps the length in one byte.
pub const QSTR_BYTES_MAX: u32 = 255;

/// Texts of the static qstrs; id `n` is at `n - 1`. The ids are part of the .mpy format.
#[rustfmt::skip]
const STATIC: [&str; 165] = [
    "", "__dir__", "\n", " ", "*", "/", "<module>", "_", "__call__", "__class__", "__delitem__", "__enter__", "__exit__",
    "__getattr__", "__getitem__", "__hash__", "__init__", "__int__", "__iter__", "__len__", "__main__", "__module__", "__name__",
    "__new__", "__next__", "__qualname__", "__repr__", "__setitem__", "__str__", "ArithmeticError", "AssertionError",
    "AttributeError", "BaseException", "EOFError", "Ellipsis", "Exception", "GeneratorExit", "ImportError", "IndentationError",
    "IndexError", "KeyError", "KeyboardInterrupt", "LookupError", "MemoryError", "NameError", "NoneType", "NotImplementedError",
    "OSError", "OverflowError", "RuntimeError", "StopIteration", "SyntaxError", "SystemExit", "TypeError", "ValueError",
    "ZeroDivisionError", "abs", "all", "any", "append", "args", "bool", "builtins", "bytearray", "bytecode", "bytes", "callable",
    "chr", "classmethod", "clear", "close", "const", "copy", "count", "dict", "dir", "divmod", "end", "endswith", "eval", "exec",
    "extend", "find", "format", "from_bytes", "get", "getattr", "globals", "hasattr", "hash", "id", "index", "insert", "int",
    "isalpha", "isdigit", "isinstance", "islower", "isspace", "issubclass", "isupper", "items", "iter", "join", "key", "keys",
    "len", "list", "little", "locals", "lower", "lstrip", "main", "map", "micropython", "next", "object", "open", "ord", "pop",
    "popitem", "pow", "print", "range", "read", "readinto", "readline", "remove", "replace", "repr", "reverse", "rfind", "rindex",
    "round", "rsplit", "rstrip", "self", "send", "sep", "set", "setattr", "setdefault", "sort", "sorted", "split", "start",
    "startswith", "staticmethod", "step", "stop", "str", "strip", "sum", "super", "throw", "to_bytes", "tuple", "type", "update",
    "upper", "utf-8", "value", "values", "write", "zip",
];

/// The texts of the static qstrs: id 1 first.
pub const fn static_qstrs() -> &'static [&'static str] {
    &STATIC
}

/// The text of a static qstr.
pub fn static_qstr(id: u32) -> Option<&'static str> {
    STATIC.get(id.checked_sub(1)? as usize).copied()
}

/// One entry of the qstr table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Qstr<'a> {
    /// Where the entry starts.
    pub at: u32,
    /// Which text it is.
    pub source: QstrSource<'a>,
}

/// Where an entry's text is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum QstrSource<'a> {
    /// In the reader: a static qstr's id, 1 to 165.
    Static(u8),
    /// In the file: the text, where it starts, and a NUL after it.
    Text {
        /// The text.
        text: Text<'a>,
        /// Its first byte's offset.
        at: u32,
    },
}

impl<'a> Qstr<'a> {
    /// The text.
    pub fn text(&self) -> Text<'a> {
        match self.source {
            QstrSource::Static(id) => Text::from_str(STATIC[usize::from(id) - 1]),
            QstrSource::Text { text, .. } => text,
        }
    }

    /// Passes over one, which is checked: its first number, which says its kind and id or length.
    pub(crate) fn pass(reader: &mut Reader<'a>) -> Result<u32, Error> {
        let start = *reader;
        let head = reader.vuint()?;
        let value = head >> 1;
        if head & 1 == 1 {
            // The texts are not asked: a reader that has them elsewhere does without this table.
            return match (1..=STATIC.len() as u32).contains(&value) {
                true => Ok(head),
                false => Err(start.error(ErrorKind::StaticQstr(value))),
            };
        }
        if value > QSTR_BYTES_MAX {
            return Err(start.error(ErrorKind::QstrTooLong(value)));
        }
        reader.text(value)?;
        reader.nul()?;
        Ok(head)
    }

    pub(crate) fn read(reader: &mut Reader<'a>) -> Result<Qstr<'a>, Error> {
        let start = *reader;
        let head = Self::pass(reader)?;
        let source = match head & 1 {
            1 => QstrSource::Static((head >> 1) as u8),
            _ => {
                let mut passed = start;
                let length = passed.vuint()?;
                let at = passed.position();
                let text = passed.text(length >> 1)?;
                QstrSource::Text { text, at }
            }
        };
        Ok(Qstr {
            at: start.position(),
            source,
        })
    }
}

/// The entries of a file's qstr table, in order.
#[derive(Clone, Debug)]
pub struct Qstrs<'a> {
    reader: Reader<'a>,
    left: u32,
}

impl<'a> Qstrs<'a> {
    pub(crate) fn new(reader: Reader<'a>, left: u32) -> Self {
        Qstrs { reader, left }
    }
}

impl<'a> Iterator for Qstrs<'a> {
    type Item = Qstr<'a>;

    fn next(&mut self) -> Option<Qstr<'a>> {
        self.left = self.left.checked_sub(1)?;
        // The table was read once when the file was opened, so this cannot fail.
        Qstr::read(&mut self.reader).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn static_ids_count_from_one() {
        assert_eq!(static_qstrs().len(), 165);
        let expected = [
            (1, ""),
            (7, "<module>"),
            (33, "BaseException"),
            (100, "issubclass"),
            (137, "self"),
            (165, "zip"),
        ];
        for (id, text) in expected {
            assert_eq!(static_qstr(id), Some(text));
        }
        assert_eq!(static_qstr(0), None);
        assert_eq!(static_qstr(166), None);
    }
}
