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
