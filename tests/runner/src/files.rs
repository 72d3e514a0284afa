//! A program in an image, with the file tree of a device.

use flash_sim::{Chip, Geometry, Nor};
use romfs_runtime::littlefs::{NorDevice, Options, Units};
use romfs_vm::native::Res;
use romfs_vm::vm::Vm;

/// Erase sectors of the simulated flash, and how many there are.
const SECTOR: usize = 4096;
const SECTORS: usize = 64;

/// The flash under /.
pub type Device = NorDevice<Nor<1, SECTOR>>;

/// New flash.
pub fn device() -> Device {
    let flash = Nor::new(Chip::new(Geometry::spi(SECTORS * SECTOR))).expect("the units fit");
    NorDevice::new(flash, Units::default()).expect("the units fit")
}

/// Mounts both and runs the image's `main`.
pub fn run_image<'a>(vm: &mut Vm<'a>, image: &'a [u8], device: &'a mut Device) -> Res<()> {
    vm.mount_littlefs("/", device, &Options::default(), false)?;
    vm.mount_image("/rom", image)?;
    vm.run_main("main")?;
    vm.close_files()
}
