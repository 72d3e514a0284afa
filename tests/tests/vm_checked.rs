//! Images that were checked whole before they were mounted: imports from them verify nothing and do the same, and nothing
//! else passes for one.

use std::mem::MaybeUninit;

use mpy_format::Mpy;
use romfs_builder::abi::Abi;
use romfs_builder::input;
use romfs_builder::input::collect::CollectOptions;
use romfs_builder::pack::{PackOptions, pack};
use romfs_runtime::format::kind;
use romfs_runtime::littlefs::{BlockDevice, NorDevice, Options, Units};
use romfs_runtime::{CheckOptions, ErrorKind, Image};
use romfs_tests::builds::compiler;
use romfs_tests::machine::{flash, mapped};
use romfs_vm::image::{CheckedImage, ImageBytes, Unsound};
use romfs_vm::native::{Res, Sink};
use romfs_vm::observe::{Event, Observer};
use romfs_vm::vm::{Host, Limits, Vm};

const MAIN: &[u8] = b"
import sys, util
from lib import tools
print(util.twice(4), tools.label('x'))
del sys.modules['util']
import util
print(util.twice('ab'))
";
const UTIL: &[u8] = b"def twice(value):\n    return value * 2\n";
const TOOLS: &[u8] = b"def label(name):\n    return ('label of', name, 2.5)\n";
const FILES: &[(&str, &[u8])] = &[
    ("main.py", MAIN),
    ("util.py", UTIL),
    ("lib/tools.py", TOOLS),
];
const PRINTED: &str = "8 ('label of', 'x', 2.5)\nabab\n";

/// A console that keeps what is printed, and tells imports apart.
#[derive(Default)]
struct Console {
    out: String,
    /// Modules that were imported, and whether the import verified them.
    imports: Vec<(String, bool)>,
}

impl Host for Console {
    fn write(&mut self, bytes: &[u8]) {
        self.out.push_str(&String::from_utf8_lossy(bytes));
    }

    fn ticks_us(&mut self) -> u64 {
        0
    }

    fn sleep_us(&mut self, _: u64) {}

    fn observer(&mut self) -> Option<&mut dyn Observer> {
        Some(self)
    }
}

impl Observer for Console {
    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Import { name, .. } => {
                let name = String::from_utf8_lossy(name).into_owned();
                self.imports.push((name, false));
            }
            Event::Verify => self.imports.last_mut().expect("an import began").1 = true,
            _ => {}
        }
    }
}

/// An image of files: sources become modules, which are packed unverified.
fn image(files: &[(&str, &[u8])], options: PackOptions) -> Option<Vec<u8>> {
    let compiler = compiler()?;
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let options = PackOptions {
        mpy_cross: Some(compiler),
        verify: false,
        ..options
    };
    let tree = input::read(folder.path(), &CollectOptions::default()).unwrap();
    let packed = pack(tree, &options, &romfs_builder::progress::Quiet).unwrap();
    Some(packed.image.bytes)
}

fn plain(files: &[(&str, &[u8])]) -> Option<Vec<u8>> {
    let options = PackOptions {
        plain: true,
        ..PackOptions::default()
    };
    image(files, options)
}

fn checked(bytes: &[u8]) -> Result<CheckedImage<'_>, Unsound<'_>> {
    CheckedImage::check(bytes, &CheckOptions::default(), None)
}

/// What a VM is given before it runs `main`.
#[derive(Default)]
struct Setting<'m> {
    frozen: Option<ImageBytes<'m>>,
    /// Images by path.
    mounts: &'m [(&'m str, ImageBytes<'m>)],
    /// The first of them is under a layer.
    layer: bool,
    /// How often `main` runs, everything unmounted and mounted again in between.
    rounds: usize,
}

/// Runs `main`; what it raises is printed.
fn run(setting: &Setting<'_>) -> Console {
    let mut console = Console::default();
    let mut memory = vec![MaybeUninit::uninit(); 192 << 10];
    let mut layer = NorDevice::new(flash(16), Units::default()).unwrap();
    {
        let limits = Limits {
            steps: 100_000,
            ..Limits::default()
        };
        let mut vm = Vm::new(&mut memory, limits, &mut console).unwrap();
        let layer = setting.layer.then_some(&mut layer as _);
        if let Err(raised) = start(&mut vm, setting, layer) {
            let exception = vm.take_raised(raised);
            vm.print_exception(exception, Sink::Console).unwrap();
        }
        vm.collect();
        vm.check_heap().expect("the heap is whole");
    }
    console
}

fn start<'v>(
    vm: &mut Vm<'v>,
    setting: &Setting<'v>,
    mut layer: Option<&'v mut dyn BlockDevice>,
) -> Res<()> {
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
            match layer.take() {
                Some(layer) => vm.mount_overlay(path, *image, layer, &Options::default())?,
                None => vm.mount_image(path, *image)?,
            }
        }
        vm.run_main("main")?;
    }
    Ok(())
}

fn at_rom(image: ImageBytes<'_>) -> Console {
    run(&Setting {
        mounts: &[("/rom", image)],
        ..Setting::default()
    })
}

/// Names of the modules that were verified when they were imported.
fn verified(console: &Console) -> Vec<&str> {
    let imports = console.imports.iter();
    let verified = imports.filter(|(_, verifies)| *verifies);
    verified.map(|(name, _)| name.as_str()).collect()
}

#[test]
fn imports_from_a_checked_image_verify_nothing_and_do_the_same() {
    let link = || PackOptions {
        link: Some(Abi::host()),
        ..PackOptions::default()
    };
    let Some(indexed) = image(FILES, PackOptions::default()) else {
        return;
    };
    for bytes in [
        indexed,
        plain(FILES).unwrap(),
        image(FILES, link()).unwrap(),
    ] {
        let map = mapped(&bytes);
        let bare = at_rom(map[..].into());
        assert_eq!(bare.out, PRINTED);
        assert_eq!(verified(&bare), ["__main__", "util", "lib.tools"]);
        let sound = checked(&map).unwrap();
        let console = at_rom(sound.into());
        assert_eq!(console.out, PRINTED);
        assert_eq!(console.imports.len(), 4);
        assert_eq!(verified(&console), [""; 0]);
    }
}

#[test]
fn wherever_it_is_mounted() {
    let Some(bytes) = image(FILES, PackOptions::default()) else {
        return;
    };
    let (map, twin) = (mapped(&bytes), mapped(&bytes));
    let sound = ImageBytes::from(checked(&map).unwrap());
    let again = run(&Setting {
        mounts: &[("/rom", sound)],
        rounds: 3,
        ..Setting::default()
    });
    assert_eq!(again.out, PRINTED.repeat(3));
    assert_eq!(verified(&again), [""; 0]);
    let frozen = run(&Setting {
        frozen: Some(sound),
        mounts: &[("/rom", twin[..].into())],
        ..Setting::default()
    });
    assert_eq!((&*frozen.out, verified(&frozen)), (PRINTED, vec![]));
    let layered = run(&Setting {
        mounts: &[("/rom", sound)],
        layer: true,
        ..Setting::default()
    });
    assert_eq!((&*layered.out, verified(&layered)), (PRINTED, vec![]));
    let beside = run(&Setting {
        mounts: &[("/other", twin[..].into()), ("/rom", sound)],
        ..Setting::default()
    });
    // The same content at another place is another image.
    let expected = vec!["__main__", "util", "lib.tools"];
    assert_eq!((&*beside.out, verified(&beside)), (PRINTED, expected));
}

/// More checked images than a VM remembers: the rest is verified as ever.
#[test]
fn more_than_are_remembered() {
    let names = ["a", "b", "c", "d", "e", "f", "g"];
    let main: String = names.map(|name| format!("import {name}\n")).concat();
    let modules = names.map(|name| image(&[(&format!("{name}.py"), b"")], PackOptions::default()));
    if compiler().is_none() {
        return;
    }
    let modules = modules.map(|bytes| mapped(&bytes.unwrap()));
    let main = mapped(&image(&[("main.py", main.as_bytes())], PackOptions::default()).unwrap());
    let paths = names.map(|name| format!("/{name}"));
    let mut mounts = vec![("/rom", ImageBytes::from(checked(&main).unwrap()))];
    for (path, map) in paths.iter().zip(&modules) {
        mounts.push((path, checked(map).unwrap().into()));
    }
    let console = run(&Setting {
        mounts: &mounts,
        ..Setting::default()
    });
    assert_eq!((&*console.out, console.imports.len()), ("", 8));
    assert_eq!(verified(&console), ["d", "e", "f", "g"]);
}

/// A module with a jump out of itself: well-formed as a file, and nothing that may run.
fn unsound_module() -> Option<Vec<u8>> {
    let source = b"def wild(n):\n    while n:\n        n -= 1\n    return n\n";
    let bytes = plain(&[("wild.py", source)])?;
    let module = Image::open(&bytes).unwrap().file("wild.mpy").unwrap();
    let mut module = module.unwrap().data().unwrap().to_vec();
    // The last jump of the loop: an opcode, and a distance of one byte or two.
    let opcodes = 0x42..=0x45;
    let at = module.iter().rposition(|byte| opcodes.contains(byte));
    module[at.unwrap() + 1] ^= 0x3f;
    assert!(Mpy::open(&module).is_ok());
    Some(module)
}

const TRIES: &[u8] = b"
try:
    import wild
except ValueError as e:
    print(e)
import util
print(util.twice(2))
";

#[test]
fn one_bad_module_and_the_image_is_not_checked() {
    let Some(wild) = unsound_module() else { return };
    let files: &[(&str, &[u8])] = &[("main.py", TRIES), ("util.py", UTIL), ("wild.mpy", &wild)];
    for bytes in [
        image(files, PackOptions::default()).unwrap(),
        plain(files).unwrap(),
    ] {
        let map = mapped(&bytes);
        let Err(Unsound::Module { name, what, offset }) = checked(&map) else {
            panic!("a wild jump is no sound module");
        };
        assert_eq!((name, what), (&b"wild.mpy"[..], "incompatible .mpy file"));
        let file = Image::open(&map).unwrap().file("wild.mpy").unwrap();
        assert_eq!(offset, file.unwrap().offset());
        // As bytes it can be mounted, and what is sound of it imported.
        let bare = at_rom(map[..].into());
        assert_eq!(bare.out, "incompatible .mpy file\n4\n");
        assert_eq!(verified(&bare), ["__main__", "wild", "util"]);
    }
}

/// An image that lies as a file in a checked one is within its bytes, and no part of what was checked.
#[test]
fn images_within_a_checked_image_are_not_checked() {
    let Some(wild) = unsound_module() else { return };
    let inner = plain(&[("wild.mpy", &wild), ("util.py", UTIL)]).unwrap();
    let main = [
        &b"import sys, vfs\nvfs.mount(vfs.VfsRom(open('/rom/inner.bin', 'rb')), '/in')\nsys.path.append('/in')\n"[..],
        TRIES,
    ]
    .concat();
    let files: &[(&str, &[u8])] = &[("main.py", &main), ("inner.bin", &inner)];
    let map = mapped(&image(files, PackOptions::default()).unwrap());
    let console = at_rom(checked(&map).unwrap().into());
    assert_eq!(console.out, "incompatible .mpy file\n4\n");
    assert_eq!(verified(&console), ["wild", "util"]);
}

/// An index that leads into a data file, where what looks like a record of a module lies: what a walk never meets.
#[test]
fn a_module_that_only_the_index_knows_is_found_out() {
    let Some(wild) = unsound_module() else { return };
    let hidden = plain(&[("util.mpy", &wild)]).unwrap();
    let hidden = &hidden[Image::open(&hidden).unwrap().payload_offset() as usize..];
    let files: &[(&str, &[u8])] = &[
        ("zdata.bin", hidden),
        ("main.py", b"import util\n"),
        ("util.py", UTIL),
    ];
    let mut bytes = image(files, PackOptions::default()).unwrap();
    let opened = Image::open(&bytes).unwrap();
    let payload = opened.payload_offset();
    let data = opened.file("zdata.bin").unwrap().unwrap();
    let to = data.data_offset().unwrap() - payload;
    let from = opened.file("util.mpy").unwrap().unwrap().offset() - payload;
    let mut tail = opened.tail().map(Result::unwrap);
    let index = tail.find(|record| record.kind == kind::PATH_INDEX).unwrap();
    let (start, end) = (index.payload_offset as usize, index.payload.len());
    let slot = bytes[start..start + end]
        .windows(4)
        .position(|word| word == from.to_le_bytes());
    bytes[start + slot.unwrap()..][..4].copy_from_slice(&to.to_le_bytes());
    let map = mapped(&bytes);
    let found = Image::open(&map).unwrap().file("util.mpy").unwrap();
    assert_eq!(found.unwrap().data().unwrap(), wild);
    match checked(&map) {
        Err(Unsound::Image(error)) => assert_eq!(error.kind, ErrorKind::IndexMismatch),
        other => panic!("{other:?}"),
    }
    let bare = at_rom(map[..].into());
    assert!(
        bare.out.contains("ValueError: incompatible .mpy file"),
        "{}",
        bare.out
    );
}

/// Any byte of an image without checksums changed: it is refused, or it does what it does when each import verifies.
#[test]
fn every_byte_may_lie() {
    let Some(bytes) = plain(FILES) else { return };
    let mut passed = 0;
    for at in 0..bytes.len() {
        for change in [0x01, 0x40, 0xff] {
            let mut forged = bytes.clone();
            forged[at] ^= change;
            let map = mapped(&forged);
            let Ok(sound) = checked(&map) else { continue };
            passed += 1;
            let (quick, slow) = (at_rom(sound.into()), at_rom(map[..].into()));
            assert_eq!(quick.out, slow.out, "byte {at} changed by {change:#x}");
            assert_eq!(verified(&quick), [""; 0]);
        }
    }
    assert!(passed > 100, "only {passed} passed: nothing was tried");
}
