//! Whether handlers really jump to one another.
//!
//! The language does not promise that a call in tail position becomes a jump; an unusual flag or an instrumented build
//! can undo it, and then every instruction of a program leaves its frame on the native stack. So a VM of this back-end
//! runs a short loop first and compares how deep the native stack is before and behind it.

use crate::native::{Args, Item, Member, Res, func};
use crate::q;
use crate::value::Value;
use crate::vm::Vm;

/// `sibling.py`, compiled: some thousand instructions between two calls of `index`.
static LOOP: &[u8] = include_bytes!("sibling.mpy");

/// What the native stack may grow by between the two: less than a word for each instruction.
const GROWTH_MAX: usize = 1024;

/// The loop's `index`: where its own frame lies.
static INDEX: Member = func(q!("index"), 0, 0, stack_depth);

#[inline(never)]
fn stack_depth(_: &mut Vm<'_>, _: Args) -> Res {
    let here = 0u8;
    // Halved, so that it is a small int.
    let address = (&raw const here).addr() >> 2;
    Ok(Value::small(core::hint::black_box(address) as isize))
}

impl Vm<'_> {
    /// Whether some thousand instructions leave the native stack as deep as it was.
    ///
    /// # Errors
    /// `MemoryError`.
    pub(crate) fn makes_sibling_calls(&mut self) -> Res<bool> {
        let mark = self.mark();
        let globals = self.new_dict()?;
        if let Item::Fn(index) = INDEX.item() {
            let index = Value::from_ptr(index);
            self.dict_set(globals, Value::qstr(q!("index")), index)?;
        }
        self.run_body(LOOP, globals)?;
        let depth = |vm: &Self, name| vm.dict_get_word(globals, name).and_then(Value::as_small);
        let start = depth(self, Value::qstr(q!("start")));
        let end = depth(self, Value::qstr(q!("end")));
        self.release(mark);
        Ok(match (start, end) {
            (Some(start), Some(end)) => start.abs_diff(end) << 2 <= GROWTH_MAX,
            _ => false,
        })
    }
}
