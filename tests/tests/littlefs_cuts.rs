//! littlefs over the simulated flash: power cuts in every flash operation, and other readers.

use std::collections::BTreeMap;
use std::path::Path as HostPath;
use std::process::Command;

use flash_sim::sweep::Seeds;
use flash_sim::{Chip, Geometry, Moment, Nor, Reprogram, Tear};
use romfs_runtime::fs::{Errno, FileSystem};
use romfs_runtime::littlefs::{NorDevice, Options, Units, Volume};
use romfs_tests::tools::python_with;

const SECTOR: usize = 512;
const BLOCKS: usize = 24;

/// Small blocks, so that files outgrow their directory and blocks run out of room soon.
const UNITS: Units = Units {
    read: 16,
    program: 16,
};
const OPTIONS: Options = Options {
    cache: 64,
    lookahead: 8,
    cycles: 500,
};
const WORDS: usize = 256;

type Fs<'m, 'c, const UNIT: usize> = Volume<'m, NorDevice<&'c mut Nor<UNIT, SECTOR>>>;
type Result<T> = std::result::Result<T, Errno>;
/// Every file's content by its path.
type Content = BTreeMap<String, Vec<u8>>;

/// What a program does, one step after the other.
const STEPS: [fn(&mut dyn Files) -> Result<()>; 9] = [
    |fs| fs.add("log", &[b'1'; 40]),
    |fs| fs.add("log", &[b'2'; 300]),
    |fs| fs.add("config", b"mode=1"),
    |fs| fs.add("config.new", b"mode=2"),
    |fs| fs.renamed("config.new", "config"),
    |fs| fs.add("log", &[b'3'; 700]),
    |fs| fs.renamed("log", "log.old"),
    |fs| fs.add("log", &[b'4'; 600]),
    |fs| fs.removed("log.old"),
];

/// The operations of the program.
trait Files {
    fn add(&mut self, name: &str, bytes: &[u8]) -> Result<()>;
    fn renamed(&mut self, from: &str, to: &str) -> Result<()>;
    fn removed(&mut self, name: &str) -> Result<()>;
}

impl<const UNIT: usize> Files for Fs<'_, '_, UNIT> {
    fn add(&mut self, name: &str, bytes: &[u8]) -> Result<()> {
        Volume::append(self, name.as_bytes(), bytes)
    }

    fn renamed(&mut self, from: &str, to: &str) -> Result<()> {
        FileSystem::rename(self, from.as_bytes(), to.as_bytes())
    }

    fn removed(&mut self, name: &str) -> Result<()> {
        FileSystem::remove(self, name.as_bytes())
    }
}

/// Mounts what is on the chip and runs `program` on it.
fn with<const UNIT: usize, R>(
    nor: &mut Nor<UNIT, SECTOR>,
    program: impl FnOnce(&mut Fs<'_, '_, UNIT>) -> R,
) -> std::result::Result<R, String> {
    let device = NorDevice::new(nor, UNITS).unwrap();
    let mut memory = [0; WORDS];
    let mut fs = Volume::mount(device, &OPTIONS, &mut memory).map_err(|error| error.to_string())?;
    Ok(program(&mut fs))
}

fn content<const UNIT: usize>(fs: &mut Fs<'_, '_, UNIT>) -> Result<Content> {
    let mut names = Vec::new();
    fs.list(b"", |name, is_dir, size| {
        assert!(!is_dir);
        names.push((String::from_utf8(name.to_vec()).unwrap(), size));
    })?;
    names
        .into_iter()
        .map(|(name, size)| {
            let mut bytes = vec![0; size as usize];
            assert_eq!(fs.read(name.as_bytes(), 0, &mut bytes)?, bytes.len());
            Ok((name, bytes))
        })
        .collect()
}

/// littlefs takes cells to read the same each time, so weak ones are left out.
fn is_firm(moment: Moment) -> bool {
    !matches!(
        moment,
        Moment::Torn(Tear::Scatter | Tear::WeakDone | Tear::WeakUndone)
    )
}

fn sweep<const UNIT: usize>(name: &str, geometry: Geometry) {
    let geometry = Geometry {
        capacity: BLOCKS * SECTOR,
        ..geometry.with_sector(SECTOR)
    };
    let seeds = Seeds {
        scatter: 0,
        other: 8,
    };
    let mut nor = Nor::<UNIT, SECTOR>::new(Chip::new(geometry)).unwrap();
    let mut before = with(&mut nor, |fs| content(fs).unwrap()).unwrap();
    let (mut operations, mut cuts) = (0, 0);
    for step in STEPS {
        nor.chip_mut().start_recording();
        with(&mut nor, |fs| step(fs)).unwrap().unwrap();
        let recorded = nor.chip_mut().take_steps();
        let after = with(&mut nor, |fs| content(fs).unwrap()).unwrap();
        operations += recorded.len();
        // A new file is made before it is written.
        let made = after
            .keys()
            .map(|name| (name.clone(), before.get(name).cloned().unwrap_or_default()))
            .collect();
        let allowed = [&before, &after, &made];
        for (index, recorded) in recorded.iter().enumerate() {
            for cut in recorded.cuts(index as u64, seeds) {
                if !is_firm(cut.moment) {
                    continue;
                }
                cuts += 1;
                let mut nor = Nor::<UNIT, SECTOR>::new(recorded.after(cut)).unwrap();
                let found = with(&mut nor, content).unwrap_or_else(|e| panic!("{cut}: {e}"));
                let found = found.unwrap_or_else(|error| panic!("{name} {cut}: {error:?}"));
                assert!(allowed.contains(&&found), "{name} {cut}: {found:?}");
                // And the program goes on from there.
                let again = with(&mut nor, |fs| fs.add("log", b"on")).unwrap();
                again.unwrap_or_else(|error| panic!("{name} {cut}: {error:?}"));
            }
        }
        before = after;
    }
    println!("{name}: {operations} operations, {cuts} cuts, each the old or the new content");
    assert!(cuts > 500);
}

#[test]
fn cuts_on_serial_nor() {
    sweep::<1>("spi", Geometry::spi(0));
}

#[test]
fn cuts_on_write_once_flash_with_ecc() {
    sweep::<8>("stm32g4", Geometry::stm32g4(0).with_page(16));
}

#[test]
fn cuts_on_flash_that_takes_blank_units_only() {
    let part = Geometry::spi(0).with_unit(4, Reprogram::BlankOnly, false);
    sweep::<4>("blank-only", part);
}

#[test]
fn a_first_format_that_was_cut_is_done_again_and_damage_is_told() {
    let geometry = Geometry {
        capacity: BLOCKS * SECTOR,
        ..Geometry::spi(0).with_sector(SECTOR)
    };
    let mut nor = Nor::<1, SECTOR>::new(Chip::new(geometry)).unwrap();
    nor.chip_mut().start_recording();
    with(&mut nor, |_| ()).unwrap();
    let seeds = Seeds {
        scatter: 0,
        other: 8,
    };
    for (index, step) in nor.chip_mut().take_steps().iter().enumerate() {
        for cut in step.cuts(index as u64, seeds) {
            if is_firm(cut.moment) {
                let mut nor = Nor::<1, SECTOR>::new(step.after(cut)).unwrap();
                with(&mut nor, |fs| fs.add("log", b"1")).unwrap().unwrap();
            }
        }
    }
    with(&mut nor, |fs| fs.add("log", &[7; 900]))
        .unwrap()
        .unwrap();
    for block in [0, 1] {
        nor.chip_mut()
            .program(block * SECTOR as u32, &[0; 256])
            .unwrap();
        nor.chip_mut()
            .program(block * SECTOR as u32 + 256, &[0; 256])
            .unwrap();
    }
    let kept = nor.chip().state_hash();
    let said = with(&mut nor, |_| ()).unwrap_err();
    assert!(
        said.starts_with("the writable filesystem is damaged"),
        "{said}"
    );
    assert_eq!(nor.chip().state_hash(), kept, "nothing was changed");
}

/// Runs a Python program with littlefs-python's `fs` over the bytes in the file.
fn python(python: &HostPath, image: &HostPath, program: &str) -> String {
    let script = format!(
        "import sys\nfrom littlefs import LittleFS\n\
         data = bytearray(open(sys.argv[1], 'rb').read())\n\
         fs = LittleFS(block_size={SECTOR}, block_count={BLOCKS}, read_size=16, prog_size=16, \
         cache_size=64, mount=False)\n\
         fs.context.buffer = data\n{program}\nopen(sys.argv[1], 'wb').write(data)\n"
    );
    let output = Command::new(python)
        .args(["-c", &script])
        .arg(image)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn littlefs_python_reads_it_and_what_littlefs_python_writes_is_read() {
    let Some(interpreter) = python_with("littlefs") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let image = folder.path().join("flash.bin");
    let geometry = Geometry {
        capacity: BLOCKS * SECTOR,
        ..Geometry::spi(0).with_sector(SECTOR)
    };
    let chip = Chip::open(&image, geometry).unwrap();
    let mut nor = Nor::<1, SECTOR>::new(chip).unwrap();
    with(&mut nor, |fs| fs.add("ours", &[b'x'; 700]))
        .unwrap()
        .unwrap();
    drop(nor);
    let seen = python(
        &interpreter,
        &image,
        "fs.mount()\nprint(fs.listdir('/'), len(fs.open('ours', 'rb').read()))\n\
         f = fs.open('theirs', 'w')\nf.write('hello')\nf.close()\nfs.unmount()",
    );
    assert_eq!(seen.trim(), "['ours'] 700");
    let chip = Chip::open(&image, geometry).unwrap();
    let mut nor = Nor::<1, SECTOR>::new(chip).unwrap();
    let files = with(&mut nor, |fs| content(fs).unwrap()).unwrap();
    assert_eq!(files["theirs"], b"hello");
    assert_eq!(files["ours"].len(), 700);
}
