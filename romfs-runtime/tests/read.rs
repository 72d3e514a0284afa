//! Well-formed images, of this project's form and of others'.

mod support;

use romfs_runtime::{BuildIdCheck, CheckOptions, Entry, ErrorKind, Image, MpyTarget};
use support::{
    Node, checksum, data, dir, file, full, image, named, padded_varuint, plain, pointer, raw_dir,
    raw_file, record, sha256, sign, varuint,
};

fn sample() -> Vec<Node> {
    vec![
        file("boot.py", b"import sys\n"),
        dir(
            "lib",
            vec![
                dir("empty", vec![]),
                dir(
                    "pkg",
                    vec![file("__init__.mpy", b"M\x06\0\x1f"), file("a", b"A")],
                ),
                file("util.mpy", b"utility"),
            ],
        ),
        file("zero", b""),
    ]
}

/// What a path is, in one word, to compare many.
fn what(image: &Image<'_>, path: &str) -> String {
    match image.lookup(path).expect("well-formed") {
        None => "-".into(),
        Some(Entry::Dir(_)) => "dir".into(),
        Some(Entry::File(file)) => {
            String::from_utf8(file.data().expect("content").to_vec()).expect("text")
        }
    }
}

fn names(entries: romfs_runtime::Entries<'_>) -> Vec<String> {
    entries
        .map(|entry| String::from_utf8_lossy(entry.expect("well-formed").name()).into_owned())
        .collect()
}

#[test]
fn smallest_image() {
    let image = Image::open(b"\xD2\xCD\x31\x00").unwrap();
    assert_eq!(image.root().entries().count(), 0);
    assert_eq!(image.root().size(), 0);
    assert!(image.info().unwrap().is_none());
    assert!(image.tail().next().is_none());
    assert!(image.lookup("a").unwrap().is_none());
}

#[test]
fn paths() {
    for bytes in [plain(&sample()), full(&sample())] {
        let image = Image::open(&bytes).unwrap();
        for (path, expected) in [
            ("", "dir"),
            ("/", "dir"),
            ("//", "-"),
            ("boot.py", "import sys\n"),
            ("/boot.py", "import sys\n"),
            ("//boot.py", "-"),
            ("boot.py/", "-"),
            ("boot.py/a", "-"),
            ("boot", "-"),
            ("boot.py2", "-"),
            ("lib", "dir"),
            ("/lib/", "dir"),
            ("lib//", "-"),
            ("lib//util.mpy", "-"),
            ("lib/./util.mpy", "-"),
            ("lib/../zero", "-"),
            (".", "-"),
            ("lib/util.mpy", "utility"),
            ("lib/pkg/a", "A"),
            ("lib/pkg/b", "-"),
            ("lib/empty", "dir"),
            ("lib/empty/", "dir"),
            ("lib/empty/a", "-"),
            ("util.mpy", "-"),
            ("zero", ""),
            ("zero\0", "-"),
        ] {
            assert_eq!(what(&image, path), expected, "{path:?}");
            assert_eq!(what(&image.without_index(), path), expected, "{path:?}");
        }
    }
}

#[test]
fn relative_lookup_starts_in_its_directory() {
    let bytes = full(&sample());
    let image = Image::open(&bytes).unwrap();
    let lib = image.lookup("lib").unwrap().unwrap().dir().unwrap();
    let a = image.lookup_in(lib, "pkg/a").unwrap().unwrap().file();
    assert_eq!(a.unwrap().data().unwrap(), b"A");
    assert!(image.lookup_in(lib, "boot.py").unwrap().is_none());
    assert!(image.lookup_in(lib, "/pkg").unwrap().is_none());
    assert!(image.lookup_in(lib, "").unwrap().unwrap().dir().is_some());
}

#[test]
fn stat_and_list() {
    let bytes = plain(&sample());
    let image = Image::open(&bytes).unwrap();
    let stat = |path| {
        image
            .stat(path)
            .unwrap()
            .map(|stat| (stat.is_dir, stat.size))
    };
    assert_eq!(stat("boot.py"), Some((false, 11)));
    assert_eq!(stat("lib/empty"), Some((true, 0)));
    assert_eq!(stat("/"), Some((true, image.root().size())));
    assert_eq!(stat("nothing"), None);
    assert_eq!(names(image.root().entries()), ["boot.py", "lib", "zero"]);
    let lib = image.lookup("lib").unwrap().unwrap().dir().unwrap();
    assert_eq!(names(lib.entries()), ["empty", "pkg", "util.mpy"]);
}

#[test]
fn walk_gives_each_directory_before_its_entries() {
    let bytes = full(&sample());
    let image = Image::open(&bytes).unwrap();
    let walked: Vec<_> = image
        .walk()
        .map(|item| {
            let item = item.unwrap();
            (
                item.depth,
                String::from_utf8_lossy(item.entry.name()).into_owned(),
            )
        })
        .collect();
    let expected = [
        (0, "boot.py"),
        (0, "lib"),
        (1, "empty"),
        (1, "pkg"),
        (2, "__init__.mpy"),
        (2, "a"),
        (1, "util.mpy"),
        (0, "zero"),
    ];
    assert_eq!(
        walked,
        expected.map(|(depth, name)| (depth, name.to_string()))
    );

    let too_deep = image.walk_to_depth::<2>().find_map(Result::err).unwrap();
    assert_eq!(too_deep.kind, ErrorKind::TooDeep { limit: 2 });
    assert_eq!(image.walk_to_depth::<3>().filter(Result::is_err).count(), 0);
    assert_eq!(image.walk_to_depth::<0>().count(), 1);
}

#[test]
fn content_is_borrowed_from_the_buffer() {
    let bytes = full(&sample());
    let file = Image::open(&bytes)
        .unwrap()
        .file("lib/util.mpy")
        .unwrap()
        .unwrap();
    let content = file.data().unwrap();
    assert!(bytes.as_ptr_range().contains(&content.as_ptr()));
    assert_eq!(
        content.as_ptr() as usize - bytes.as_ptr() as usize,
        file.data_offset().unwrap() as usize
    );
    assert_eq!(
        file.checksum().unwrap(),
        Some(romfs_runtime::format::crc32(b"utility"))
    );
}

#[test]
fn full_image_tells_what_it_is_and_checks() {
    let bytes = full(&sample());
    let image = Image::open(&bytes).unwrap();
    let info = image.info().unwrap().unwrap();
    assert_eq!((info.builder, info.board), ("tests 1", "a-board"));
    let target = MpyTarget {
        version: 6,
        sub_version: 3,
        arch: 5,
        small_int_bits: 31,
        arch_flags: 0,
    };
    assert_eq!(info.target, Some(target));
    assert_eq!(image.index().unwrap().entries(), 8);

    let options = CheckOptions::default();
    let summary = image.check::<8>(&options, Some(&mut sha256())).unwrap();
    assert_eq!(
        (summary.files, summary.directories, summary.checksums),
        (5, 3, 5)
    );
    assert_eq!(summary.content_bytes, 11 + 4 + 1 + 7);
    assert!(summary.indexed);
    assert_eq!(summary.build_id, BuildIdCheck::Right);
    let unhashed = image.check::<8>(&options, None).unwrap();
    assert_eq!(unhashed.build_id, BuildIdCheck::NotCompared);
}

#[test]
fn plain_image_checks() {
    let bytes = plain(&sample());
    let image = Image::open(&bytes).unwrap();
    let summary = image
        .check::<8>(&CheckOptions::default(), Some(&mut sha256()))
        .unwrap();
    assert_eq!(
        (summary.files, summary.checksums, summary.indexed),
        (5, 0, false)
    );
    assert_eq!(summary.build_id, BuildIdCheck::Absent);
}

#[test]
fn everything_that_a_reader_tolerates() {
    let inside = [
        record(1, b"comment"),
        record(0x77, b"unknown kind"),
        varuint(2),
        padded_varuint(5, 13),
        b"first".to_vec(),
        data(b"second"),
    ]
    .concat();
    let root = [
        record(1, b""),
        record(0x1234, b"?"),
        [
            vec![0x80, 0x80],
            record(5, &named(b"padded kind", &data(b"p"))),
        ]
        .concat(),
        raw_file("f", &inside),
        raw_file("", &data(b"no name")),
        raw_dir(
            "d",
            &[record(1, b"x"), raw_file("in d", &data(b"d"))].concat(),
        ),
        raw_file("twice", &data(b"1")),
        raw_file("twice", &data(b"2")),
        raw_dir("", b""),
        record(0x14a6b1, b"an image inside is an unknown kind"),
    ]
    .concat();
    let mut bytes = image(&root);
    bytes.extend([0xFF; 9]);
    let image = Image::open(&bytes).unwrap();
    assert_eq!(what(&image, "f"), "first");
    assert_eq!(what(&image, "padded kind"), "p");
    assert_eq!(what(&image, "d/in d"), "d");
    assert_eq!(what(&image, "twice"), "1");
    assert_eq!(
        names(image.root().entries()),
        ["padded kind", "f", "", "d", "twice", "twice", ""]
    );
    assert_eq!(image.bytes().len(), bytes.len() - 9);
}

#[test]
fn files_may_share_content() {
    let shared = raw_file("a", &data(b"shared bytes"));
    let at = shared.len() as u32 - 12;
    let root = [
        shared,
        raw_file("b", &[pointer(12, at), checksum(b"shared bytes")].concat()),
        raw_file("c", &pointer(0, 0)),
    ]
    .concat();
    let bytes = image(&root);
    let image = Image::open(&bytes).unwrap();
    assert_eq!(what(&image, "b"), "shared bytes");
    assert_eq!(what(&image, "c"), "");
    let [a, b] = ["a", "b"].map(|path| image.file(path).unwrap().unwrap().data().unwrap());
    assert_eq!(a.as_ptr(), b.as_ptr());
    let summary = image.check::<1>(&CheckOptions::default(), None).unwrap();
    assert_eq!((summary.checksums, summary.content_bytes), (1, 24));
}

#[test]
fn a_file_without_content_hides_nothing() {
    let root = [raw_file("bad", b""), raw_file("good", &data(b"g"))].concat();
    let bytes = image(&root);
    let image = Image::open(&bytes).unwrap();
    assert_eq!(names(image.root().entries()), ["bad", "good"]);
    assert_eq!(what(&image, "good"), "g");
    let bad = image.file("bad").unwrap().unwrap();
    assert_eq!(bad.data().unwrap_err().kind, ErrorKind::NoContent);
}

#[test]
fn image_record_of_a_later_version_leaves_a_plain_image() {
    let mut bytes = full(&sample());
    let version = Image::open(&bytes).unwrap().build_id_offset().unwrap() as usize - 1;
    bytes[version] = 2;
    let image = Image::open(&bytes).unwrap();
    assert!(image.index().is_none());
    assert_eq!(what(&image, "lib/pkg/a"), "A");
    assert_eq!(
        image.info().unwrap_err().kind,
        ErrorKind::UnknownVersion { version: 2 }
    );
    let unverifiable = image.check::<4>(&CheckOptions::default(), None);
    assert_eq!(
        unverifiable.unwrap_err().kind,
        ErrorKind::UnknownVersion { version: 2 }
    );
    assert!(image.build_id_offset().is_none());
}

#[test]
fn padding_may_stand_before_the_image_record_and_in_the_tail() {
    let root = |padding: usize| {
        let before = record(1, b"abc").repeat(padding);
        let info_len = record(0x2900, &support::image_record(0)).len();
        let tree = raw_file("f", &data(b"f"));
        let tail = (before.len() + info_len + tree.len()) as u32;
        let info = record(0x2900, &support::image_record(tail));
        image(
            &[
                before,
                info,
                tree,
                record(1, b"tail"),
                record(0x2950, b"later"),
            ]
            .concat(),
        )
    };
    let mut bytes = root(7);
    sign(&mut bytes);
    let opened = Image::open(&bytes).unwrap();
    assert_eq!(opened.tail().count(), 2);
    opened
        .check::<2>(&CheckOptions::default(), Some(&mut sha256()))
        .unwrap();
    let too_much = root(8);
    assert!(Image::open(&too_much).unwrap().info().unwrap().is_none());
}
