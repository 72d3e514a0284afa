//! One image for each malformation, and the error that it has to give.

mod support;

use romfs_runtime::{CheckOptions, Error, ErrorKind, Image};
use support::index::{Item, build};
use support::{
    checksum, data, dir, file, full, image, image_record, named, plain, pointer, raw_dir, raw_file,
    record, sha256, sign, varuint, with_tail,
};

/// Offset of the payload in images of less than 123 bytes and an even number of them.
const PAYLOAD: u32 = 4;

/// Image with the shortest header, whatever its parity.
fn short(payload: &[u8]) -> Vec<u8> {
    [
        b"\xD2\xCD\x31".as_slice(),
        &varuint(payload.len() as u32),
        payload,
    ]
    .concat()
}

fn open_error(bytes: &[u8]) -> Error {
    Image::open(bytes).expect_err("malformed")
}

fn data_error(bytes: &[u8], path: &str) -> Error {
    let image = Image::open(bytes).expect("the header is right");
    let entry = match image.lookup(path) {
        Ok(entry) => entry.expect("the name is there"),
        Err(error) => return error,
    };
    entry.stat().expect_err("malformed")
}

fn check_error(bytes: &[u8]) -> Error {
    Image::open(bytes)
        .expect("the header is right")
        .check::<4>(&CheckOptions::default(), Some(&mut sha256()))
        .expect_err("malformed")
}

#[track_caller]
fn assert_error(error: Error, kind: ErrorKind, offset: u32) {
    assert_eq!(error, Error { kind, offset }, "{error}");
}

#[test]
fn too_short() {
    for len in 0..4 {
        let error = open_error(&b"\xD2\xCD\x31\x00"[..len]);
        assert_error(error, ErrorKind::TooShort { have: len as u32 }, 0);
    }
}

#[test]
fn wrong_magic_or_padded_magic() {
    for bytes in [b"\x80\xD2\xCD\x31\x00", b"\xD2\xCD\x32\x00\x00", &[0xFF; 5]] {
        assert_error(open_error(bytes), ErrorKind::BadMagic, 0);
    }
}

#[test]
fn header_claims_more_than_there_is() {
    let bytes = plain(&[file("a", b"0123456789")]);
    let error = open_error(&bytes[..bytes.len() - 3]);
    let claimed = bytes.len() as u32 - PAYLOAD;
    let have = claimed - 3;
    assert_error(error, ErrorKind::Truncated { claimed, have }, 0);
    assert_eq!(
        error.to_string(),
        format!(
            "offset 0 (0x0): image is cut off: the header claims {claimed} bytes, {have} are there"
        )
    );
}

#[test]
fn numbers_that_do_not_end_or_do_not_fit() {
    assert_error(
        open_error(b"\xD2\xCD\x31\x80\x80"),
        ErrorKind::VaruintTruncated,
        3,
    );
    let wide = b"\xD2\xCD\x31\x90\x80\x80\x80\x00";
    assert_error(open_error(wide), ErrorKind::VaruintOverflow, 3);
    // The same inside: the length of a record that would wrap to a small one in 32 bits.
    let wraps = [5, 0x90, 0x80, 0x80, 0x80, 0x01, 0];
    assert_error(
        open_error(&short(&wraps)),
        ErrorKind::VaruintOverflow,
        PAYLOAD + 1,
    );
    let cut = short(&raw_file("a", &[2, 0x81]));
    assert_error(
        data_error(&cut, "a"),
        ErrorKind::VaruintTruncated,
        PAYLOAD + 5,
    );
}

#[test]
fn child_longer_than_its_parent() {
    let bytes = short(&raw_file("a", &[2, 100, b'x', b'y']));
    let kind = ErrorKind::RecordOverrun {
        kind: 2,
        claimed: 100,
        room: 2,
    };
    assert_error(data_error(&bytes, "a"), kind, PAYLOAD + 4);
}

#[test]
fn padding_whose_length_would_wrap_the_position() {
    let padding = [vec![1], varuint(u32::MAX - 3)].concat();
    let bytes = short(&[raw_file("b", &data(b"x")), padding].concat());
    let image = Image::open(&bytes).unwrap();
    let kind = ErrorKind::RecordOverrun {
        kind: 1,
        claimed: u32::MAX - 3,
        room: 0,
    };
    let offset = PAYLOAD + raw_file("b", &data(b"x")).len() as u32;
    assert_error(image.lookup("a").unwrap_err(), kind, offset);
    assert!(image.lookup("b").unwrap().is_some());
    assert_eq!(
        image.root().entries().count(),
        2,
        "the file, the error, the end"
    );
}

#[test]
fn pointer_outside_the_payload() {
    let payload_len = |record: &[u8]| record.len() as u32;
    for (size, position) in [(1, 1000), (1000, 0), (u32::MAX, u32::MAX), (2, 17), (0, 19)] {
        let root = raw_file("far", &pointer(size, position));
        let kind = ErrorKind::PointerOutOfRange {
            position,
            size,
            payload: payload_len(&root),
        };
        let error = data_error(&short(&root), "far");
        assert_error(error, kind, PAYLOAD + 6);
    }
    let whole = short(&raw_file("all", &pointer(16, 0)));
    let file = Image::open(&whole).unwrap().file("all").unwrap().unwrap();
    assert_eq!(file.data().unwrap(), &whole[PAYLOAD as usize..]);
}

#[test]
fn pointer_record_too_short() {
    let bytes = short(&raw_file("a", &record(3, &[1])));
    assert_error(
        data_error(&bytes, "a"),
        ErrorKind::VaruintTruncated,
        PAYLOAD + 7,
    );
}

#[test]
fn name_longer_than_its_record() {
    let root = [record(5, &[9, b'a']), raw_file("b", &data(b"x"))].concat();
    let bytes = short(&root);
    let image = Image::open(&bytes).unwrap();
    let kind = ErrorKind::NameOverrun {
        claimed: 9,
        room: 1,
    };
    assert_error(image.lookup("b").unwrap_err(), kind, PAYLOAD + 2);
    let mut entries = image.root().entries();
    assert!(entries.next().unwrap().is_err());
    assert_eq!(
        entries.next().unwrap().unwrap().name(),
        b"b",
        "the sibling is not hidden"
    );
}

#[test]
fn kind_zero() {
    let bytes = short(&[raw_file("a", &data(b"x")), vec![0, 0]].concat());
    let offset = bytes.len() as u32 - 2;
    let image = Image::open(&bytes).unwrap();
    assert_error(
        image.lookup("b").unwrap_err(),
        ErrorKind::UnusedKind,
        offset,
    );
}

#[test]
fn file_without_content() {
    let bytes = short(&raw_file("a", &record(1, b"note")));
    assert_error(data_error(&bytes, "a"), ErrorKind::NoContent, PAYLOAD);
    let error = check_error(&image(&raw_file("a", &record(1, b"note"))));
    assert_eq!(error.kind, ErrorKind::NoContent);
}

#[test]
fn odd_size() {
    let bytes = short(&raw_file("a", &data(b"x")));
    assert_eq!(bytes.len() % 2, 1);
    assert_error(check_error(&bytes), ErrorKind::OddSize, 0);
}

#[test]
fn names_that_no_path_can_have() {
    for name in ["a/b", "a\0", "/"] {
        let bytes = image(&raw_file(name, &data(b"x")));
        let offset = Image::open(&bytes).unwrap().payload_offset();
        assert_error(check_error(&bytes), ErrorKind::BadName, offset);
    }
}

#[test]
fn duplicate_names() {
    let nodes = [
        file("b", b"1"),
        file("a", b"2"),
        file("b", b"3"),
        file("c", b""),
    ];
    for bytes in [plain(&nodes), full(&nodes)] {
        let image = Image::open(&bytes).unwrap();
        assert_eq!(image.file("b").unwrap().unwrap().data().unwrap(), b"1");
        let second = image.root().entries().nth(2).unwrap().unwrap();
        assert_error(
            check_error(&bytes),
            ErrorKind::DuplicateName,
            second.offset(),
        );
    }
}

#[test]
fn names_out_of_order_are_no_duplicates() {
    let bytes = plain(&[file("c", b""), file("a", b""), file("b", b"")]);
    let image = Image::open(&bytes).unwrap();
    let mut options = CheckOptions::default();
    image.check::<1>(&options, None).unwrap();
    options.name_comparisons = 2;
    let error = image.check::<1>(&options, None).unwrap_err();
    assert_eq!(error.kind, ErrorKind::WorkLimit);
}

#[test]
fn content_that_changed() {
    let mut bytes = full(&[file("a", b"0123456789")]);
    let file = Image::open(&bytes).unwrap().file("a").unwrap().unwrap();
    let (offset, at) = (file.offset(), file.data_offset().unwrap());
    bytes[at as usize + 4] ^= 1;
    let kind = ErrorKind::ChecksumMismatch {
        recorded: romfs_runtime::format::crc32(b"0123456789"),
        computed: romfs_runtime::format::crc32(b"0123556789"),
    };
    assert_error(check_error(&bytes), kind, offset);
}

#[test]
fn more_content_than_the_limit() {
    let bytes = full(&[file("a", b"0123456789"), file("b", b"0123456789")]);
    let options = CheckOptions {
        checksum_bytes: 19,
        ..CheckOptions::default()
    };
    let image = Image::open(&bytes).unwrap();
    let error = image.check::<1>(&options, None).unwrap_err();
    let b = image.lookup("b").unwrap().unwrap().offset();
    assert_error(error, ErrorKind::WorkLimit, b);
}

#[test]
fn directories_too_deep() {
    let nested =
        |levels| (0..levels).fold(vec![file("f", b"")], |inside, _| vec![dir("d", inside)]);
    let image = plain(&nested(3));
    let opened = Image::open(&image).unwrap();
    opened.check::<4>(&CheckOptions::default(), None).unwrap();
    let error = opened
        .check::<3>(&CheckOptions::default(), None)
        .unwrap_err();
    assert_eq!(error.kind, ErrorKind::TooDeep { limit: 3 });
    let deep = plain(&nested(200));
    let path = "d/".repeat(200) + "f";
    assert!(Image::open(&deep).unwrap().file(path).unwrap().is_some());
}

#[test]
fn checksum_records_that_are_wrong() {
    let short_checksum = raw_file("a", &[data(b"x"), record(0x2901, &[1, 2, 3])].concat());
    assert_eq!(
        check_error(&image(&short_checksum)).kind,
        ErrorKind::BadChecksumRecord
    );
    let misplaced = ErrorKind::Misplaced { kind: 0x2901 };
    for children in [
        [checksum(b"x"), data(b"x")].concat(),
        [data(b"x"), checksum(b"x"), checksum(b"x")].concat(),
    ] {
        assert_eq!(
            check_error(&image(&raw_file("a", &children))).kind,
            misplaced
        );
    }
    assert_eq!(check_error(&image(&checksum(b""))).kind, misplaced);
}

#[test]
fn image_records_that_are_wrong() {
    let bad =
        |payload: &[u8]| image(&[record(0x2900, payload), raw_file("a", &data(b""))].concat());
    for len in [0, 1, 36] {
        let error = open_error(&bad(&image_record(0)[..len]));
        assert_eq!(error.kind, ErrorKind::BadImageRecord, "{len} bytes");
    }
    // Long enough for open, too short for the texts.
    let info_len = record(0x2900, &image_record(0)).len() as u32;
    let tree_len = raw_file("a", &data(b"")).len() as u32;
    let good = image_record(info_len + tree_len);
    for len in 37..good.len() {
        let tail = (record(0x2900, &good[..len]).len() as u32 + tree_len).to_le_bytes();
        let mut payload = good[..len].to_vec();
        payload[33..37].copy_from_slice(&tail);
        assert_eq!(
            check_error(&bad(&payload)).kind,
            ErrorKind::BadImageRecord,
            "{len} bytes"
        );
    }
    let mut not_text = good.clone();
    not_text[46] = 0xFF;
    assert_eq!(check_error(&bad(&not_text)).kind, ErrorKind::BadImageRecord);

    let again = with_tail(&[file("a", b"")], |_| record(0x2900, &good));
    assert_eq!(
        check_error(&again).kind,
        ErrorKind::Misplaced { kind: 0x2900 }
    );
}

#[test]
fn tails_that_are_wrong() {
    let nodes = [file("a", b"1"), file("b", b"2")];
    let good = with_tail(&nodes, |_| record(0x2950, b"later"));
    let tail_at = Image::open(&good).unwrap().build_id_offset().unwrap() as usize + 32;
    let position = u32::from_le_bytes(good[tail_at..tail_at + 4].try_into().unwrap());
    let moved = |to: u32| {
        let mut bytes = good.clone();
        bytes[tail_at..tail_at + 4].copy_from_slice(&to.to_le_bytes());
        bytes
    };
    assert_eq!(open_error(&moved(u32::MAX)).kind, ErrorKind::BadTail);
    let b_len = raw_file("b", &[data(b"2"), checksum(b"2")].concat()).len() as u32;
    assert_eq!(
        open_error(&moved(position - b_len)).kind,
        ErrorKind::BadTail
    );
    // In the middle of a file, where a checksum record happens to start.
    let inside = position - checksum(b"2").len() as u32;
    assert_eq!(check_error(&moved(inside)).kind, ErrorKind::BadTail);

    let many = with_tail_unchecked(&nodes, &record(0x2950, b"").repeat(17));
    assert_eq!(open_error(&many).kind, ErrorKind::BadTail);
}

/// As `with_tail`, without a build id, for tails that open refuses.
fn with_tail_unchecked(nodes: &[support::Node], tail: &[u8]) -> Vec<u8> {
    let good = with_tail(nodes, |_| Vec::new());
    let start = Image::open(&good).unwrap().payload_offset() as usize;
    image(&[&good[start..], tail].concat())
}

#[test]
fn indexes_that_are_wrong() {
    let nodes = [file("a", b"1"), dir("d", vec![file("a", b"2")])];
    let indexed = |payload: Vec<u8>| record(0x2903, &payload);
    let malformed = |change: fn(&mut Vec<u8>)| {
        let mut tail = Vec::new();
        with_tail(&nodes, |items| {
            tail = build(items).unwrap();
            Vec::new()
        });
        change(&mut tail);
        open_error(&with_tail_unchecked(&nodes, &indexed(tail))).kind
    };
    assert_eq!(malformed(|p| p.truncate(15)), ErrorKind::BadIndex);
    assert_eq!(malformed(|p| p.push(0)), ErrorKind::BadIndex);
    assert_eq!(malformed(|p| p.truncate(p.len() - 1)), ErrorKind::BadIndex);
    assert_eq!(malformed(|p| p[12] = 0), ErrorKind::BadIndex);
    assert_eq!(malformed(|p| p[12] = 25), ErrorKind::BadIndex);
    assert_eq!(malformed(|p| p[15] = 1), ErrorKind::BadIndex);
    assert_eq!(malformed(|p| p[4..8].fill(0)), ErrorKind::BadIndex);
    assert_eq!(malformed(|p| p[8] = 200), ErrorKind::BadIndex);

    let twice = with_tail(&nodes, |items| indexed(build(items).unwrap()).repeat(2));
    assert_eq!(
        check_error(&twice).kind,
        ErrorKind::Misplaced { kind: 0x2903 }
    );
    let outside = image(&record(0x2903, &[0; 36]));
    assert_eq!(
        check_error(&outside).kind,
        ErrorKind::Misplaced { kind: 0x2903 }
    );
}

#[test]
fn indexes_that_lie() {
    let nodes = [
        file("a", b"1"),
        dir("d", vec![file("a", b"2"), file("b", b"3")]),
        file("e", b""),
    ];
    let forged = |change: &dyn Fn(&mut Vec<Item>)| {
        with_tail(&nodes, |items| {
            let mut items = items.to_vec();
            change(&mut items);
            record(0x2903, &build(&items).unwrap())
        })
    };
    let find =
        |items: &[Item], name: &[u8]| items.iter().position(|item| item.name == name).unwrap();

    // One entry missing: hidden until the check.
    let hidden = forged(&|items| drop(items.remove(find(items, b"b"))));
    assert!(
        Image::open(&hidden)
            .unwrap()
            .lookup("d/b")
            .unwrap()
            .is_none()
    );
    assert_eq!(check_error(&hidden).kind, ErrorKind::IndexMismatch);

    // An entry that leads to a record of another name, or of another directory: not taken.
    for wrong in [b"b".as_slice(), b"e", b"d"] {
        let bytes = forged(&|items| items[0].record = items[find(items, wrong)].record);
        assert!(Image::open(&bytes).unwrap().lookup("a").unwrap().is_none());
        assert_eq!(check_error(&bytes).kind, ErrorKind::IndexMismatch);
    }
    for (from, to) in [("d/b", 0), ("d/b", u32::MAX - 1), ("a", 1 << 31)] {
        let name = from.rsplit('/').next().unwrap();
        let bytes = forged(&|items| {
            let at = find(items, name.as_bytes());
            items[at].record = to;
        });
        assert!(Image::open(&bytes).unwrap().lookup(from).unwrap().is_none());
    }

    // One entry too many.
    let more = forged(&|items| items.push(Item::new(0, b"ghost", items[0].record)));
    assert!(
        Image::open(&more)
            .unwrap()
            .lookup("ghost")
            .unwrap()
            .is_none()
    );
    assert_eq!(check_error(&more).kind, ErrorKind::IndexMismatch);
}

#[test]
fn build_id_of_other_bytes() {
    let mut bytes = full(&[file("a", b"0123456789")]);
    let at = Image::open(&bytes).unwrap().build_id_offset().unwrap();
    bytes[at as usize + 31] ^= 0x40;
    assert_error(check_error(&bytes), ErrorKind::BuildIdMismatch, at);
    sign(&mut bytes);
    Image::open(&bytes)
        .unwrap()
        .check::<2>(&CheckOptions::default(), Some(&mut sha256()))
        .unwrap();
}

#[test]
fn names_are_checked_inside_directories_too() {
    let inside = [
        raw_file("x", &data(b"")),
        record(4, &named(b"y", &[5, 0x7F])),
    ]
    .concat();
    let bytes = image(&raw_dir("d", &inside));
    let kind = check_error(&bytes).kind;
    let expected = ErrorKind::RecordOverrun {
        kind: 5,
        claimed: 0x7F,
        room: 0,
    };
    assert_eq!(kind, expected);
}
