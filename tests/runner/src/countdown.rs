//! A module with its allocations failing, one in each run.

use super::{Options, Outcome, run};

/// Runs a module as often as is needed to see each of its first allocations fail, and some of the later ones. What is
/// told is the first run that went wrong, or else that all is well.
pub fn run_failing(module: &[u8], options: Options) -> Outcome {
    let mut n = 0;
    loop {
        let mut came = true;
        let outcome = run(
            module,
            options,
            |vm| vm.fail_allocation(Some(n)),
            |vm| {
                came = !vm.has_yet_to_fail();
                vm.fail_allocation(None);
                vm.collect();
                vm.check_heap().expect("the heap is whole");
            },
        );
        // The program may catch the error and go on, or raise another of its own.
        let sound = outcome.text == "done"
            || outcome.text.starts_with("raised ")
            || outcome.text.starts_with("exit ");
        if !came || !sound {
            return outcome;
        }
        // Each of the first, then ever wider steps.
        n += 1 + n / options.failures.max(1) as u32;
    }
}
