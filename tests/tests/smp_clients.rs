//! Clients push images to a simulated device: those that others wrote, and `romfs push`.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use flash_sim::Geometry;
use romfs_builder::push::{Client, PushError, PushOptions, Pushed, Serial, Transport, Udp, push};
use romfs_builder::update::delta::delta;
use romfs_runtime::update::Staging;
use romfs_tests::device::{Device, Part, chip, image, signed};
use romfs_tests::smp::{Flash, PtyLink, SmpDevice, Trouble, UdpLink};
use romfs_tests::tools::{client, venv};

type Spi = Device<1, 4096, 256>;

fn device() -> (Spi, Flash) {
    let staging = Staging::per_page::<Part<1, 4096>>();
    let device = Device::new(20 * 4096, staging);
    let flash = chip(Geometry::spi(device.capacity()));
    (device, flash)
}

/// Uploads the file and resets the device, as `smpmgr upgrade` does. Whether it says that it did.
fn upgrade(smpmgr: &Path, link: [&str; 2], file: &[u8]) -> bool {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("image.romfs");
    std::fs::write(&path, file).unwrap();
    Command::new(smpmgr)
        .args(link)
        .args(["--timeout", "1", "upgrade", "--format", "any"])
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
    let patch = delta(&first, &second).unwrap().file;
    let trouble = Trouble {
        confirm: true,
        ..Trouble::default()
    };
    let link = UdpLink::listen([127, 0, 13, 1]).unwrap();
    let running = SmpDevice::start(link, device.clone(), flash, trouble);
    assert!(upgrade(&smpmgr, ["--ip", "127.0.13.1"], &first));
    assert!(upgrade(&smpmgr, ["--ip", "127.0.13.1"], &patch));
    let mut flash = running.stop();
    device.boot(&mut flash, |session| assert!(session.runs(&second)));
}

#[test]
fn smpmgr_pushes_over_a_serial_line() {
    let Some(smpmgr) = venv("smpmgr") else { return };
    let (device, flash) = device();
    let file = signed(&image(1, 20_000), 1, 0);
    let (link, port) = PtyLink::open().unwrap();
    let running = SmpDevice::start(link, device.clone(), flash, Trouble::default());
    assert!(upgrade(&smpmgr, ["--port", &port], &file));
    let mut flash = running.stop();
    device.boot(&mut flash, |session| assert!(session.runs(&file)));
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
        let link = UdpLink::listen([127, 0, 13, 2]).unwrap();
        let running = SmpDevice::start(link, device.clone(), flash, trouble);
        // This client gives up at the first lost response; it is run again, and the device tells
        // it where to go on.
        let runs = (1..=8).find(|_| upgrade(&smpmgr, ["--ip", "127.0.13.2"], &file));
        println!("{trouble:?}: {runs:?} runs");
        assert!(runs.is_some());
        let mut flash = running.stop();
        device.boot(&mut flash, |session| assert!(session.runs(&file)));
    }
}

/// An upload that broke off, an erase, and then another file: its first bytes must not be taken for the rest of the one before.
#[test]
fn smpmgr_erases_a_broken_upload_and_sends_another() {
    let Some(smpmgr) = venv("smpmgr") else { return };
    let (device, flash) = device();
    let (first, second) = (
        signed(&image(1, 66_000), 1, 0),
        signed(&image(2, 66_000), 2, 0),
    );
    let trouble = Trouble {
        lose_response_every: 41,
        ..Trouble::default()
    };
    let address = ["--ip", "127.0.13.8"];
    let link = UdpLink::listen([127, 0, 13, 8]).unwrap();
    let running = SmpDevice::start(link, device.clone(), flash, trouble);
    assert!(
        !upgrade(&smpmgr, address, &first),
        "a response was to be lost"
    );
    let erased = Command::new(&smpmgr)
        .args(address)
        .args(["image", "erase", "1"])
        .stdout(Stdio::null())
        .status();
    assert!(erased.unwrap().success());
    assert!((1..=8).any(|_| upgrade(&smpmgr, address, &second)));
    let mut flash = running.stop();
    device.boot(&mut flash, |session| assert!(session.runs(&second)));
}

#[test]
fn smpmgr_is_told_of_a_refused_image() {
    let Some(smpmgr) = venv("smpmgr") else { return };
    let (device, flash) = device();
    let mut file = signed(&image(1, 20_000), 1, 0);
    file[9_000] ^= 1;
    let link = UdpLink::listen([127, 0, 13, 3]).unwrap();
    let running = SmpDevice::start(link, device, flash, Trouble::default());
    assert!(!upgrade(&smpmgr, ["--ip", "127.0.13.3"], &file));
    running.stop();
}

/// Runs mcumgrctl; what it printed, if it succeeded.
fn mcumgrctl(program: &Path, address: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program)
        .args(["--udp", address])
        .args(arguments)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    output.status.success().then_some(text)
}

#[test]
fn mcumgrctl_uploads_resets_and_confirms() {
    let Some(program) = client("mcumgrctl") else {
        return;
    };
    let (device, flash) = device();
    let file = signed(&image(1, 66_000), 1, 0);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("image.romfs");
    std::fs::write(&path, &file).unwrap();
    let trouble = Trouble {
        lose_response_every: 19,
        ..Trouble::default()
    };
    let link = UdpLink::listen([127, 0, 13, 7]).unwrap();
    let running = SmpDevice::start(link, device.clone(), flash, trouble);
    let run = |arguments: &[&str]| mcumgrctl(&program, "127.0.13.7", arguments);
    assert!(run(&["os", "echo", "hello"]).is_some_and(|text| text.contains("hello")));
    assert!(run(&["image", "upload", "--quiet", path.to_str().unwrap()]).is_some());
    assert!(run(&["image", "get-state"]).is_some_and(|text| text.contains("pending:   true")));
    assert!(run(&["os", "system-reset"]).is_some());
    let state = run(&["--json", "image", "get-state"]).unwrap();
    assert!(state.contains("\"active\""), "{state}");
    assert!(run(&["image", "set-state", "--confirm"]).is_some());
    // The image's files are read in place; nothing can be written there.
    let copy = folder.path().join("copy");
    let copied = copy.to_str().unwrap();
    assert!(run(&["fs", "download", "--quiet", "/rom/lib/a.dat", copied]).is_some());
    let running_image = romfs_runtime::Image::open(&file).unwrap();
    let expected = running_image.file("/lib/a.dat").unwrap().unwrap();
    assert_eq!(std::fs::read(&copy).unwrap(), expected.data().unwrap());
    assert!(run(&["fs", "upload", "--quiet", copied, "/rom/lib/a.dat"]).is_none());
    let mut flash = running.stop();
    device.boot(&mut flash, |session| {
        assert!(session.runs(&file));
        assert!(!session.updater.control().is_trial());
    });
}

/// Pushes as `romfs push` does.
fn send(transport: impl Transport, file: &[u8], confirm: bool) -> Result<Pushed, PushError> {
    let mut client = Client::new(transport, Duration::from_millis(300), 8);
    let options = PushOptions {
        confirm,
        ..PushOptions::default()
    };
    push(&mut client, file, &options, &mut |_, _| {})
}

#[test]
fn push_starts_images_and_deltas_and_confirms_them() {
    let (device, flash) = device();
    let first = signed(&image(1, 66_000), 1, 0);
    let second = signed(&image(2, 66_000), 2, 0);
    let trouble = Trouble {
        lose_response_every: 7,
        ..Trouble::default()
    };
    let link = UdpLink::listen([127, 0, 13, 4]).unwrap();
    let running = SmpDevice::start(link, device.clone(), flash, trouble);
    let udp = || Udp::connect("127.0.13.4").unwrap();
    let pushed = send(udp(), &first, true).unwrap();
    assert_eq!(pushed.running.as_deref(), Some("1.0.1"));
    assert!(!pushed.trial && pushed.sent >= first.len() as u64);
    let patch = delta(&first, &second).unwrap().file;
    let pushed = send(udp(), &patch, false).unwrap();
    assert_eq!(pushed.running.as_deref(), Some("1.0.2"));
    assert!(pushed.trial);
    let mut flash = running.stop();
    device.boot(&mut flash, |session| assert!(session.runs(&second)));
}

#[test]
fn push_goes_on_when_the_device_resets_in_the_middle() {
    let (device, flash) = device();
    let file = signed(&image(1, 66_000), 1, 0);
    let trouble = Trouble {
        reset_after: 25,
        ..Trouble::default()
    };
    let link = UdpLink::listen([127, 0, 13, 5]).unwrap();
    let running = SmpDevice::start(link, device, flash, trouble);
    let pushed = send(Udp::connect("127.0.13.5").unwrap(), &file, false).unwrap();
    let again = pushed.sent - file.len() as u64;
    println!("{again} bytes were sent twice");
    assert!(again < 5_000);
    assert!(running.resets() >= 2);
    running.stop();
}

#[test]
fn push_says_why_a_file_is_refused() {
    let (device, flash) = device();
    let mut file = signed(&image(1, 20_000), 1, 0);
    file[9_000] ^= 1;
    let (link, port) = PtyLink::open().unwrap();
    let running = SmpDevice::start(link, device, flash, Trouble::default());
    let error = send(Serial::open(&port, 115_200).unwrap(), &file, false).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the device refuses to take the file: chunk 2 of the image is damaged"
    );
    running.stop();
}

#[test]
fn push_over_a_dead_link_says_so() {
    let error = send(
        Udp::connect("127.0.13.6").unwrap(),
        &signed(&image(1, 900), 1, 0),
        false,
    );
    assert!(
        matches!(error, Err(PushError::NoAnswer { tries: 8 })),
        "{error:?}"
    );
}
