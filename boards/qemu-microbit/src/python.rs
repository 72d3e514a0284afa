//! The module `board`: the light, and records that stay in flash.

use romfs_board::record::{RecordError, Records};
use romfs_vm::embed::{Bytes, Firmware, Names};
use romfs_vm::native::{ModuleDef, func};

use crate::machine;
use crate::nvmc::Nvmc;

/// The last two pages of the flash.
const RECORDS: usize = 0x3_f800;
const PAGES: usize = 2;
const EINVAL: i32 = 22;
const EIO: i32 = 5;

const NAMES: Names = Names::new(&["board", "light", "log", "records"]);

static BOARD: ModuleDef = ModuleDef::new(
    NAMES.q("board"),
    &[
        // Whether the light followed.
        func(
            NAMES.q("light"),
            1,
            1,
            romfs_vm::native!(|_vm, on: bool| Ok(machine::light(on))),
        ),
        func(
            NAMES.q("log"),
            1,
            1,
            romfs_vm::native!(|vm, data: Bytes| {
                let kept = match records() {
                    Ok(mut records) => records.append(data.get(vm)),
                    Err(error) => Err(error.into()),
                };
                kept.map_err(|error| match error {
                    RecordError::Length => vm.os_error(EINVAL),
                    RecordError::Flash(_) => vm.os_error(EIO),
                })
            }),
        ),
        func(
            NAMES.q("records"),
            0,
            0,
            romfs_vm::native!(|vm| {
                let list = vm.new_list(&[])?;
                vm.root(list)?;
                let mut outcome = Ok(());
                let read = records().and_then(|mut records| {
                    records.each(|data| {
                        if outcome.is_ok() {
                            let mark = vm.mark();
                            outcome = vm.new_bytes(data).and_then(|item| {
                                vm.root(item)?;
                                vm.list_push(list, item)
                            });
                            vm.release(mark);
                        }
                    })
                });
                outcome?;
                read.map_err(|_| vm.os_error(EIO))?;
                Ok(list)
            }),
        ),
    ],
);

/// What this firmware adds.
pub static FIRMWARE: Firmware = Firmware {
    names: NAMES,
    modules: &[&BOARD],
};

fn records() -> Result<Records<Nvmc>, <Nvmc as embedded_storage::nor_flash::ErrorType>::Error> {
    // SAFETY: invariant 1: the linker script and the board's profile keep these pages for the records.
    Records::open(unsafe { Nvmc::new(RECORDS, PAGES) })
}
