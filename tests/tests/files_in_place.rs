//! Modules run where they lie: the address of running bytecode, what an import costs, which memory is copied first.

use embedded_storage::nor_flash::NorFlash;
use flash_sim::{Chip, Geometry};
use romfs_builder::device::SimFlash;
use romfs_runtime::flash::{FlashMap, Mapped};
use romfs_runtime::littlefs::{NorDevice, Units};
use romfs_tests::machine::{Console, Machine, SECTOR, flash, image, mapped, packed};
use romfs_vm::vm::Vm;

/// Whether Linux has every page of these bytes mapped without the right to write.
fn is_read_only(bytes: &[u8]) -> bool {
    let maps = std::fs::read_to_string("/proc/self/maps").expect("Linux tells its mappings");
    let at = bytes.as_ptr() as usize;
    maps.lines().any(|line| {
        let mut parts = line.split_whitespace();
        let (range, rights) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""));
        let (from, to) = range.split_once('-').unwrap_or(("0", "0"));
        let hex = |text| usize::from_str_radix(text, 16).unwrap_or(0);
        (hex(from)..hex(to)).contains(&at) && hex(to) >= at + bytes.len() && !rights.contains('w')
    })
}

#[test]
fn running_bytecode_lies_in_the_image_which_nothing_can_write() {
    let Some(rom) = image(&[
        ("main.py", b"import pkg.work\npkg.work.task()\n"),
        ("pkg/__init__.py", b""),
        ("pkg/work.py", b"def task():\n    print('working')\n"),
    ]) else {
        return;
    };
    assert!(is_read_only(&rom));
    let mut console = Console {
        observes: true,
        ..Console::default()
    };
    Machine::new(&rom)
        .run_seen(&mut flash(64), &mut console, |_| ())
        .unwrap();
    assert_eq!(console.out, "working\n");
    let image = rom.as_ptr() as usize..rom.as_ptr() as usize + rom.len();
    for function in ["<module>", "task"] {
        let code = console.called[function];
        assert!(
            image.contains(&code),
            "{function} at {code:#x}, image at {image:x?}"
        );
    }
}

/// Bytes of heap that importing a module of this text takes.
fn cost_of(module: &str) -> Option<i64> {
    let rom = image(&[
        (
            "main.py",
            b"import gc, warm\ngc.collect()\nbefore = gc.mem_alloc()\nimport work\ngc.collect()\n\
              print(gc.mem_alloc() - before)\n",
        ),
        ("warm.py", b""),
        ("work.py", module.as_bytes()),
    ])?;
    let out = Machine::new(&rom).run(&mut flash(64)).unwrap();
    Some(out.trim().parse().unwrap())
}

#[test]
fn a_module_with_a_large_constant_costs_64_bytes_more_than_an_empty_one() {
    let (Some(empty), Some(large)) = (
        cost_of(""),
        cost_of(&format!("BLOB = b'{}'\n", "x".repeat(8000))),
    ) else {
        return;
    };
    println!("empty: {empty} B, with a constant of 8,000 bytes: {large} B");
    assert!(large - empty <= 64, "{} B more", large - empty);
}

#[test]
fn code_that_something_could_write_is_copied_first() {
    let Some(module) = packed(&[("other.py", b"def f():\n    return 'copied'\n")], true) else {
        return;
    };
    // An image in a bytearray, in littlefs, and within the image.
    let Some(rom) = image(&[
        (
            "main.py",
            b"import sys, vfs\n\
              inner = open('/rom/inner.romfs', 'rb')\n\
              vfs.mount(vfs.VfsRom(inner), '/inner')\n\
              ram = bytearray(inner.read())\n\
              vfs.mount(vfs.VfsRom(ram), '/ram')\n\
              with open('/other.mpy', 'wb') as f:\n    f.write(open('/ram/other.mpy', 'rb').read())\n\
              for folder in ('/inner', '/ram', '/'):\n\
              \x20   sys.path[:] = [folder]\n\
              \x20   import other\n\
              \x20   del sys.modules['other']\n\
              \x20   if folder == '/ram':\n\
              \x20       for i in range(len(ram)):\n            ram[i] = 255\n\
              \x20   print(other.f())\n\
              \x20   other.f()\n",
        ),
        ("inner.romfs", &module),
    ]) else {
        return;
    };
    let mut console = Console {
        observes: true,
        ..Console::default()
    };
    let outcome = Machine::new(&rom).run_seen(&mut flash(64), &mut console, |_| ());
    outcome.unwrap();
    assert_eq!(console.out, "copied\ncopied\ncopied\n");
}

/// Where the bytes of a global of the main program are.
fn address_of(vm: &mut Vm<'_>, name: &str) -> usize {
    let main = vm.intern(b"__main__").unwrap();
    let main = vm.import_now(main).unwrap();
    let name = vm.intern(name.as_bytes()).unwrap();
    let value = vm.load_attr(main, name).unwrap();
    vm.bytes_of(value).unwrap().as_ptr() as usize
}

#[test]
fn a_memoryview_of_a_file_points_into_the_image() {
    let content: Vec<u8> = (0..=255).collect();
    let Some(inner) = packed(&[("data.bin", &content)], true) else {
        return;
    };
    let Some(rom) = image(&[
        (
            "main.py",
            b"import vfs\nfile = open('/rom/data.bin', 'rb')\nview = memoryview(file)[16:]\n\
              vfs.mount(vfs.VfsRom(open('/rom/inner.romfs', 'rb')), '/in')\n\
              inner = open('/in/data.bin', 'rb')\n\
              print(bytes(memoryview(file)[1:4]), len(memoryview(file)), inner.read() == file.read())\n\
              try:\n    view[0] = 1\nexcept TypeError:\n    print('read-only')\n\
              try:\n    memoryview(open('/rom/data.bin'))\nexcept TypeError:\n    print('no buffer in text mode')\n",
        ),
        ("data.bin", &content),
        ("inner.romfs", &inner),
    ]) else {
        return;
    };
    let mut console = Console::default();
    let addresses = Machine::new(&rom)
        .run_seen(&mut flash(64), &mut console, |vm| {
            ["file", "view", "inner"].map(|name| address_of(vm, name))
        })
        .unwrap();
    assert_eq!(
        console.out,
        "b'\\x01\\x02\\x03' 256 True\nread-only\nno buffer in text mode\n"
    );
    let image = rom.as_ptr() as usize;
    let places: Vec<usize> = rom
        .windows(content.len())
        .enumerate()
        .filter(|(_, part)| *part == content)
        .map(|(at, _)| image + at)
        .collect();
    assert!(places.contains(&addresses[0]));
    assert_eq!(addresses[1], addresses[0] + 16);
    assert!(
        places.contains(&addresses[2]),
        "the image within the image is in place too"
    );
    assert_ne!(addresses[0], addresses[2]);
}

#[test]
fn a_module_is_found_with_few_looks_and_absent_folders_are_remembered() {
    let looks = |path: &[&str], main: &[u8]| -> Option<u32> {
        let rom = image(&[
            ("main.py", main),
            ("one.py", b""),
            ("two.py", b""),
            ("pkg/__init__.py", b""),
            ("pkg/sub.py", b""),
        ])?;
        let mut machine = Machine::new(&rom);
        machine.path = path;
        machine
            .run_seen(&mut flash(64), &mut Console::default(), |vm| {
                vm.import_stats()
            })
            .ok()
    };
    let whole = ["", ".frozen", "/rom", "/rom/lib"];
    let Some(main) = looks(&whole, b"") else {
        return;
    };
    let more = |path, program, main| looks(path, program).unwrap() - main;
    // The names in '' are read once: none is there. There is no .frozen; /rom has it at the second look.
    assert_eq!(main, 1 + 2);
    assert_eq!(more(&whole[..], b"import one", main), 2);
    // A package: found at the first look, and its __init__.mpy at the next. Its modules are looked for in it alone.
    assert_eq!(more(&whole[..], b"import pkg", main), 2);
    assert_eq!(more(&whole[..], b"import pkg.sub", main), 2 + 2);
    // The folder /rom/lib is not there: one look, not three a module.
    let first = ["/rom/lib", "/rom"];
    let main = looks(&first, b"").unwrap();
    assert_eq!(main, 1 + 2);
    assert_eq!(more(&first[..], b"import one, two", main), 2 + 2);
    // Each module of a package tries what nobody has: it is looked for once in each folder, not once a module, as long as
    // nothing in the tree changes. main, the package (2), eight modules (2 each), and `absent` itself: not in '', three looks
    // in /rom, and one for /rom/lib, which is not there.
    let tries = b"try:\n    import absent\nexcept ImportError:\n    pass\n";
    let names: Vec<String> = (0..8).map(|i| format!("pkg/m{i}.py")).collect();
    let imports: String = (0..8).map(|i| format!("import pkg.m{i}\n")).collect();
    let package = |main: &str| {
        let mut files: Vec<(&str, &[u8])> =
            names.iter().map(|n| (n.as_str(), &tries[..])).collect();
        files.extend([("main.py", main.as_bytes()), ("pkg/__init__.py", &b""[..])]);
        let rom = image(&files).unwrap();
        let mut console = Console::default();
        let looks =
            Machine::new(&rom).run_seen(&mut flash(64), &mut console, |vm| vm.import_stats());
        (looks.unwrap(), console.out)
    };
    let (looks, _) = package(&imports);
    assert_eq!(looks, (1 + 2) + 2 + 8 * 2 + (3 + 1));
    // What comes into the tree meanwhile is found.
    let appears = "try:\n    import late\nexcept ImportError:\n    print('not yet')\n\
         module = open('/rom/pkg/__init__.mpy', 'rb').read()\n\
         with open('/late.mpy', 'wb') as f:\n    f.write(module)\n\
         import late\nprint(late.__file__)\n\
         import os\nos.remove('/late.mpy')\nimport sys\ndel sys.modules['late']\n\
         try:\n    import late\nexcept ImportError:\n    print('gone')\n\
         os.mkdir('/d')\n\
         with open('/d/late.mpy', 'wb') as f:\n    f.write(module)\n\
         os.rename('/d/late.mpy', '/late.mpy')\nimport late\nprint(late.__file__)\n\
         del sys.modules['late']\nos.chdir('/d')\n\
         try:\n    import late\nexcept ImportError:\n    print('elsewhere')\n";
    assert_eq!(
        package(appears).1,
        "not yet\nlate.mpy\ngone\nlate.mpy\nelsewhere\n"
    );
    println!(
        "looks of an import: 2 where the module is in the first folder, 1 for all in a littlefs before it, 3 in another"
    );
}

/// The names of `''` are read once. What they do not tell of is found as ever: many files, paths, and mounts below it.
#[test]
fn what_a_folders_names_do_not_tell_is_found() {
    let program = "import os, sys, vfs\n\
         module = open('/rom/empty.mpy', 'rb').read()\n\
         names = ['n%d' % i for i in range(20)]\n\
         def put(path):\n    \
             with open(path, 'wb') as f:\n        f.write(module)\n\
         for n in names:\n    put('/' + n + '.mpy')\n\
         print(sum(__import__(n).__file__ == n + '.mpy' for n in names))\n\
         for n in names:\n    os.remove('/' + n + '.mpy')\n\
         os.mkdir('/d')\n\
         put('/d/inner.mpy')\n\
         print(__import__('d/inner').__file__, __import__('/d/inner').__file__)\n\
         import d\nprint(d.__path__)\n\
         class Folder:\n    \
             def mount(self, readonly, mkfs):\n        pass\n    \
             def stat(self, path):\n        \
                 if path != '/':\n            raise OSError(2)\n        \
                 return (0x4000,) + (0,) * 9\n\
         try:\n    import below\nexcept ImportError:\n    print('not yet')\n\
         vfs.mount(Folder(), '/below')\n\
         import below\nprint(below.__path__)\n\
         sys.path[0] = '/d'\nimport inner\nprint(inner.__file__)\n";
    let files = [("main.py", program.as_bytes()), ("empty.py", &b""[..])];
    let Some(rom) = image(&files) else {
        return;
    };
    let out = Machine::new(&rom).run(&mut flash(64)).unwrap();
    let expected = "20\nd/inner.mpy /d/inner.mpy\nd\nnot yet\nbelow\n/d/inner.mpy\n";
    assert_eq!(out, expected);
}

/// Instructions are counted by `benches/tree_lookup.py`; here it is only that the answers are right at both sizes.
#[test]
fn ten_thousand_files_in_one_directory() {
    let main = b"import os\nimport m9999\nprint(open('/rom/data/f9999').read(), os.stat('/rom/data/f5000')[6], len(os.listdir('/rom/data')), sum(1 for _ in os.ilistdir('/rom/data')))\n";
    let names: Vec<String> = (0..10_000).map(|i| format!("data/f{i}")).collect();
    let mut files: Vec<(&str, &[u8])> = names.iter().map(|n| (n.as_str(), &b"text"[..])).collect();
    files.push(("main.py", main));
    files.push(("m9999.py", b""));
    let Some(bytes) = packed(&files, true) else {
        return;
    };
    let rom = mapped(&bytes);
    let out = Machine::new(&rom).run(&mut flash(64)).unwrap();
    assert_eq!(out, "text 4 10000 10000\n");
}

/// Reading from the image while littlefs programs the same chip is ordered by the flash driver: a program or erase is over
/// when its call returns, and what is mapped lies in another partition, which that call can't reach by type.
#[test]
fn a_program_runs_from_the_chip_that_it_writes_to() {
    let Some(bytes) = packed(
        &[
            (
                "main.py",
                b"import work\nfor i in range(60):\n    work.note(i)\nprint(work.total(), open('/rom/data.bin', 'rb').read() == bytes(range(256)))\n",
            ),
            (
                "work.py",
                b"def note(i):\n    with open('/log', 'a') as f:\n        f.write('%d\\n' % i)\n\n\
                  def total():\n    with open('/log') as f:\n        return sum(int(line) for line in f)\n",
            ),
            ("data.bin", &(0..=255).collect::<Vec<u8>>()),
        ],
        true,
    ) else {
        return;
    };
    let slot = bytes.len().next_multiple_of(SECTOR) as u32;
    let end = slot + 16 * SECTOR as u32;
    let chip = Chip::mappable(Geometry::spi(end as usize)).unwrap();
    let mut map = FlashMap::new(SimFlash::<1, SECTOR>::new(chip).unwrap());
    let [mut image, rest] = map.partitions([0..slot, slot..end]).unwrap();
    image.write(0, &bytes).unwrap();
    // From here on the image is borrowed: `image.write` does not compile as long as the VM lives.
    let rom = image.mapped();
    let mut device = NorDevice::new(rest, Units::default()).unwrap();
    let mut console = Console {
        observes: true,
        ..Console::default()
    };
    Machine::new(rom)
        .run_on(&mut device, &mut console, |_| ())
        .unwrap();
    assert_eq!(console.out, "1770 True\n");
    let within = rom.as_ptr() as usize..rom.as_ptr() as usize + rom.len();
    assert!(within.contains(&console.called["note"]));
    assert_eq!(&rom[..bytes.len()], bytes, "the image is as it was");
}
