//! Words of a manifest: the part of Python's lexical rules that declarations need.

use super::Fault;

/// A word, or the layout that stands for Python's blocks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    Name(String),
    Text(String),
    Int(i64),
    /// One of `( ) [ ] , = : . + ==` and `!=`.
    Sign(&'static str),
    Newline,
    Indent,
    Dedent,
    End,
}

/// A word and its line, counted from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Placed {
    pub token: Token,
    pub line: usize,
}

const SIGNS: [&str; 11] = ["==", "!=", "(", ")", "[", "]", ",", "=", ":", ".", "+"];

/// Splits `source` into words.
///
/// # Errors
/// What is none of them, with its line.
pub(super) fn tokens(source: &str) -> Result<Vec<Placed>, Fault> {
    let mut lexer = Lexer {
        rest: source.strip_prefix('\u{feff}').unwrap_or(source),
        line: 1,
        depth: 0,
        indents: vec![0],
        tokens: Vec::new(),
    };
    lexer.run()?;
    Ok(lexer.tokens)
}

struct Lexer<'s> {
    rest: &'s str,
    line: usize,
    /// Open brackets, within which line ends mean nothing.
    depth: usize,
    indents: Vec<usize>,
    tokens: Vec<Placed>,
}

impl<'s> Lexer<'s> {
    fn run(&mut self) -> Result<(), Fault> {
        self.start_of_line()?;
        while let Some(first) = self.rest.chars().next() {
            match first {
                '\n' => {
                    self.advance(1);
                    self.line += 1;
                    if self.depth == 0 {
                        self.end_line();
                        self.start_of_line()?;
                    }
                }
                ' ' | '\t' | '\r' | '\x0c' => self.advance(1),
                '#' => self.advance(self.rest.find('\n').unwrap_or(self.rest.len())),
                '\\' => self.joined_line()?,
                '"' | '\'' => self.text(0)?,
                '0'..='9' => self.int()?,
                c if c == '_' || c.is_alphabetic() => self.word()?,
                _ => self.sign()?,
            }
        }
        if self.depth > 0 {
            return Err(self.fault("a bracket is not closed"));
        }
        self.end_line();
        while self.indents.pop().is_some_and(|indent| indent > 0) {
            self.push(Token::Dedent);
        }
        self.push(Token::End);
        Ok(())
    }

    fn fault(&self, what: impl Into<String>) -> Fault {
        Fault {
            line: self.line,
            what: what.into(),
        }
    }

    fn advance(&mut self, bytes: usize) {
        self.rest = &self.rest[bytes..];
    }

    fn push(&mut self, token: Token) {
        self.tokens.push(Placed {
            token,
            line: self.line,
        });
    }

    /// Ends a statement, where there is one.
    fn end_line(&mut self) {
        let open = self
            .tokens
            .last()
            .is_some_and(|t| !matches!(t.token, Token::Newline | Token::Indent | Token::Dedent));
        if open {
            let line = self.tokens.last().map_or(self.line, |t| t.line);
            self.tokens.push(Placed {
                token: Token::Newline,
                line,
            });
        }
    }

    /// Compares the indentation of the next line that says something with those around it.
    fn start_of_line(&mut self) -> Result<(), Fault> {
        loop {
            let text = self.rest.trim_start_matches([' ', '\t', '\x0c']);
            let indent = self.rest.len() - text.len();
            let blank = text.trim_start_matches('\r').is_empty()
                || text.starts_with(['\n', '#'])
                || text.starts_with("\r\n");
            if !blank {
                return self.indent(indent);
            }
            let Some(end) = self.rest.find('\n') else {
                self.rest = "";
                return Ok(());
            };
            self.advance(end + 1);
            self.line += 1;
        }
    }

    fn indent(&mut self, indent: usize) -> Result<(), Fault> {
        let mut current = self.indents.last().copied().unwrap_or(0);
        if indent > current {
            self.indents.push(indent);
            self.push(Token::Indent);
        }
        while indent < current {
            self.indents.pop();
            self.push(Token::Dedent);
            current = self.indents.last().copied().unwrap_or(0);
            if indent > current {
                return Err(self.fault("the indentation fits no block around it"));
            }
        }
        self.advance(indent);
        Ok(())
    }

    fn joined_line(&mut self) -> Result<(), Fault> {
        let line_end = ["\\\n", "\\\r\n"]
            .into_iter()
            .find(|end| self.rest.starts_with(end));
        let end = line_end.ok_or_else(|| self.fault("\\ is not at the end of its line"))?;
        self.advance(end.len());
        self.line += 1;
        Ok(())
    }

    fn word(&mut self) -> Result<(), Fault> {
        let end = self
            .rest
            .find(|c: char| c != '_' && !c.is_alphanumeric())
            .unwrap_or(self.rest.len());
        let word = &self.rest[..end];
        if self.rest[end..].starts_with(['"', '\'']) {
            return match word {
                "r" | "R" | "u" | "U" => self.text(end),
                _ => Err(self.fault(format!(
                    "{word}\"...\": write a plain string, a manifest knows no others"
                ))),
            };
        }
        let token = Token::Name(word.to_owned());
        self.push(token);
        self.advance(end);
        Ok(())
    }

    fn int(&mut self) -> Result<(), Fault> {
        let end = self
            .rest
            .find(|c: char| c != '_' && c != '.' && !c.is_ascii_alphanumeric())
            .unwrap_or(self.rest.len());
        let text = &self.rest[..end];
        let value = text
            .parse()
            .map_err(|_| self.fault(format!("{text}: write a plain decimal number")))?;
        self.push(Token::Int(value));
        self.advance(end);
        Ok(())
    }

    fn sign(&mut self) -> Result<(), Fault> {
        let sign = SIGNS
            .into_iter()
            .find(|sign| self.rest.starts_with(sign))
            .ok_or_else(|| {
                let c = self.rest.chars().next().unwrap_or(' ');
                self.fault(format!("{c:?}: a manifest holds declarations only"))
            })?;
        match sign {
            "(" | "[" => self.depth += 1,
            ")" | "]" => {
                self.depth = self
                    .depth
                    .checked_sub(1)
                    .ok_or_else(|| self.fault(format!("{sign} closes nothing")))?;
            }
            _ => {}
        }
        self.push(Token::Sign(sign));
        self.advance(sign.len());
        Ok(())
    }

    /// A string, behind a prefix of `prefix` bytes.
    fn text(&mut self, prefix: usize) -> Result<(), Fault> {
        let raw = self.rest[..prefix].eq_ignore_ascii_case("r");
        self.advance(prefix);
        let start = self.line;
        let quote = &self.rest[..1];
        let triple = [quote, quote, quote].concat();
        let long = self.rest.starts_with(&triple);
        let quote = if long { triple.as_str() } else { quote };
        self.advance(quote.len());
        let mut text = String::new();
        loop {
            if self.rest.starts_with(quote) {
                self.advance(quote.len());
                break;
            }
            let Some(c) = self.rest.chars().next().filter(|c| long || *c != '\n') else {
                return Err(Fault {
                    line: start,
                    what: "a string is not closed".into(),
                });
            };
            self.advance(c.len_utf8());
            match c {
                '\\' if !raw => self.escape(&mut text)?,
                '\\' => {
                    text.push('\\');
                    // A raw string keeps the backslash before its quote.
                    if let Some(next) = self.rest.chars().next().filter(|c| *c != '\n') {
                        text.push(next);
                        self.advance(next.len_utf8());
                    }
                }
                _ => {
                    self.line += usize::from(c == '\n');
                    text.push(c);
                }
            }
        }
        self.tokens.push(Placed {
            token: Token::Text(text),
            line: start,
        });
        Ok(())
    }

    fn escape(&mut self, text: &mut String) -> Result<(), Fault> {
        let Some(c) = self.rest.chars().next() else {
            return Ok(());
        };
        self.advance(c.len_utf8());
        match c {
            'n' => text.push('\n'),
            't' => text.push('\t'),
            '\\' | '\'' | '"' => text.push(c),
            '\n' => self.line += 1,
            _ => return Err(self.fault(format!("\\{c}: an escape that no path needs"))),
        }
        Ok(())
    }
}
