//! What is known of our own scripts (`tests/scripts`).

/// Scripts that print something else than the oracle, and why. One that no longer does has to leave this list.
pub const KNOWN: &[(&str, &str)] = &[
    (
        "class/inheritance.py",
        "the text of the error for a base that is no class; the oracle has none",
    ),
    (
        "exception/messages.py",
        "the text for a missing keyword-only argument names it",
    ),
    ("float/complex.py", "cmath beyond what the oracle has"),
    (
        "float/formatting.py",
        "thousands separators in numbers of more digits than a float has",
    ),
    ("func/arguments.py", "the text for a keyword that is no str"),
    (
        "int/compare.py",
        "sorting is stable here and is not in MicroPython",
    ),
    (
        "int/range.py",
        "ranges compare by value, as in MicroPython's unix build",
    ),
    (
        "list/methods.py",
        "sorting compares in another order, as far as an error shows it",
    ),
    (
        "list/sorting.py",
        "sorting is stable here and is not in MicroPython",
    ),
    ("module/io.py", "seek with a bad whence is an error"),
    (
        "module/sys_misc.py",
        "dir() of an exception does not list args",
    ),
];
