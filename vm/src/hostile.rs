//! What the tests of hostile builds ask of a VM: to check its heap, and to fail an allocation.

use crate::heap::check::Fault;
use crate::vm::Vm;

impl Vm<'_> {
    /// Walks the whole heap and its lists.
    ///
    /// # Errors
    /// The first fault found. A sound VM never has one.
    pub fn check_heap(&mut self) -> Result<(), Fault> {
        self.heap.check()
    }

    /// Lets the allocation after `after` others fail, once; `None`: none fails.
    #[cfg(feature = "alloc-countdown")]
    pub fn fail_allocation(&mut self, after: Option<u32>) {
        self.heap.fail_after(after);
    }

    /// Whether the allocation that was to fail is still to come.
    #[cfg(feature = "alloc-countdown")]
    pub fn has_yet_to_fail(&self) -> bool {
        self.heap.has_yet_to_fail()
    }
}
