//! `_asyncio`: what the event loop of `vm/python/asyncio` spends its time in: tasks, their queues, and sleeping.
//!
//! The loop's own state (`cur_task`, `_task_queue`, `CancelledError`) are globals of its module `asyncio.core`, where
//! programs look for them; [`bind`](Vm::asyncio_global) tells this module where that is. Nothing here allocates while
//! tasks are switched, so that a program may run with its heap locked.

mod clock;
mod queue;
mod sleep;
mod task;

use crate::heap::Kind;
use crate::native::{Item, ModuleDef, Res, func_1, member};
use crate::object::exception as types;
use crate::q;
use crate::qstr::Qstr;
use crate::value::Value;
use crate::vm::Vm;

pub(super) use queue::TASK_QUEUE;
pub(super) use task::TASK;

/// The module.
pub(super) static ASYNCIO: ModuleDef = ModuleDef::new(
    q!("_asyncio"),
    &[
        member(q!("Task"), Item::Type(&TASK)),
        member(q!("TaskQueue"), Item::Type(&TASK_QUEUE)),
        member(q!("SingletonGenerator"), Item::Type(&sleep::SLEEP)),
        func_1(q!("sleep"), sleep::sleep),
        func_1(q!("sleep_ms"), sleep::sleep_ms),
        // Milliseconds until a task is due; not above 0 where it is.
        func_1(q!("due_in"), |vm, task| {
            let task = vm.native_part(task);
            vm.check_object(task, &TASK)?;
            let ms = task::due_in(vm, task);
            vm.new_int(ms)
        }),
        func_1(q!("bind"), |vm, globals| {
            if !vm.is(globals, Kind::Dict) {
                return Err(vm.type_error(msg!("argument has wrong type")));
            }
            let idle = vm.new_object(sleep::SLEEP.value(), &[Value::NONE])?;
            vm.dict_set(globals, Value::qstr(q!("_sleeper")), idle)?;
            vm.roots.asyncio = Some(globals);
            Ok(Value::NONE)
        }),
    ],
);

impl Vm<'_> {
    /// A global of the event loop's module.
    fn asyncio_global(&mut self, name: Qstr) -> Res {
        let found = self
            .roots
            .asyncio
            .and_then(|globals| self.dict_get_word(globals, Value::qstr(name)));
        match found {
            Some(v) if v != Value::NONE => Ok(v),
            _ => Err(self.error(&types::RUNTIME_ERROR, msg!("no running event loop"))),
        }
    }

    /// The task that runs.
    fn current_task(&mut self) -> Res {
        let task = self.asyncio_global(q!("cur_task"))?;
        self.check_object(task, &TASK)?;
        Ok(task)
    }

    /// The queue of the tasks that are to run.
    fn run_queue_of_tasks(&mut self) -> Res {
        let queue = self.asyncio_global(q!("_task_queue"))?;
        self.check_object(queue, &TASK_QUEUE)?;
        Ok(queue)
    }
}
