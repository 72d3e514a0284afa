//! The calendar of `time`: dates of seconds and back. The epoch is 1970, in UTC.

use crate::native::{Args, Member, Res, func, func_1};
use crate::num::float::libm;
use crate::object::exception as types;
use crate::q;
use crate::value::{Slot, Value};
use crate::vm::Vm;

const SECONDS_PER_DAY: i64 = 24 * 60 * 60;

pub(super) const TIME_NS: Member = func(q!("time_ns"), 0, 0, |vm, _| {
    let t = vm.host.unix_time_ns();
    vm.new_int(t as i64)
});
pub(super) const GMTIME: Member = func(q!("gmtime"), 0, 1, date);
pub(super) const LOCALTIME: Member = func(q!("localtime"), 0, 1, date);
pub(super) const MKTIME: Member = func_1(q!("mktime"), make_time);

/// Days since 1970-01-01 of a date; the month may be any number.
fn days_of(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = (
        year + (month - 1).div_euclid(12),
        (month - 1).rem_euclid(12) + 1,
    );
    // Years that begin in March: the leap day is the last one.
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let (era, year) = (year.div_euclid(400), year.rem_euclid(400));
    let in_era = year * 365 + year / 4 - year / 100 + (153 * month + 2) / 5 + day - 1;
    era * 146_097 + in_era - 719_468
}

/// Year, month and day of a number of days since 1970-01-01.
fn date_of(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let (day, month) = (
        day - (153 * month + 2) / 5 + 1,
        if month < 10 { month + 3 } else { month - 9 },
    );
    (era * 400 + year + i64::from(month <= 2), month, day)
}

/// Seconds that a program gave, as an int or a float.
fn seconds(vm: &mut Vm<'_>, v: Slot) -> Res<i64> {
    let Some(v) = v.filter(|&v| v != Value::NONE) else {
        return Ok((vm.host.unix_time_ns() / 1_000_000_000) as i64);
    };
    match vm.as_int(v) {
        Some(n) => Ok(n),
        None => Ok(libm::floor(libm::wide(vm.to_float(v)?)) as i64),
    }
}

fn date(vm: &mut Vm<'_>, args: Args) -> Res {
    let t = seconds(vm, args.get(0))?;
    let (days, rest) = (t.div_euclid(SECONDS_PER_DAY), t.rem_euclid(SECONDS_PER_DAY));
    // Far beyond what any clock shows, but short of where the arithmetic ends.
    if days.unsigned_abs() > 1 << 40 {
        return Err(vm.error(
            &types::OVERFLOW_ERROR,
            msg!("overflow converting long int to machine word"),
        ));
    }
    let (year, month, day) = date_of(days);
    let items = [
        year,
        month,
        day,
        rest / 3600,
        rest / 60 % 60,
        rest % 60,
        (days + 3).rem_euclid(7),
        days - days_of(year, 1, 1) + 1,
    ];
    vm.new_tuple(&items.map(|n| Value::small(n as isize)))
}

fn make_time(vm: &mut Vm<'_>, date: Value) -> Res {
    let given = vm.checked_sequence_len(date)?;
    if !(8..=9).contains(&given) {
        return Err(vm.type_error(msg!("mktime needs a tuple of length 8 or 9")));
    }
    let mut fields = [0; 6];
    for (i, field) in fields.iter_mut().enumerate() {
        let item = vm.item_at(date, i).unwrap_or(Value::NONE);
        *field = i64::from(vm.as_index(item)? as i32);
    }
    let [year, month, day, hour, minute, second] = fields;
    let days = days_of(year, month, day);
    vm.new_int(days * SECONDS_PER_DAY + hour * 3600 + minute * 60 + second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_dates_agree() {
        for days in (-800_000..800_000).step_by(7) {
            let (year, month, day) = date_of(days);
            assert_eq!(days_of(year, month, day), days);
        }
        assert_eq!(date_of(0), (1970, 1, 1));
        assert_eq!(date_of(11_016), (2000, 2, 29));
        assert_eq!(days_of(2000, 14, 1), days_of(2001, 2, 1));
        assert_eq!(days_of(2000, -1, 1), days_of(1999, 11, 1));
    }
}
