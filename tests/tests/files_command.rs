//! `romfs run` and its flash: the applications of `images/`, files that stay, other readers of littlefs.

use std::path::Path;
use std::process::{Command, Output};

use romfs_tests::tools::{python_with, root};
use romfs_tests::{builds, romfs};

fn text(output: &Output) -> String {
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn the_applications_print_what_they_must() {
    if builds::compiler().is_none() {
        return;
    }
    for name in ["protocol-parser", "sensor-logger", "state-machine"] {
        let folder = root().join("images").join(name);
        let expected = std::fs::read_to_string(folder.join("expected.txt")).unwrap();
        let out = text(&romfs::run([Path::new("run"), &folder.join("src")]));
        assert_eq!(out, expected, "{name}");
    }
}

/// A folder with one program.
fn program(folder: &Path, name: &str, text: &str) -> std::path::PathBuf {
    let source = folder.join(name);
    std::fs::create_dir_all(&source).unwrap();
    std::fs::write(source.join("main.py"), text).unwrap();
    source
}

fn run_on(flash: &Path, source: &Path) -> Output {
    romfs::run([
        "run".as_ref(),
        "--flash".as_ref(),
        flash.as_os_str(),
        source.as_os_str(),
    ])
}

/// Runs a Python program with littlefs-python's `fs` over the bytes in the file.
fn python(python: &Path, image: &Path, program: &str) -> String {
    let script = format!(
        "import sys\nfrom littlefs import LittleFS\n\
         data = bytearray(open(sys.argv[1], 'rb').read())\n\
         fs = LittleFS(block_size=4096, block_count=len(data) // 4096, mount=False)\n\
         fs.context.buffer = data\n{program}\nopen(sys.argv[1], 'wb').write(data)\n"
    );
    let run = Command::new(python)
        .args(["-c", &script])
        .arg(image)
        .output();
    text(&run.unwrap())
}

#[test]
fn littlefs_python_reads_what_a_program_wrote_and_the_reverse() {
    let (Some(interpreter), Some(_)) = (python_with("littlefs"), builds::compiler()) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let flash = folder.path().join("flash.bin");
    let writer = program(
        folder.path(),
        "writer",
        "import os\nos.mkdir('/logs')\nwith open('/logs/ours', 'w') as f:\n    f.write('x' * 9000)\n",
    );
    text(&run_on(&flash, &writer));
    let seen = python(
        &interpreter,
        &flash,
        "fs.mount()\nprint(fs.listdir('/logs'), len(fs.open('/logs/ours', 'rb').read()))\n\
         fs.mkdir('/theirs')\nf = fs.open('/theirs/file', 'w')\nf.write('hello')\nf.close()\nfs.unmount()",
    );
    assert_eq!(seen.trim(), "['ours'] 9000");
    let reader = program(
        folder.path(),
        "reader",
        "import os\nprint(sorted(os.listdir('/')), open('/theirs/file').read(), os.stat('/logs/ours')[6])\n",
    );
    assert_eq!(
        text(&run_on(&flash, &reader)),
        "['logs', 'rom', 'theirs'] hello 9000\n"
    );
}

#[test]
fn flash_stays_grows_and_damage_is_told() {
    if builds::compiler().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let flash = folder.path().join("flash.bin");
    let count = program(
        folder.path(),
        "count",
        "import os\nwith open('/large', 'w') as f:\n    f.write('x' * 9000)\n\
         try:\n    n = int(open('/n').read())\nexcept OSError:\n    n = 0\n\
         with open('/n', 'w') as f:\n    f.write(str(n + 1))\nprint(n, os.statvfs('/')[2])\n",
    );
    assert_eq!(text(&run_on(&flash, &count)), "0 256\n");
    assert_eq!(text(&run_on(&flash, &count)), "1 256\n");
    // The region became larger.
    let mut bytes = std::fs::read(&flash).unwrap();
    bytes.resize(2 << 20, 0xff);
    std::fs::write(&flash, &bytes).unwrap();
    let larger = |extra: &[&str]| {
        let mut arguments = vec!["run", "--flash-size", "2097152", "--flash"];
        arguments.extend([flash.to_str().unwrap()]);
        arguments.extend(extra);
        arguments.extend([count.to_str().unwrap()]);
        romfs::run(arguments)
    };
    assert_eq!(text(&larger(&[])), "2 512\n");
    bytes = std::fs::read(&flash).unwrap();
    bytes[..8192].fill(0);
    std::fs::write(&flash, &bytes).unwrap();
    let refused = larger(&[]);
    assert_eq!(refused.status.code(), Some(1));
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(
        said.contains("the writable filesystem is damaged"),
        "{said}"
    );
    assert!(said.contains("--format"), "{said}");
    assert_eq!(text(&larger(&["--format"])), "0 512\n");
}

#[test]
fn a_frozen_image_or_folder_stands_for_the_firmwares_own() {
    if builds::compiler().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let source = program(
        folder.path(),
        "app",
        "import helper, pkg.part, io\nprint(helper.NAME, pkg.part.N, helper.__file__)\n\
         print(io.resource_stream('pkg', 'data.txt').read())\n\
         import asyncio\nprint(asyncio.__name__)\n",
    );
    let frozen = folder.path().join("frozen");
    std::fs::create_dir_all(frozen.join("pkg")).unwrap();
    for (path, text) in [
        ("helper.py", "NAME = 'frozen helper'\n"),
        ("pkg/__init__.py", ""),
        ("pkg/part.py", "N = 5\n"),
        ("pkg/data.txt", "data"),
    ] {
        std::fs::write(frozen.join(path), text).unwrap();
    }
    let image = folder.path().join("frozen.romfs");
    let built = romfs::run([
        "build".as_ref(),
        frozen.as_os_str(),
        "-o".as_ref(),
        image.as_os_str(),
    ]);
    text(&built);
    // The VM's own modules are there beside them.
    let expected = "frozen helper 5 .frozen/helper.mpy\nb'data'\nasyncio\n";
    for path in [&frozen, &image] {
        let run = romfs::run([
            "run".as_ref(),
            "--frozen".as_ref(),
            path.as_os_str(),
            source.as_os_str(),
        ]);
        assert_eq!(text(&run), expected);
    }
}

/// Started in the image, a program may write beside itself, as in a folder of this machine; otherwise the image is what
/// it is on a board.
#[test]
fn a_program_that_starts_in_the_image_writes_into_a_layer_over_it() {
    if builds::compiler().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let source = program(
        folder.path(),
        "app",
        "import os\n\
         def fails(f, *args):\n    try:\n        f(*args)\n        print('no error')\n    except OSError as e:\n        print(e.errno)\n\
         with open('data/text', 'a') as f:\n    print(f.write('more'))\n\
         print(open('data/text').read(), open('/rom/data/text', 'rb').read(4), os.stat('data/text')[6])\n\
         with open('data/new', 'w') as f:\n    f.write('n')\n\
         fails(open, 'data/text', 'x')\nfails(open, 'none/new', 'w')\nfails(open, 'data', 'w')\n\
         print(sorted(os.listdir('data')), sorted(os.listdir(b'data')), [e[:2] for e in os.ilistdir()])\n\
         fails(os.remove, 'data/other')\nfails(os.rename, 'data/other', 'x')\nfails(os.rmdir, 'data')\nfails(os.mkdir, 'data')\n\
         os.mkdir('data/sub')\nos.chdir('data/sub')\nprint(os.getcwd(), open('../other').read())\n\
         open('mine', 'w').close()\nos.rename('mine', '/rom/yours')\nos.chdir('/rom')\nprint(os.listdir('data/sub'), os.stat('yours')[0])\n\
         os.rmdir('data/sub')\nos.remove('data/text')\nprint(open('data/text').read())\n\
         with open('data/other', 'r+') as f:\n    f.write('O')\n\
         print(open('data/other').read(), os.statvfs('/rom')[0])\n\
         import helper\nprint(helper.N, helper.__file__)\nfails(os.listdir, 'nothing')\nfails(os.chdir, 'data/text')\nfails(os.stat, 'nothing')\n",
    );
    std::fs::create_dir(source.join("data")).unwrap();
    std::fs::write(source.join("data/text"), "text").unwrap();
    std::fs::write(source.join("data/other"), "other").unwrap();
    std::fs::write(source.join("helper.py"), "N = 3\n").unwrap();
    let source = source.to_str().unwrap();
    let out = text(&romfs::run(["run", "--chdir", "/rom", source]));
    assert_eq!(
        out,
        "4\ntextmore b'text' 8\n17\n2\n21\n\
         ['new', 'other', 'text'] [b'new', b'other', b'text'] [('data', 16384), ('helper.mpy', 32768), ('main.mpy', 32768)]\n\
         30\n30\n39\n17\n/rom/data/sub other\n[] 32768\ntext\nOther 4096\n3 helper.mpy\n2\n2\n2\n"
    );
    let run = romfs::run(["run", source]);
    assert!(String::from_utf8_lossy(&run.stderr).contains("ENOENT"));
}
