//! Uses everything that the reader offers on any bytes, and asserts what has to hold even for malformed ones.
//! The fuzz target includes this file.

use romfs_runtime::{CheckOptions, Entry, Error, Image, Sha256Hasher};

/// Lookups by path that are tried, so that the work stays linear in the input.
const PATHS: usize = 64;
/// Levels of directories that are followed.
const DEPTH: usize = 16;

/// Reads all of an image; the error is that of open, or the first one of the check.
pub fn exercise(buffer: &[u8], sha256: &mut dyn Sha256Hasher) -> Result<(), Error> {
    let image = Image::open(buffer).inspect_err(|error| inside(*error, buffer))?;
    assert!(buffer.starts_with(image.bytes()));
    let _ = image.info();
    assert!(image.tail().count() <= 17);

    let limited = CheckOptions {
        checksum_bytes: 1 << 20,
        name_comparisons: 1 << 16,
        ..CheckOptions::default()
    };
    let checked = image.check::<DEPTH>(&limited, Some(sha256));
    if let Err(error) = checked {
        inside(error, buffer);
    }
    list(&image);
    walk(&image, checked.is_ok());
    for absent in ["", "/", "//", "a/", "lib/absent", "\0", "."] {
        same_unless_malformed(&image, absent.as_bytes(), checked.is_ok());
    }
    checked.map(drop)
}

/// Every entry of the root, and its records.
fn list(image: &Image<'_>) {
    for entry in image.root().entries() {
        match entry {
            Ok(Entry::Dir(dir)) => {
                let _ = dir.entries().count();
                let _ = image.lookup_in(dir, "a/b");
            }
            Ok(Entry::File(file)) => drop(file.records().count()),
            Err(error) => inside(error, image.bytes()),
        }
    }
}

fn walk(image: &Image<'_>, sound: bool) {
    let mut names: Vec<&[u8]> = Vec::new();
    for (number, item) in image.walk_to_depth::<DEPTH>().enumerate() {
        let item = match item {
            Ok(item) => item,
            Err(error) => return inside(error, image.bytes()),
        };
        if let Entry::File(file) = item.entry {
            file_stays_inside(image, file, sound);
        }
        let stat = item.entry.stat();
        assert_eq!(
            item.entry.dir().is_some(),
            stat.is_ok_and(|stat| stat.is_dir)
        );
        names.truncate(item.depth);
        names.push(item.entry.name());
        if number < PATHS {
            same_unless_malformed(image, &names.join(&b'/'), sound);
        }
    }
}

fn file_stays_inside(image: &Image<'_>, file: romfs_runtime::File<'_>, sound: bool) {
    let _ = file.checksum();
    match file.data() {
        Ok(data) if !data.is_empty() => {
            let bytes = image.bytes().as_ptr_range();
            let data = data.as_ptr_range();
            assert!(bytes.start <= data.start && data.end <= bytes.end);
        }
        Ok(_) => {}
        Err(error) => {
            assert!(!sound, "{error}");
            inside(error, image.bytes());
        }
    }
}

/// In an image that passed its check, index and scan agree; in any other, what is found has the right name.
fn same_unless_malformed(image: &Image<'_>, path: &[u8], sound: bool) {
    let found = image.lookup(path);
    if let Ok(Some(entry)) = found
        && let Some(last) = path
            .split(|&byte| byte == b'/')
            .rfind(|name| !name.is_empty())
    {
        assert_eq!(entry.name(), last);
    }
    if sound {
        let offset = |found: Result<Option<Entry<'_>>, Error>| {
            found.expect("a checked image").map(|entry| entry.offset())
        };
        assert_eq!(offset(found), offset(image.without_index().lookup(path)));
    }
}

/// The place that an error names is one of the bytes, or just behind them.
fn inside(error: Error, bytes: &[u8]) {
    assert!(error.offset as usize <= bytes.len(), "{error}");
    assert!(!error.to_string().contains('\n'));
}
