//! Statements of a manifest: calls, and conditions on its options.

use super::Fault;
use super::token::{Placed, Token, tokens};

/// A statement and its line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Statement {
    pub line: usize,
    pub what: What,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum What {
    /// A call of a function by its name, `options.defaults` among them.
    Call { name: String, arguments: Arguments },
    /// Conditions in order, each with its block; the condition of `else` is `True`.
    If(Vec<(Expr, Vec<Statement>)>),
    /// `for NAME in VALUES:`
    For {
        name: String,
        values: Expr,
        block: Vec<Statement>,
    },
}

/// Arguments of a call.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Arguments {
    pub positional: Vec<Expr>,
    pub named: Vec<(String, Expr)>,
}

/// A value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Expr {
    None,
    Bool(bool),
    Int(i64),
    Text(String),
    List(Vec<Expr>),
    /// A name that `for` binds.
    Variable(String),
    /// `options.NAME`
    Option(String),
    Not(Box<Expr>),
    And(Box<Expr>, Box<Expr>),
    Or(Box<Expr>, Box<Expr>),
    Equal(Box<Expr>, Box<Expr>),
    Join(Box<Expr>, Box<Expr>),
}

/// Deepest nesting of brackets, `not` and blocks: a manifest is not trusted to spare the stack.
const DEPTH_MAX: usize = 32;

/// The statements of `source`.
///
/// # Errors
/// Anything else that Python allows, with its line.
pub(super) fn parse(source: &str) -> Result<Vec<Statement>, Fault> {
    let tokens = tokens(source)?;
    let mut parser = Parser {
        tokens: &tokens,
        at: 0,
        depth: 0,
    };
    let mut statements = Vec::new();
    while parser.peek() != &Token::End {
        parser.statement(&mut statements)?;
    }
    Ok(statements)
}

struct Parser<'t> {
    tokens: &'t [Placed],
    at: usize,
    depth: usize,
}

const END: &Placed = &Placed {
    token: Token::End,
    line: 0,
};

impl Parser<'_> {
    fn here(&self) -> &Placed {
        self.tokens
            .get(self.at)
            .or(self.tokens.last())
            .unwrap_or(END)
    }

    fn peek(&self) -> &Token {
        &self.here().token
    }

    fn next(&mut self) -> Token {
        let token = self.peek().clone();
        self.at += 1;
        token
    }

    fn fault(&self, what: impl Into<String>) -> Fault {
        Fault {
            line: self.here().line,
            what: what.into(),
        }
    }

    fn take(&mut self, sign: &str) -> bool {
        let found = matches!(self.peek(), Token::Sign(s) if *s == sign);
        self.at += usize::from(found);
        found
    }

    fn take_word(&mut self, word: &str) -> bool {
        let found = matches!(self.peek(), Token::Name(n) if n == word);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, sign: &str) -> Result<(), Fault> {
        if self.take(sign) {
            return Ok(());
        }
        Err(self.fault(format!("{sign:?} is missing")))
    }

    fn end_of_statement(&mut self) -> Result<(), Fault> {
        match self.peek() {
            Token::Newline => {
                self.at += 1;
                Ok(())
            }
            Token::End => Ok(()),
            _ => Err(self.fault("a statement of a manifest is one call on lines of its own")),
        }
    }

    fn enter(&mut self) -> Result<(), Fault> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(self.fault("nested too deeply"));
        }
        Ok(())
    }

    fn statement(&mut self, into: &mut Vec<Statement>) -> Result<(), Fault> {
        let line = self.here().line;
        let what = match self.peek().clone() {
            Token::Text(_) => {
                // A docstring.
                self.at += 1;
                return self.end_of_statement();
            }
            Token::Name(word) => {
                self.at += 1;
                match word.as_str() {
                    "pass" => return self.end_of_statement(),
                    "if" => self.condition()?,
                    "for" => self.repetition()?,
                    _ => self.call(word)?,
                }
            }
            _ => return Err(self.fault(ONLY)),
        };
        into.push(Statement { line, what });
        Ok(())
    }

    fn condition(&mut self) -> Result<What, Fault> {
        let mut branches = Vec::new();
        let condition = self.expr()?;
        branches.push((condition, self.block()?));
        loop {
            if self.take_word("elif") {
                let condition = self.expr()?;
                branches.push((condition, self.block()?));
            } else if self.take_word("else") {
                branches.push((Expr::Bool(true), self.block()?));
                return Ok(What::If(branches));
            } else {
                return Ok(What::If(branches));
            }
        }
    }

    fn repetition(&mut self) -> Result<What, Fault> {
        let Token::Name(name) = self.next() else {
            self.at -= 1;
            return Err(self.fault("write for NAME in (...):"));
        };
        if !self.take_word("in") {
            return Err(self.fault("write for NAME in (...):"));
        }
        let values = self.expr()?;
        let block = self.block()?;
        Ok(What::For {
            name,
            values,
            block,
        })
    }

    fn block(&mut self) -> Result<Vec<Statement>, Fault> {
        self.expect(":")?;
        self.enter()?;
        let mut block = Vec::new();
        if self.peek() == &Token::Newline {
            self.at += 1;
            if self.peek() != &Token::Indent {
                return Err(self.fault("an indented block is missing"));
            }
            self.at += 1;
            while self.peek() != &Token::Dedent {
                if self.peek() == &Token::End {
                    break;
                }
                self.statement(&mut block)?;
            }
            self.at += usize::from(self.peek() == &Token::Dedent);
        } else {
            self.statement(&mut block)?;
        }
        self.depth -= 1;
        Ok(block)
    }

    fn call(&mut self, mut name: String) -> Result<What, Fault> {
        if name == "options" && self.take(".") {
            let Token::Name(method) = self.next() else {
                self.at -= 1;
                return Err(self.fault(ONLY));
            };
            name = format!("options.{method}");
        }
        if !self.take("(") {
            self.at -= 1;
            return Err(self.fault(format!("{name}: {ONLY}")));
        }
        let mut arguments = Arguments::default();
        while !self.take(")") {
            let named = match (self.peek(), self.tokens.get(self.at + 1).map(|t| &t.token)) {
                (Token::Name(name), Some(Token::Sign("="))) => Some(name.clone()),
                _ => None,
            };
            match named {
                Some(name) => {
                    self.at += 2;
                    let value = self.expr()?;
                    arguments.named.push((name, value));
                }
                None if arguments.named.is_empty() => arguments.positional.push(self.expr()?),
                None => return Err(self.fault("a positional argument follows a named one")),
            }
            if !self.take(",") && !matches!(self.peek(), Token::Sign(")")) {
                return Err(self.fault("\",\" or \")\" is missing"));
            }
        }
        self.end_of_statement()?;
        Ok(What::Call { name, arguments })
    }

    fn expr(&mut self) -> Result<Expr, Fault> {
        let mut left = self.conjunction()?;
        while self.take_word("or") {
            left = Expr::Or(Box::new(left), Box::new(self.conjunction()?));
        }
        Ok(left)
    }

    fn conjunction(&mut self) -> Result<Expr, Fault> {
        let mut left = self.negation()?;
        while self.take_word("and") {
            left = Expr::And(Box::new(left), Box::new(self.negation()?));
        }
        Ok(left)
    }

    fn negation(&mut self) -> Result<Expr, Fault> {
        if !self.take_word("not") {
            return self.comparison();
        }
        self.enter()?;
        let value = self.negation()?;
        self.depth -= 1;
        Ok(Expr::Not(Box::new(value)))
    }

    fn comparison(&mut self) -> Result<Expr, Fault> {
        let left = self.sum()?;
        if self.take("==") {
            return Ok(Expr::Equal(Box::new(left), Box::new(self.sum()?)));
        }
        if self.take("!=") {
            let equal = Expr::Equal(Box::new(left), Box::new(self.sum()?));
            return Ok(Expr::Not(Box::new(equal)));
        }
        Ok(left)
    }

    fn sum(&mut self) -> Result<Expr, Fault> {
        let mut left = self.value()?;
        while self.take("+") {
            left = Expr::Join(Box::new(left), Box::new(self.value()?));
        }
        Ok(left)
    }

    fn value(&mut self) -> Result<Expr, Fault> {
        match self.next() {
            Token::Int(value) => Ok(Expr::Int(value)),
            Token::Text(mut text) => {
                // Strings side by side are one.
                while let Token::Text(more) = self.peek() {
                    text.push_str(more);
                    self.at += 1;
                }
                Ok(Expr::Text(text))
            }
            Token::Name(name) => self.named_value(name),
            Token::Sign("(") => self.list(")"),
            Token::Sign("[") => self.list("]"),
            _ => {
                self.at -= 1;
                Err(self.fault("a value is missing: a string, a number, True, False, None, a list or options.NAME"))
            }
        }
    }

    fn named_value(&mut self, name: String) -> Result<Expr, Fault> {
        Ok(match name.as_str() {
            "True" => Expr::Bool(true),
            "False" => Expr::Bool(false),
            "None" => Expr::None,
            "options" if self.take(".") => match self.next() {
                Token::Name(name) => Expr::Option(name),
                _ => return Err(self.fault("write options.NAME")),
            },
            _ if matches!(self.peek(), Token::Sign("(" | "." | "[")) => {
                return Err(self.fault(format!("{name}: {ONLY}")));
            }
            _ => Expr::Variable(name),
        })
    }

    /// A tuple, a list, or a value in brackets.
    fn list(&mut self, close: &str) -> Result<Expr, Fault> {
        self.enter()?;
        let mut items = Vec::new();
        let mut comma = close == "]";
        while !self.take(close) {
            items.push(self.expr()?);
            if self.take(",") {
                comma = true;
            } else if !matches!(self.peek(), Token::Sign(s) if *s == close) {
                return Err(self.fault(format!("\",\" or {close:?} is missing")));
            }
        }
        self.depth -= 1;
        if !comma && items.len() == 1 {
            return Ok(items.remove(0));
        }
        Ok(Expr::List(items))
    }
}

const ONLY: &str = "not part of what romfs reads of a manifest: calls of metadata, module, package, include, require, add_library and \
    options.defaults, with if and for around them";
