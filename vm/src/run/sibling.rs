//! Whether handlers really jump to one another.
//!
//! The language does not promise that a call in tail position becomes a jump; an unusual flag or an instrumented build
//! can undo it, and then every instruction of a program leaves its frame on the native stack. So a VM of this back-end
//! runs a short loop first and compares how deep the native stack is before and behind it.

use crate::native::{Member, Res, func_1};
use crate::q;
use crate::value::Value;
use crate::vm::Vm;

/// `sibling.py`, compiled: some thousand instructions between two calls of `index`.
static LOOP: &[u8] = include_bytes!("sibling.mpy");

/// What the native stack may grow by between the two: less than a word for each instruction.
const GROWTH_MAX: usize = 1024;

/// The loop's `index`: where its own frame lies, counted from what it is given.
static INDEX: Member = func_1(q!("index"), stack_depth);

#[inline(never)]
fn stack_depth(_: &mut Vm<'_>, from: Value) -> Res {
    let here = 0u8;
    // Halved, so that it is a small int.
    let address = core::hint::black_box((&raw const here).addr() >> 2) as isize;
    Ok(Value::small(address - from.as_small().unwrap_or_default()))
}

impl Vm<'_> {
    /// Whether some thousand instructions leave the native stack as deep as it was.
    ///
    /// # Errors
    /// `MemoryError`.
    pub(crate) fn makes_sibling_calls(&mut self) -> Res<bool> {
        let mark = self.mark();
        let globals = self.new_dict()?;
        let index = Value::from_ptr(&INDEX);
        self.dict_set(globals, Value::qstr(q!("index")), index)?;
        self.run_body(LOOP, globals)?;
        let end = self.dict_get_word(globals, Value::qstr(q!("end")));
        self.release(mark);
        let growth = end.and_then(Value::as_small);
        Ok(growth.is_some_and(|growth| growth.unsigned_abs() << 2 <= GROWTH_MAX))
    }
}
