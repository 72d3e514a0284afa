//! The file tree as a program sees it: what comes first, changing it, filesystems of a program's own, `.frozen`, resources.
//!
//! `tests/files/*.py` are programs, each with what it must print behind it. They stand for these scripts of MicroPython, which
//! need VfsFat, VfsLfs1 or a compiler: extmod/vfs_lfs.py (littlefs.py), extmod/vfs_blockdev.py (littlefs.py),
//! extmod/vfs_blockdev_invalid.py (bad_device.py), extmod/vfs_userfs.py (own_filesystem.py), extmod/vfs_rom.py (rom.py), and
//! for io/file1.py, io/file_readinto.py and io/file_readline.py where they write (writing.py).

use romfs_builder::frozen::Frozen;
use romfs_runtime::Image;
use romfs_tests::machine::{Machine, flash, image, mapped, packed};
use romfs_tests::programs::programs;

#[test]
fn programs_print_what_they_must() {
    let Some(programs) = programs() else { return };
    let mut wrong = Vec::new();
    for program in programs {
        let path = program.path;
        let rom = mapped(&program.image);
        let out = Machine::new(&rom).run(&mut flash(64));
        let out = out.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        if out != program.expected {
            println!("{}: {out}", path.display());
            wrong.push(path);
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}

/// What `import which` finds where littlefs, `.frozen` and the image each have one.
fn first_found(path: &[&str], chdir: &str) -> Option<String> {
    let which = |place: &str| {
        packed(
            &[("which.py", format!("print('{place}')\n").as_bytes())],
            true,
        )
    };
    let writable = which("littlefs")?;
    let frozen = which(".frozen")?;
    let copy = format!(
        "import vfs, os\nvfs.mount(vfs.VfsRom(open('/rom/w.romfs', 'rb')), '/w')\n\
         with open('/which.mpy', 'wb') as f:\n    f.write(open('/w/which.mpy', 'rb').read())\nvfs.umount('/w')\n\
         os.chdir('{chdir}')\nimport which\n"
    );
    let rom = image(&[
        ("main.py", copy.as_bytes()),
        ("which.py", b"print('rom')\n"),
        ("lib/which.py", b"print('rom lib')\n"),
        ("w.romfs", &writable),
    ])?;
    let mut machine = Machine::new(&rom);
    machine.frozen = Some(&frozen);
    machine.path = path;
    Some(machine.run(&mut flash(64)).unwrap())
}

#[test]
fn what_comes_first() {
    let path = ["", ".frozen", "/rom", "/rom/lib"];
    let Some(found) = first_found(&path, "/") else {
        return;
    };
    assert_eq!(found, "littlefs\n", "the current directory comes first");
    // The ways to have the image first: start in it, or put it first in sys.path.
    assert_eq!(first_found(&path, "/rom").unwrap(), "rom\n");
    assert_eq!(first_found(&["/rom", ""], "/").unwrap(), "rom\n");
    assert_eq!(
        first_found(&[".frozen", "/rom", ""], "/").unwrap(),
        ".frozen\n"
    );
    assert_eq!(
        first_found(&["/rom/lib", "/rom"], "/").unwrap(),
        "rom lib\n"
    );
}

#[test]
fn a_device_without_an_image_runs_from_frozen() {
    let Some(frozen) = packed(
        &[
            ("main.py", b"import io, tool\nprint('factory', tool.N)\nprint(io.resource_stream('pkg', 'data.txt').read())\n"),
            ("tool.py", b"N = 7\n"),
            ("pkg/__init__.py", b""),
            ("pkg/data.txt", b"inside"),
        ],
        true,
    ) else {
        return;
    };
    let Some(empty) = packed(&[], true) else {
        return;
    };
    let mut machine = Machine::new(&empty);
    machine.frozen = Some(&frozen);
    assert_eq!(
        machine.run(&mut flash(64)).unwrap(),
        "factory 7\nb'inside'\n"
    );
}

#[test]
fn a_source_in_frozen_is_a_resource_and_no_module() {
    let Some(frozen) = packed(&[("tool.py", b"N = 7\n")], false) else {
        return;
    };
    let Some(rom) = image(&[(
        "main.py",
        b"import io\nprint(io.resource_stream(None, '.frozen/tool.py').read())\n\
          try:\n    import tool\nexcept ImportError as e:\n    print(e)\n",
    )]) else {
        return;
    };
    let mut machine = Machine::new(&rom);
    machine.frozen = Some(&frozen);
    assert_eq!(
        machine.run(&mut flash(64)).unwrap(),
        "b'N = 7\\n'\nscript compilation not supported\n"
    );
}

#[test]
fn a_firmware_chooses_what_is_frozen() {
    if romfs_tests::builds::compiler().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("tool.py"), "N = 7\n").unwrap();
    std::fs::write(folder.path().join("data.txt"), "data").unwrap();
    let names = |bytecode, sources| {
        let frozen = Frozen::new(folder.path())
            .bytecode(bytecode)
            .sources(sources);
        let Ok(bytes) = frozen.build() else {
            return None;
        };
        let image = Image::open(&bytes).unwrap();
        let mut names: Vec<String> = image
            .root()
            .entries()
            .map(|entry| String::from_utf8_lossy(entry.unwrap().name()).into_owned())
            .collect();
        names.sort();
        Some(names.join(" "))
    };
    assert_eq!(names(false, true).unwrap(), "data.txt tool.py");
    assert_eq!(names(false, false).unwrap(), "");
    if let Some(compiled) = names(true, false) {
        assert_eq!(compiled, "data.txt tool.mpy");
        assert_eq!(names(true, true).unwrap(), "data.txt tool.mpy tool.py");
    }
}

#[test]
fn a_package_is_run_by_its_main() {
    let Some(rom) = image(&[
        ("main/__init__.py", b"print('init', __name__)\n"),
        (
            "main/__main__.py",
            b"from main import tool\nprint('main', __name__, tool.N)\n",
        ),
        ("main/tool.py", b"N = 7\n"),
    ]) else {
        return;
    };
    assert_eq!(
        Machine::new(&rom).run(&mut flash(64)).unwrap(),
        "init main\nmain __main__ 7\n"
    );
}

#[test]
fn files_left_open_are_closed() {
    let Some(rom) = image(&[(
        "main.py",
        b"import gc, os\n\
          def leave(i):\n    f = open('/left%d' % i, 'w')\n    f.write('x' * i)\n\
          for i in range(20):\n    leave(i)\n    if i % 5 == 0:\n        gc.collect()\n\
          gc.collect()\nleave(20)\nprint(len(os.listdir('/')))\n\
          last = open('/last', 'w')\nlast.write('kept')\n",
    )]) else {
        return;
    };
    let mut flash = flash(64);
    let first = Machine::new(&rom).run(&mut flash);
    first.unwrap();
    let Some(rom) = image(&[(
        "main.py",
        b"import os\nprint(open('/last').read(), [os.stat('/left%d' % i)[6] for i in (1, 7, 19, 20)])\n",
    )]) else {
        return;
    };
    assert_eq!(
        Machine::new(&rom).run(&mut flash).unwrap(),
        "kept [1, 7, 19, 20]\n"
    );
}
