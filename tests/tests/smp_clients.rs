//! Clients that others wrote push images to a simulated device.

use std::path::Path;
use std::process::{Command, Stdio};

use flash_sim::Geometry;
use romfs_builder::update::delta::delta;
use romfs_runtime::update::Staging;
use romfs_tests::device::{Device, Part, image, signed};
use romfs_tests::smp::{Flash, Trouble, UdpDevice};
use romfs_tests::tools::venv;

type Spi = Device<1, 4096, 256>;

fn device() -> (Spi, Flash) {
    let staging = Staging::per_page::<Part<1, 4096>>();
    let device = Device::new(20 * 4096, staging);
    let flash = Flash::new(Geometry::spi(device.capacity()));
    (device, flash)
}

/// Uploads the file and resets the device, as `smpmgr upgrade` does. Whether it says that it did.
fn upgrade(smpmgr: &Path, device: &UdpDevice, file: &[u8]) -> bool {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("image.romfs");
    std::fs::write(&path, file).unwrap();
    Command::new(smpmgr)
        .args(["--ip", &device.address.ip().to_string(), "--timeout", "1"])
        .args(["upgrade", "--format", "any"])
        .arg(&path)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap()
        .success()
}

#[test]
fn smpmgr_pushes_an_image_and_then_a_delta() {
    let Some(smpmgr) = venv("smpmgr") else { return };
    let (device, flash) = device();
    let first = signed(&image(1, 66_000), 1, 0);
    let second = signed(&image(2, 66_000), 2, 0);
    let trouble = Trouble {
        confirm: true,
        ..Trouble::default()
    };
    let udp = UdpDevice::start([127, 0, 13, 1], device.clone(), flash, trouble).unwrap();
    assert!(upgrade(&smpmgr, &udp, &first));
    let mut flash = udp.stop();
    device.boot(&mut flash, |session| assert!(session.runs(&first)));

    let udp = UdpDevice::start([127, 0, 13, 1], device.clone(), flash, trouble).unwrap();
    let patch = delta(&first, &second).unwrap().file;
    assert!(upgrade(&smpmgr, &udp, &patch));
    let mut flash = udp.stop();
    device.boot(&mut flash, |session| assert!(session.runs(&second)));
}

#[test]
fn smpmgr_goes_on_after_a_lost_response_and_after_a_reset() {
    let Some(smpmgr) = venv("smpmgr") else { return };
    for trouble in [
        Trouble {
            lose_response_every: 41,
            ..Trouble::default()
        },
        Trouble {
            reset_after: 30,
            ..Trouble::default()
        },
    ] {
        let (device, flash) = device();
        let file = signed(&image(1, 66_000), 1, 0);
        let udp = UdpDevice::start([127, 0, 13, 2], device.clone(), flash, trouble).unwrap();
        // This client gives up at the first lost response; it is run again, and the device tells
        // it where to go on.
        let runs = (1..=8).find(|_| upgrade(&smpmgr, &udp, &file));
        println!("{trouble:?}: {runs:?} runs");
        assert!(runs.is_some());
        let mut flash = udp.stop();
        device.boot(&mut flash, |session| assert!(session.runs(&file)));
    }
}

#[test]
fn smpmgr_is_told_of_a_refused_image() {
    let Some(smpmgr) = venv("smpmgr") else { return };
    let (device, flash) = device();
    let mut file = signed(&image(1, 20_000), 1, 0);
    file[9_000] ^= 1;
    let udp = UdpDevice::start([127, 0, 13, 3], device, flash, Trouble::default()).unwrap();
    assert!(!upgrade(&smpmgr, &udp, &file));
    udp.stop();
}
