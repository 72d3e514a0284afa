//! `romfs.Flash`: flash of the firmware's as a block device of a program, as `rp2.Flash` and `nrf.Flash` are on their ports.
//!
//! Made for what a firmware does not do by itself: looking at the blocks, formatting anew, mounting elsewhere. As long as a
//! filesystem of it is mounted nothing may be written past that: `OSError(EBUSY)`.

use romfs_runtime::fs::Errno;
use romfs_runtime::littlefs::{BlockDevice, Geometry};

use super::lfs;
use crate::message::Part;
use crate::native::{Args, Item, ModuleDef, Res, TypeDef, TypeSpec, func, func_3, member};
use crate::q;
use crate::stream::errno;
use crate::type_def;
use crate::value::Value;
use crate::vm::Vm;

/// The module.
pub(crate) static ROMFS: ModuleDef =
    ModuleDef::new(q!("romfs"), &[member(q!("Flash"), Item::Type(&FLASH))]);

/// `Flash(id=0)`: the regions in the order in which the firmware mounted them.
static FLASH: TypeDef = type_def!(TypeSpec {
    make_new: Some(|vm, _, args| {
        let n = match args.get_or_kw(0, q!("id")) {
            Some(n) => vm.as_index(n)?,
            None => 0,
        };
        let is_there = usize::try_from(n)
            .ok()
            .and_then(|n| vm.devices.get(n))
            .is_some_and(Option::is_some);
        match is_there {
            true => vm.new_object(FLASH.value(), &[Value::small(n)]),
            false => Err(vm.os_error(errno::ENODEV)),
        }
    }),
    print: Some(|vm, v, sink, _| {
        let n = vm.slot_int(v, NUMBER);
        vm.write_with(sink, msg!("<Flash %>"), &[Part::Int(n)])
    }),
    members: &[
        func(q!("readblocks"), 3, 4, read),
        func(q!("writeblocks"), 3, 4, write),
        func_3(q!("ioctl"), ioctl),
    ],
    ..TypeSpec::new(q!("Flash"))
});

/// The slot of the region's number.
const NUMBER: usize = 1;
/// Bytes that are moved at a time, a multiple of what flash reads and programs.
const STEP: usize = 256;

/// The region that a value stands for.
pub(super) fn region(vm: &Vm<'_>, v: Value) -> Option<usize> {
    let v = vm.native_part(v);
    if !vm.is_object(v, &FLASH) {
        return None;
    }
    usize::try_from(vm.slot(v, NUMBER)?.as_small()?).ok()
}

/// Runs an operation on the region of a method's receiver.
fn with<R>(
    vm: &mut Vm<'_>,
    v: Value,
    work: impl FnOnce(&mut dyn BlockDevice, Geometry) -> Result<R, Errno>,
) -> Res<R> {
    let Some(n) = region(vm, v) else {
        return Err(vm.type_error(msg!("argument has wrong type")));
    };
    let done = match vm.devices.get_mut(n).and_then(Option::as_mut) {
        Some(device) => device
            .geometry()
            .and_then(|geometry| work(&mut **device, geometry)),
        None => Err(Errno::ENODEV),
    };
    done.map_err(|errno| super::native::failed(vm, errno))
}

/// Whether a filesystem of the region is mounted.
pub(super) fn is_busy(vm: &Vm<'_>, n: usize) -> bool {
    let mounts = vm.roots.mounts.map_or(&[][..], |list| vm.list_items(list));
    let uses = |mount: &Value| {
        let fs = vm.mounted(*mount);
        let fs = super::overlay::layer_of(vm, fs).unwrap_or(fs);
        lfs::region_of(vm, fs) == Some(n)
    };
    mounts.iter().flatten().any(uses)
}

fn check_free(vm: &mut Vm<'_>, v: Value) -> Res<()> {
    match region(vm, v) {
        Some(n) if is_busy(vm, n) => Err(vm.os_error(errno::EBUSY)),
        _ => Ok(()),
    }
}

/// First byte of a transfer, from the arguments of block and offset; all of it lies in the region.
fn start(vm: &mut Vm<'_>, args: Args, len: usize) -> Res<u64> {
    let block = vm.as_index(args.at(1))?;
    let offset = match args.get(3).filter(|&offset| offset != Value::NONE) {
        Some(offset) => vm.as_index(offset)?,
        None => 0,
    };
    let geometry = with(vm, args.at(0), |_, geometry| Ok(geometry))?;
    let size = u64::from(geometry.block);
    let at = match (u64::try_from(block), u64::try_from(offset)) {
        (Ok(block), Ok(offset)) => block
            .checked_mul(size)
            .and_then(|at| at.checked_add(offset)),
        _ => None,
    };
    let end = at.and_then(|at| at.checked_add(len as u64));
    match (at, end) {
        (Some(at), Some(end)) if end <= size * u64::from(geometry.blocks) => Ok(at),
        _ => Err(vm.os_error(errno::EINVAL)),
    }
}

/// `readblocks(block, buf, offset=0)`
fn read(vm: &mut Vm<'_>, args: Args) -> Res {
    let target = vm.target_of(args.at(2))?;
    let at = start(vm, args, target.len())?;
    let mut done = 0;
    while done < target.len() {
        let mut piece = [0; STEP];
        let n = step(at + done as u64, target.len() - done);
        with(vm, args.at(0), |device, geometry| {
            let (block, offset) = place(geometry, at + done as u64);
            device.read(block, offset, &mut piece[..n])
        })?;
        target.skip(done).put(&piece[..n]);
        done += n;
    }
    Ok(Value::NONE)
}

/// `writeblocks(block, buf)` erases the blocks first; with an offset, what is there has to be erased.
fn write(vm: &mut Vm<'_>, args: Args) -> Res {
    check_free(vm, args.at(0))?;
    let source = vm.source_of(args.at(2))?;
    let at = start(vm, args, source.len())?;
    vm.found_folders.forget();
    if args.get(3).is_none_or(|offset| offset == Value::NONE) {
        with(vm, args.at(0), |device, geometry| {
            let (first, _) = place(geometry, at);
            let blocks = (source.len() as u64).div_ceil(u64::from(geometry.block)) as u32;
            (first..first + blocks).try_for_each(|block| device.erase(block))
        })?;
    }
    let mut done = 0;
    while done < source.len() {
        let mut piece = [0; STEP];
        let n = step(at + done as u64, source.len() - done);
        source.skip(done).take(&mut piece[..n]);
        with(vm, args.at(0), |device, geometry| {
            let (block, offset) = place(geometry, at + done as u64);
            device.program(block, offset, &piece[..n])
        })?;
        done += n;
    }
    Ok(Value::NONE)
}

/// Bytes up to the next multiple of the step: a block is one, so that none is crossed.
fn step(at: u64, left: usize) -> usize {
    (STEP - (at % STEP as u64) as usize).min(left)
}

/// Block and offset of a byte.
fn place(geometry: Geometry, at: u64) -> (u32, u32) {
    let size = u64::from(geometry.block);
    ((at / size) as u32, (at % size) as u32)
}

/// `ioctl(request, argument)` of the block device protocol.
fn ioctl(vm: &mut Vm<'_>, device: Value, request: Value, argument: Value) -> Res {
    use lfs::request;
    let request = vm.as_index(request)?;
    let argument = vm.as_index(argument)?;
    let answer = match request {
        request::SYNC => with(vm, device, |device, _| device.sync().map(|()| 0))?,
        request::COUNT => with(vm, device, |_, geometry| Ok(geometry.blocks))?,
        request::SIZE => with(vm, device, |_, geometry| Ok(geometry.block))?,
        request::ERASE => {
            check_free(vm, device)?;
            vm.found_folders.forget();
            with(vm, device, |device, geometry| {
                let block = u32::try_from(argument)
                    .ok()
                    .filter(|&n| n < geometry.blocks);
                device.erase(block.ok_or(Errno::EINVAL)?).map(|()| 0)
            })?
        }
        // What a device is told when it is mounted and unmounted.
        request::INIT | request::DEINIT => 0,
        _ => return Ok(Value::NONE),
    };
    vm.new_int(answer.into())
}
