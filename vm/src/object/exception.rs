//! Exception types.

use crate::native::{TypeDef, TypeSpec};
use crate::q;
use crate::type_def;

macro_rules! exceptions {
    ($($(#[$doc:meta])* $name:ident = $text:literal : $parent:expr;)*) => {
        $($(#[$doc])* pub static $name: TypeDef = type_def!(TypeSpec {
            parent: $parent,
            make_new: Some(crate::raise::make_exception),
            print: Some(crate::raise::print_exception),
            attr: Some(crate::raise::exception_attr),
            ..TypeSpec::new(q!($text))
        });)*

        /// All of them, for `builtins`.
        pub static ALL: &[&TypeDef] = &[$(&$name,)*];
    };
}

// build.rs collects names from literals: q!("StopAsyncIteration") q!("UnicodeError")
exceptions! {
    /// `BaseException`
    BASE_EXCEPTION = "BaseException": None;
    /// `SystemExit`
    SYSTEM_EXIT = "SystemExit": Some(&BASE_EXCEPTION);
    /// `KeyboardInterrupt`
    KEYBOARD_INTERRUPT = "KeyboardInterrupt": Some(&BASE_EXCEPTION);
    /// `GeneratorExit`
    GENERATOR_EXIT = "GeneratorExit": Some(&BASE_EXCEPTION);
    /// `Exception`
    EXCEPTION = "Exception": Some(&BASE_EXCEPTION);
    /// `StopAsyncIteration`
    STOP_ASYNC_ITERATION = "StopAsyncIteration": Some(&EXCEPTION);
    /// `StopIteration`
    STOP_ITERATION = "StopIteration": Some(&EXCEPTION);
    /// `ArithmeticError`
    ARITHMETIC_ERROR = "ArithmeticError": Some(&EXCEPTION);
    /// `OverflowError`
    OVERFLOW_ERROR = "OverflowError": Some(&ARITHMETIC_ERROR);
    /// `ZeroDivisionError`
    ZERO_DIVISION_ERROR = "ZeroDivisionError": Some(&ARITHMETIC_ERROR);
    /// `AssertionError`
    ASSERTION_ERROR = "AssertionError": Some(&EXCEPTION);
    /// `AttributeError`
    ATTRIBUTE_ERROR = "AttributeError": Some(&EXCEPTION);
    /// `EOFError`
    EOF_ERROR = "EOFError": Some(&EXCEPTION);
    /// `ImportError`
    IMPORT_ERROR = "ImportError": Some(&EXCEPTION);
    /// `LookupError`
    LOOKUP_ERROR = "LookupError": Some(&EXCEPTION);
    /// `IndexError`
    INDEX_ERROR = "IndexError": Some(&LOOKUP_ERROR);
    /// `KeyError`
    KEY_ERROR = "KeyError": Some(&LOOKUP_ERROR);
    /// `MemoryError`
    MEMORY_ERROR = "MemoryError": Some(&EXCEPTION);
    /// `NameError`
    NAME_ERROR = "NameError": Some(&EXCEPTION);
    /// `OSError`
    OS_ERROR = "OSError": Some(&EXCEPTION);
    /// `RuntimeError`
    RUNTIME_ERROR = "RuntimeError": Some(&EXCEPTION);
    /// `NotImplementedError`
    NOT_IMPLEMENTED_ERROR = "NotImplementedError": Some(&RUNTIME_ERROR);
    /// `SyntaxError`
    SYNTAX_ERROR = "SyntaxError": Some(&EXCEPTION);
    /// `IndentationError`
    INDENTATION_ERROR = "IndentationError": Some(&SYNTAX_ERROR);
    /// `TypeError`
    TYPE_ERROR = "TypeError": Some(&EXCEPTION);
    /// `ValueError`
    VALUE_ERROR = "ValueError": Some(&EXCEPTION);
    /// `UnicodeError`
    UNICODE_ERROR = "UnicodeError": Some(&VALUE_ERROR);
}
