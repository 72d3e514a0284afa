//! Images whose names were numbered in advance: what a program prints is the same with the record and without, whatever
//! was mounted or interned before, and whatever the record says.

use std::ffi::OsStr;
use std::mem::MaybeUninit;

use proptest::prelude::*;
use romfs_builder::abi::Abi;
use romfs_builder::input;
use romfs_builder::input::collect::CollectOptions;
use romfs_builder::pack::{PackOptions, pack};
use romfs_runtime::format::kind;
use romfs_runtime::{CheckOptions, Image};
use romfs_tests::builds::compiler;
use romfs_tests::machine::{Console, mapped};
use romfs_tests::romfs;
use romfs_vm::native::{Res, Sink};
use romfs_vm::vm::{Limits, Vm};

const MAIN: &[u8] = b"
import sys, sensor
from lib import tools
print(sensor.reading(3), tools.doubled(21), sensor.Sensor('left').describe())
print(sorted(name for name in dir(sensor) if name[0] != '_'))
print(getattr(sensor, 'read' + 'ing')(4), {'offset_of_sensor': 1}['offset_of_' + 'sensor'])
del sys.modules['sensor']
import sensor
print(sensor.reading(5), sensor.offset_of_sensor, tools.again(sensor))
";

const SENSOR: &[u8] = b"
offset_of_sensor = 40
def reading(channel_number, *, scale_factor=2):
    return channel_number * scale_factor + offset_of_sensor
class Sensor:
    def __init__(self, place_name):
        self.place_name = place_name
    def describe(self):
        return 'the sensor on the ' + self.place_name
";

const TOOLS: &[u8] = b"
def doubled(value_given):
    return value_given * 2
def again(module_given):
    return module_given.reading(1, scale_factor=9)
";

const FILES: &[(&str, &[u8])] = &[
    ("main.py", MAIN),
    ("sensor.py", SENSOR),
    ("lib/tools.py", TOOLS),
];

const PRINTED: &str = "46 42 the sensor on the left
['Sensor', 'offset_of_sensor', 'reading']
48 1
50 40 49
";

/// An image of sources, prelinked for a firmware; `None` without mpy-cross.
fn image(files: &[(&str, &[u8])], link: Option<Abi>) -> Option<Vec<u8>> {
    let compiler = compiler()?;
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let options = PackOptions {
        mpy_cross: Some(compiler),
        link,
        ..PackOptions::default()
    };
    let tree = input::read(folder.path(), &CollectOptions::default()).unwrap();
    let packed = pack(tree, &options, &romfs_builder::progress::Quiet).unwrap();
    Some(packed.image.bytes)
}

/// What a VM is given before it runs `main`.
#[derive(Default)]
struct Setting<'m> {
    /// Names that it knows before anything is mounted.
    names: &'m [&'m str],
    frozen: Option<&'m [u8]>,
    /// Images by path.
    mounts: &'m [(&'m str, &'m [u8])],
    /// How often `main` runs, everything unmounted and mounted again in between.
    rounds: usize,
}

/// What was printed, errors behind it, and how many names an image had brought.
fn run(setting: &Setting<'_>) -> (String, u32) {
    let mut console = Console::default();
    let mut memory = vec![MaybeUninit::uninit(); 512 << 10];
    let brought = {
        let mut vm = Vm::new(&mut memory, Limits::default(), &mut console).unwrap();
        if let Err(raised) = start(&mut vm, setting) {
            let exception = vm.take_raised(raised);
            vm.print_exception(exception, Sink::Error).unwrap();
        }
        vm.collect();
        vm.check_heap().expect("the heap is whole");
        vm.prelinked_names()
    };
    (console.out + &console.errors, brought)
}

fn start<'v>(vm: &mut Vm<'v>, setting: &Setting<'v>) -> Res<()> {
    for name in setting.names {
        vm.intern(name.as_bytes())?;
    }
    if let Some(frozen) = setting.frozen {
        vm.set_frozen(frozen)?;
        vm.add_path(".frozen")?;
    }
    for (path, _) in setting.mounts {
        vm.add_path(path)?;
    }
    for round in 0..setting.rounds.max(1) {
        for (path, image) in setting.mounts {
            if round > 0 {
                vm.unmount(path)?;
            }
            vm.mount_image(path, *image)?;
        }
        vm.run_main("main")?;
    }
    Ok(())
}

fn at_rom(image: &[u8]) -> (String, u32) {
    run(&Setting {
        mounts: &[("/rom", image)],
        ..Setting::default()
    })
}

#[test]
fn the_same_is_printed_and_the_names_take_no_ram() {
    let main = b"
import gc, warm
gc.collect()
before = gc.mem_alloc()
import many
gc.collect()
print(many.function_7(), gc.mem_alloc() - before)
";
    let functions = (0..100).map(|i| format!("def function_{i}():\n    return {i}\n"));
    let many: String = functions.collect();
    let files: &[(&str, &[u8])] = &[
        ("main.py", main),
        ("many.py", many.as_bytes()),
        ("warm.py", b""),
    ];
    let (Some(plain), Some(linked)) = (image(files, None), image(files, Some(Abi::host()))) else {
        return;
    };
    let cost = |image: &[u8], names: u32| {
        let (out, brought) = at_rom(&mapped(image));
        assert_eq!(brought > 0, names > 0, "{out}");
        let (value, cost) = out.trim().split_once(' ').expect(&out);
        assert_eq!(value, "7");
        cost.parse::<i64>().unwrap()
    };
    let (with, without) = (cost(&linked, 1), cost(&plain, 0));
    // An entry of 16 bytes for each name, and an id of two.
    assert!(with + 100 * 18 <= without, "{with} with, {without} without");
}

#[test]
fn whatever_is_mounted_or_known_before() {
    let (Some(plain), Some(linked)) = (image(FILES, None), image(FILES, Some(Abi::host()))) else {
        return;
    };
    let (plain, linked) = (mapped(&plain), mapped(&linked));
    let opened = Image::open(&linked).unwrap();
    opened.check::<32>(&CheckOptions::default(), None).unwrap();
    let other: &[(&str, &[u8])] = &[("lib/tools.py", TOOLS), ("extra.py", b"reading = 1\n")];
    let other = mapped(&image(other, Some(Abi::host())).unwrap());
    let rest: &[(&str, &[u8])] = &[("sensor.py", SENSOR)];
    let rest = mapped(&image(rest, Some(Abi::host())).unwrap());
    let known = [
        "place_name",
        "reading",
        "channel_number",
        "offset_of_sensor",
        "Sensor",
    ];
    let settings = [
        (
            "alone",
            true,
            &[][..],
            None,
            &[("/rom", &linked[..])][..],
            1,
        ),
        (
            "without the record",
            false,
            &[],
            None,
            &[("/rom", &plain)],
            1,
        ),
        (
            "two images, ours first",
            true,
            &[],
            None,
            &[("/rom", &linked), ("/b", &other)],
            1,
        ),
        (
            "two images, ours second",
            true,
            &[],
            None,
            &[("/b", &other), ("/rom", &linked)],
            1,
        ),
        (
            "twice the same",
            true,
            &[],
            None,
            &[("/rom", &linked), ("/b", &linked)],
            1,
        ),
        ("known names", true, &known, None, &[("/rom", &linked)], 1),
        (
            ".frozen beside it",
            true,
            &[],
            Some(&rest[..]),
            &[("/rom", &linked)],
            1,
        ),
        ("mounted again", true, &[], None, &[("/rom", &linked)], 3),
        (
            "mounted again, known names",
            true,
            &known,
            None,
            &[("/rom", &linked)],
            3,
        ),
        (
            "two mounted again",
            true,
            &[],
            None,
            &[("/b", &other), ("/rom", &linked)],
            2,
        ),
    ];
    for (what, brings, names, frozen, mounts, rounds) in settings {
        let (out, brought) = run(&Setting {
            names,
            frozen,
            mounts,
            rounds,
        });
        assert_eq!(out, PRINTED.repeat(rounds), "{what}");
        assert_eq!(brought > 0, brings, "{what}: {brought} names");
    }
}

#[test]
fn an_image_for_another_firmware_is_linked_when_it_is_imported() {
    let small = Abi::of_features(&["mod-json".into()]).unwrap();
    let Some(linked) = image(FILES, Some(small)) else {
        return;
    };
    assert_eq!(at_rom(&mapped(&linked)), (PRINTED.into(), 0));
}

#[test]
fn the_command_prints_names_and_builds_and_runs_with_them() {
    if compiler().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let app = at("app");
    std::fs::create_dir_all(app.join("lib")).unwrap();
    for (path, text) in FILES {
        std::fs::write(app.join(path), text).unwrap();
    }
    let done = |arguments: &[&OsStr]| {
        let output = romfs::run(arguments);
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{arguments:?}: {errors}");
        String::from_utf8(output.stdout).unwrap()
    };
    let (abi, by_file, by_host) = (at("fw.abi"), at("file.romfs"), at("host.romfs"));
    done(&["abi".as_ref(), "host".as_ref(), "-o".as_ref(), abi.as_ref()]);
    assert_eq!(
        std::fs::read_to_string(&abi).unwrap(),
        done(&["abi".as_ref()])
    );
    for (link, image) in [(abi.as_os_str(), &by_file), ("HOST".as_ref(), &by_host)] {
        done(&[
            "build".as_ref(),
            "-q".as_ref(),
            app.as_ref(),
            "--link".as_ref(),
            link,
            "-o".as_ref(),
            image.as_ref(),
        ]);
        assert_eq!(done(&["run".as_ref(), image.as_ref()]), PRINTED);
    }
    let bytes = std::fs::read(&by_file).unwrap();
    assert_eq!(bytes, std::fs::read(&by_host).unwrap());
    assert_eq!(at_rom(&mapped(&bytes)).1, n_names(&bytes) as u32);
    assert_eq!(
        done(&[
            "run".as_ref(),
            "--link".as_ref(),
            "HOST".as_ref(),
            app.as_ref()
        ]),
        PRINTED
    );
    // What was cut short, or never was one, is refused by name.
    std::fs::write(&abi, &std::fs::read(&abi).unwrap()[..100]).unwrap();
    let refused = romfs::run([
        OsStr::new("build"),
        app.as_ref(),
        "--link".as_ref(),
        abi.as_ref(),
    ]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("fw.abi"));
}

/// Names of an image's record.
fn n_names(image: &[u8]) -> usize {
    let start = record(image).start;
    u32::from_le_bytes(image[start + 8..][..4].try_into().unwrap()) as usize
}

/// Where the payload of the prelink record lies.
fn record(image: &[u8]) -> std::ops::Range<usize> {
    record_of(image, kind::PRELINK)
}

/// Where the payload of the record of a kind lies.
fn record_of(image: &[u8], kind: u32) -> std::ops::Range<usize> {
    let opened = Image::open(image).unwrap();
    let record = opened.tail().map(Result::unwrap).find(|r| r.kind == kind);
    let record = record.expect("a prelinked image has the record");
    let start = record.payload_offset as usize;
    start..start + record.payload.len()
}

#[test]
fn every_byte_of_a_record_may_lie() {
    let Some(linked) = image(FILES, Some(Abi::host())) else {
        return;
    };
    let range = record(&linked);
    assert!(range.len() > 200, "{range:?}");
    prints_whatever_lies(&linked, range, PRINTED);
}

/// The image prints the same, whichever of these bytes is another.
fn prints_whatever_lies(image: &[u8], range: std::ops::Range<usize>, expected: &str) {
    for at in range {
        for change in [0x01, 0x20, 0x80, 0xff] {
            let mut forged = image.to_vec();
            forged[at] ^= change;
            let (out, _) = at_rom(&mapped(&forged));
            assert_eq!(out, expected, "byte {at} changed by {change:#x}");
        }
    }
}

/// A record with two names exchanged, and one whose names are all the same text: well-formed, and wrong.
#[test]
fn names_that_are_not_those_of_the_module_are_not_believed() {
    let Some(linked) = image(FILES, Some(Abi::host())) else {
        return;
    };
    let range = record(&linked);
    let n_names = n_names(&linked);
    assert!(n_names > 8, "{n_names}");
    let ids = range.end - 2 * n_names..range.end;
    let mut exchanged = linked.clone();
    for pair in exchanged[ids].chunks_exact_mut(4) {
        pair.swap(0, 2);
        pair.swap(1, 3);
    }
    assert_eq!(at_rom(&mapped(&exchanged)).0, PRINTED);
    let names = range.start + 24;
    let mut same = linked.clone();
    let first: [u8; 8] = same[names..][..8].try_into().unwrap();
    for name in same[names..][..8 * n_names].chunks_exact_mut(8) {
        name.copy_from_slice(&first);
    }
    assert_eq!(at_rom(&mapped(&same)), (PRINTED.into(), 0));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn records_of_random_bytes_cost_time_only(
        changes in proptest::collection::vec((0.0..1.0, any::<u8>()), 1..24),
    ) {
        let Some(linked) = image_once() else { return Ok(()) };
        let range = record(linked);
        let mut forged = linked.to_vec();
        for (place, byte) in changes {
            // The hash of the firmware stays, or nothing else would be looked at.
            let at = range.start + 8 + (place * (range.len() - 8) as f64) as usize;
            forged[at] = byte;
        }
        prop_assert_eq!(at_rom(&mapped(&forged)).0, PRINTED);
    }
}

fn image_once() -> Option<&'static [u8]> {
    static IMAGE: std::sync::OnceLock<Option<Vec<u8>>> = std::sync::OnceLock::new();
    IMAGE
        .get_or_init(|| image(FILES, Some(Abi::host())))
        .as_deref()
}

/// Does with constants what programs do with tuples, floats and texts.
const CONSTANTS: &[u8] = include_bytes!("constants.py");

const CONSTANT_FILES: &[(&str, &[u8])] = &[("main.py", CONSTANTS)];

#[test]
fn constants_in_flash_do_what_those_in_ram_do() {
    let images = (
        image(CONSTANT_FILES, None),
        image(CONSTANT_FILES, Some(Abi::host())),
    );
    let (Some(plain), Some(linked)) = images else {
        return;
    };
    let (plain, linked) = (mapped(&plain), mapped(&linked));
    let opened = Image::open(&linked).unwrap();
    opened.check::<32>(&CheckOptions::default(), None).unwrap();
    assert!(opened.constants().unwrap().len() > 8);
    let (expected, _) = at_rom(&plain);
    assert!(expected.ends_with("end\n"), "{expected}");
    let settings = [
        ("alone", &[][..], &[("/rom", &linked[..])][..], 1),
        ("again", &[], &[("/rom", &linked)], 3),
        ("a name", &["unit", "alpha"], &[("/rom", &linked)], 2),
        (
            "second",
            &[],
            &[("/b", &plain[..]), ("/rom", &linked[..])],
            2,
        ),
    ];
    for (what, names, mounts, rounds) in settings {
        let (out, _) = run(&Setting {
            names,
            mounts,
            rounds,
            ..Setting::default()
        });
        assert_eq!(out, expected.repeat(rounds), "{what}");
    }
}

#[test]
fn constants_in_flash_take_no_ram() {
    let main = b"
import gc, warm
gc.collect()
before = gc.mem_alloc()
import table
gc.collect()
cost = gc.mem_alloc() - before
print(len(table.ROWS), sum(row[1] for row in table.ROWS), table.ROWS[7][2], cost)
";
    let rows = (0..100).map(|i| format!("({i}, {i}.5, 'the unit number {i}', b'raw {i}'),"));
    let table = format!("ROWS = ({})\n", rows.collect::<String>());
    let files: &[(&str, &[u8])] = &[
        ("main.py", main),
        ("table.py", table.as_bytes()),
        ("warm.py", b""),
    ];
    // One whose words have another width is not for this VM.
    let narrow = Abi::host().to_json();
    let narrow = narrow.replace("\"word_bits\": 64", "\"word_bits\": 32");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("narrow.abi");
    std::fs::write(&path, narrow).unwrap();
    let narrow = Abi::find(path.to_str().unwrap()).unwrap();
    assert_eq!(narrow.word(), 4);
    let cost = |link: Option<Abi>| {
        let (out, _) = at_rom(&mapped(&image(files, link)?));
        let (values, cost) = out.trim().rsplit_once(' ').expect(&out);
        assert_eq!(values, "100 5000.0 the unit number 7");
        Some(cost.parse::<usize>().expect(&out))
    };
    let (Some(without), Some(with)) = (cost(None), cost(Some(Abi::host()))) else {
        return;
    };
    assert!(with < 400, "{with}");
    assert!(without > 100 * 48, "{without}");
    assert!(cost(Some(narrow)).unwrap() > 100 * 48);
}

#[test]
fn every_byte_of_the_constants_may_lie() {
    let images = (
        image(CONSTANT_FILES, None),
        image(CONSTANT_FILES, Some(Abi::host())),
    );
    let (Some(plain), Some(linked)) = images else {
        return;
    };
    let (expected, _) = at_rom(&mapped(&plain));
    let range = record_of(&linked, kind::CONSTANTS);
    assert!(range.len() > 500, "{range:?}");
    prints_whatever_lies(&linked, range, &expected);
}

/// Cells that are well-formed and others than the module's: each entry leads to the cell of the next.
#[test]
fn cells_of_other_constants_are_not_believed() {
    let images = (
        image(CONSTANT_FILES, None),
        image(CONSTANT_FILES, Some(Abi::host())),
    );
    let (Some(plain), Some(linked)) = images else {
        return;
    };
    let (expected, _) = at_rom(&mapped(&plain));
    let start = record_of(&linked, kind::CONSTANTS).start;
    let n = u32::from_le_bytes(linked[start + 12..][..4].try_into().unwrap()) as usize;
    let mut forged = linked.clone();
    for i in 0..n {
        let (to, from) = (start + 16 + 8 * i + 4, start + 16 + 8 * ((i + 1) % n) + 4);
        forged[to..to + 4].copy_from_slice(&linked[from..from + 4]);
    }
    assert_eq!(at_rom(&mapped(&forged)).0, expected);
}
