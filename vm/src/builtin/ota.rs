//! `ota`: the running program and the device's updates. A board offers them through
//! [`Host::updates`](crate::vm::Host::updates); without them every function is an `OSError`.

use crate::native::{Args, ModuleDef, Res, func};
use crate::ota::{ImageStatus, UpdateError, Updates};
use crate::q;
use crate::qstr::Qstr;
use crate::value::Value;
use crate::vm::Vm;

/// The module.
pub(super) static OTA: ModuleDef = ModuleDef::new(
    q!("ota"),
    &[
        func(q!("slots"), 0, 0, slots),
        func(q!("running"), 0, 0, running),
        func(q!("version"), 0, 0, version),
        func(q!("trial"), 0, 0, |vm, _| {
            Ok(Value::bool(updates(vm)?.is_trial()))
        }),
        func(q!("pending"), 0, 0, pending),
        func(q!("confirm"), 0, 0, confirm),
        func(q!("rollback"), 0, 0, rollback),
        func(q!("progress"), 0, 0, progress),
        func(q!("last_error"), 0, 0, |vm, _| {
            text_or_none(vm, |updates| updates.last_error())
        }),
        func(q!("reverted"), 0, 0, |vm, _| {
            text_or_none(vm, |updates| updates.reverted())
        }),
    ],
);

const EPERM: i32 = 1;
const EIO: i32 = 5;
const ENODEV: i32 = 19;

/// Images that a board can have: two slots and the factory image.
const IMAGES_MAX: usize = 3;
/// Longest version that is kept.
const VERSION_MAX: usize = 32;

fn updates<'v>(vm: &'v mut Vm<'_>) -> Res<&'v mut dyn Updates> {
    // Asked twice, because an error needs the VM that the answer borrows.
    if vm.host.updates().is_none() {
        return Err(vm.os_error(ENODEV));
    }
    match vm.host.updates() {
        Some(updates) => Ok(updates),
        None => unreachable!("a board does not lose its slots"),
    }
}

/// The longest start of `text` that fits.
fn cut(text: &str, max: usize) -> &[u8] {
    let mut end = text.len().min(max);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text.as_bytes()[..end]
}

/// An image's status, away from the board's buffers.
#[derive(Clone, Copy)]
struct Kept {
    slot: Qstr,
    version: [u8; VERSION_MAX],
    version_len: Option<usize>,
    sequence: Option<u32>,
    running: bool,
    pending: bool,
}

impl Kept {
    fn of(status: ImageStatus<'_>) -> Kept {
        let mut version = [0; VERSION_MAX];
        let version_len = status.version.map(|text| {
            let text = cut(text, VERSION_MAX);
            version[..text.len()].copy_from_slice(text);
            text.len()
        });
        Kept {
            slot: match status.slot {
                "A" => q!("A"),
                "B" => q!("B"),
                _ => q!("factory"),
            },
            version,
            version_len,
            sequence: status.sequence,
            running: status.running,
            pending: status.pending,
        }
    }

    fn version(&self, vm: &mut Vm<'_>) -> Res {
        match self.version_len {
            Some(n) => vm.new_str(&self.version[..n]),
            None => Ok(Value::NONE),
        }
    }
}

/// The images, so many at the most.
fn images(vm: &mut Vm<'_>) -> Res<([Option<Kept>; IMAGES_MAX], usize)> {
    let mut kept = [None; IMAGES_MAX];
    let mut n = 0;
    updates(vm)?.images(&mut |status| {
        if let Some(room) = kept.get_mut(n) {
            *room = Some(Kept::of(status));
            n += 1;
        }
    });
    Ok((kept, n))
}

/// `slots()`: a dict for each image.
fn slots(vm: &mut Vm<'_>, _: Args) -> Res {
    let (kept, _) = images(vm)?;
    let list = vm.new_list(&[])?;
    for image in kept.iter().flatten() {
        let dict = vm.new_dict()?;
        vm.list_push(list, dict)?;
        let version = image.version(vm)?;
        let sequence = match image.sequence {
            Some(n) => vm.new_int(n.into())?,
            None => Value::NONE,
        };
        for (name, value) in [
            (q!("slot"), Value::qstr(image.slot)),
            (q!("version"), version),
            (q!("sequence"), sequence),
            (q!("running"), Value::bool(image.running)),
            (q!("pending"), Value::bool(image.pending)),
        ] {
            vm.dict_set(dict, Value::qstr(name), value)?;
        }
    }
    Ok(list)
}

fn the_running_one(vm: &mut Vm<'_>) -> Res<Option<Kept>> {
    let (kept, _) = images(vm)?;
    Ok(kept.into_iter().flatten().find(|image| image.running))
}

fn running(vm: &mut Vm<'_>, _: Args) -> Res {
    let image = the_running_one(vm)?;
    Ok(image.map_or(Value::NONE, |image| Value::qstr(image.slot)))
}

fn version(vm: &mut Vm<'_>, _: Args) -> Res {
    match the_running_one(vm)? {
        Some(image) => image.version(vm),
        None => Ok(Value::NONE),
    }
}

fn pending(vm: &mut Vm<'_>, _: Args) -> Res {
    let (kept, _) = images(vm)?;
    Ok(Value::bool(
        kept.iter().flatten().any(|image| image.pending),
    ))
}

/// `confirm()`: True where this call kept the image, False where it was kept before, so that a program can call it
/// at every start.
fn confirm(vm: &mut Vm<'_>, _: Args) -> Res {
    match updates(vm)?.confirm() {
        Ok(()) => Ok(Value::TRUE),
        Err(UpdateError::NoTrial) => Ok(Value::FALSE),
        Err(UpdateError::Flash) => Err(vm.os_error(EIO)),
    }
}

/// `rollback()`: the next boot starts the image before this one.
fn rollback(vm: &mut Vm<'_>, _: Args) -> Res {
    match updates(vm)?.rollback() {
        Ok(()) => Ok(Value::NONE),
        Err(UpdateError::NoTrial) => Err(vm.os_error(EPERM)),
        Err(UpdateError::Flash) => Err(vm.os_error(EIO)),
    }
}

fn progress(vm: &mut Vm<'_>, _: Args) -> Res {
    match updates(vm)?.progress() {
        Some((done, total)) => {
            let (done, total) = (vm.new_int(done.into())?, vm.new_int(total.into())?);
            vm.new_tuple(&[done, total])
        }
        None => Ok(Value::NONE),
    }
}

fn text_or_none(vm: &mut Vm<'_>, text: impl FnOnce(&dyn Updates) -> &str) -> Res {
    let mut copy = [0; 96];
    let found = text(updates(vm)?);
    let found = cut(found, copy.len());
    let n = found.len();
    copy[..n].copy_from_slice(found);
    match n {
        0 => Ok(Value::NONE),
        n => vm.new_str(&copy[..n]),
    }
}
