//! `machine.Timer`: callbacks after a time, or again and again. They run between two instructions of the program, as
//! scheduled callbacks do, and while it waits.

use crate::native::{Args, Item, Res, TypeDef, TypeSpec, func, func_kw, member};
use crate::q;
use crate::type_def;
use crate::value::Value;
use crate::vm::Vm;

const ONE_SHOT: isize = 0;
const PERIODIC: isize = 1;

/// `Timer(id=-1, *, mode=PERIODIC, period=-1, freq=-1, callback=None)`
pub(super) static TIMER: TypeDef = type_def!(TypeSpec {
    make_new: Some(make_new),
    members: &[
        func_kw(q!("init"), 1, 1, |vm, args| {
            let v = receiver(vm, args)?;
            start(vm, v, args)?;
            Ok(Value::NONE)
        }),
        func(q!("deinit"), 1, 1, |vm, args| {
            let v = receiver(vm, args)?;
            stop(vm, v);
            Ok(Value::NONE)
        }),
        member(q!("ONE_SHOT"), Item::Int(ONE_SHOT)),
        member(q!("PERIODIC"), Item::Int(PERIODIC)),
    ],
    ..TypeSpec::new(q!("Timer"))
});

/// Slots: what is called, how often, microseconds between two times, and when next: high and low bits of the host's ticks.
const CALLBACK: usize = 1;
const MODE: usize = 2;
const PERIOD: usize = 3;
const HIGH: usize = 4;
const LOW: usize = 5;
/// Low bits of a time: what a small int holds anywhere.
const LOW_BITS: u32 = 29;

fn receiver(vm: &mut Vm<'_>, args: Args) -> Res {
    let v = vm.native_part(args.at(0));
    vm.check_object(v, &TIMER)?;
    Ok(v)
}

fn make_new(vm: &mut Vm<'_>, _: Value, args: Args) -> Res {
    if let Some(id) = args.get_or_kw(0, q!("id"))
        && vm.as_index(id)? != -1
    {
        return Err(vm.value_error(msg!("Timer doesn't exist")));
    }
    let zero = Value::small(0);
    let v = vm.new_object(TIMER.value(), &[Value::NONE, zero, zero, zero, zero])?;
    if args.kw_len() > 0 {
        start(vm, v, args)?;
    }
    Ok(v)
}

/// Microseconds between two calls, from `freq` or `period`.
fn period_of(vm: &mut Vm<'_>, args: Args) -> Res<isize> {
    let us = match (args.kw(q!("freq")), args.kw(q!("period"))) {
        (Some(hertz), _) if hertz != Value::small(-1) => {
            let hertz = vm.to_float(hertz)?;
            match hertz > 0.0 {
                true => (1_000_000.0 / hertz) as isize,
                false => 0,
            }
        }
        (_, Some(ms)) => vm.as_index(ms)?.saturating_mul(1000),
        _ => 0,
    };
    match us {
        1.. => Ok(us.min(crate::value::SMALL_INT_MAX)),
        _ => Err(vm.value_error(msg!("period or freq must be given"))),
    }
}

fn start(vm: &mut Vm<'_>, v: Value, args: Args) -> Res<()> {
    args.check_keywords(
        vm,
        &[
            q!("id"),
            q!("mode"),
            q!("period"),
            q!("freq"),
            q!("callback"),
            q!("hard"),
        ],
    )?;
    stop(vm, v);
    let period = period_of(vm, args)?;
    let mode = match args.kw(q!("mode")) {
        Some(mode) => vm.as_index(mode)?,
        None => PERIODIC,
    };
    let callback = args.kw(q!("callback")).unwrap_or(Value::NONE);
    let slots = vm.slots_mut(v);
    slots[CALLBACK] = Some(callback);
    slots[MODE] = Some(Value::small(mode));
    slots[PERIOD] = Some(Value::small(period));
    let now = vm.host.ticks_us();
    set_due(vm, v, now.saturating_add(period as u64));
    let list = match vm.roots.timers {
        Some(list) => list,
        None => {
            let list = vm.new_list(&[])?;
            vm.roots.timers = Some(list);
            list
        }
    };
    vm.list_push(list, v)
}

fn stop(vm: &mut Vm<'_>, v: Value) {
    let Some(list) = vm.roots.timers else { return };
    let n = vm.list_len(list);
    if let Some(i) = vm.list_items(list).iter().position(|&t| t == Some(v)) {
        vm.list_items_mut(list).copy_within(i + 1.., i);
        vm.list_truncate(list, n - 1);
    }
}

fn number(vm: &Vm<'_>, v: Value, i: usize) -> u64 {
    vm.slot_int(v, i) as u64
}

fn due(vm: &Vm<'_>, v: Value) -> u64 {
    number(vm, v, HIGH) << LOW_BITS | number(vm, v, LOW)
}

fn set_due(vm: &mut Vm<'_>, v: Value, at: u64) {
    let low = at & ((1 << LOW_BITS) - 1);
    let slots = vm.slots_mut(v);
    slots[HIGH] = Some(Value::small(
        (at >> LOW_BITS) as isize & i32::MAX as isize >> 2,
    ));
    slots[LOW] = Some(Value::small(low as isize));
}

impl Vm<'_> {
    /// Schedules the callbacks of timers that are due. A timer that was late by more than a period calls once for that.
    pub(crate) fn schedule_timers(&mut self) -> Res<()> {
        let Some(list) = self.roots.timers else {
            return Ok(());
        };
        if self.in_callback || self.list_len(list) == 0 {
            return Ok(());
        }
        let now = self.host.ticks_us();
        let mut i = 0;
        while let Some(timer) = self.list_items(list).get(i).copied().flatten() {
            i += 1;
            if due(self, timer) > now {
                continue;
            }
            if number(self, timer, MODE) == PERIODIC as u64 {
                let period = number(self, timer, PERIOD).max(1);
                let late = now - due(self, timer);
                set_due(self, timer, now + period - late % period);
            } else {
                stop(self, timer);
                i -= 1;
            }
            let callback = self.slot(timer, CALLBACK).unwrap_or(Value::NONE);
            // Where too many wait already this one is left out, as an interrupt's would be.
            if callback != Value::NONE
                && let Err(raised) = self.schedule(callback, timer)
            {
                self.take_raised(raised);
            }
        }
        Ok(())
    }

    /// Microseconds until the next timer is due.
    pub(crate) fn next_timer_us(&mut self) -> u64 {
        let Some(list) = self.roots.timers else {
            return u64::MAX;
        };
        let now = self.host.ticks_us();
        let timers = self.list_items(list).iter().flatten();
        timers
            .map(|&timer| due(self, timer).saturating_sub(now))
            .min()
            .unwrap_or(u64::MAX)
    }
}
