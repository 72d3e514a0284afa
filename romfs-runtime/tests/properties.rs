//! Properties over many images: index against scan, every prefix, every changed byte, any bytes.

mod support;

use std::collections::BTreeMap;

use proptest::prelude::*;
use romfs_runtime::{BuildIdCheck, CheckOptions, Entry, ErrorKind, Image};
use support::exercise::exercise;
use support::{Node, dir, file, full, plain, sha256};

/// A tree with what images are made of: directories in each other, empty files, a name that is another's prefix.
fn sample() -> Vec<Node> {
    vec![
        file("a", b"\x01\x02"),
        dir(
            "lib",
            vec![
                dir("e", vec![]),
                file("ab.mpy", b"M\x06\x00\x1f"),
                file("b", b""),
            ],
        ),
        file("main.py", b"print(1)"),
    ]
}

#[test]
fn every_prefix_is_refused() {
    for bytes in [plain(&sample()), full(&sample())] {
        for len in 0..bytes.len() {
            let prefix = &bytes[..len];
            let error = Image::open(prefix).expect_err("a prefix is no image");
            assert!(
                matches!(
                    error.kind,
                    ErrorKind::TooShort { .. }
                        | ErrorKind::VaruintTruncated
                        | ErrorKind::Truncated { .. }
                ),
                "{len} bytes: {error}"
            );
        }
    }
}

/// All values of every byte. With a build id each change is noticed; without one nothing worse than other content comes of it.
#[test]
fn every_changed_byte_is_noticed_or_harmless() {
    let (plain, full) = (plain(&sample()), full(&sample()));
    for (bytes, signed) in [(plain, false), (full, true)] {
        exercise(&bytes, &mut sha256()).expect("unchanged");
        let mut changed = bytes.clone();
        for at in 0..bytes.len() {
            for value in (0..=255).filter(|&value| value != bytes[at]) {
                changed[at] = value;
                let result = exercise(&changed, &mut sha256());
                if signed && result.is_ok() {
                    // Only by not being read as one can an image record vouch for nothing.
                    let image = Image::open(&changed).unwrap();
                    let summary = image.check::<4>(&CheckOptions::default(), Some(&mut sha256()));
                    assert_eq!(summary.unwrap().build_id, BuildIdCheck::Absent, "byte {at}");
                }
            }
            changed[at] = bytes[at];
        }
    }
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-d]{1,2}(\\.mpy)?",
        1 => "[^/\0]{1,12}",
        1 => Just("long".repeat(40)),
    ]
}

fn tree() -> impl Strategy<Value = Vec<Node>> {
    let content = prop::collection::vec(any::<u8>(), 0..20);
    let leaf = (name(), content).prop_map(|(name, content)| file(&name, &content));
    let node = leaf.prop_recursive(4, 60, 12, |inner| {
        (name(), prop::collection::vec(inner, 0..12)).prop_map(|(name, nodes)| dir(&name, nodes))
    });
    prop::collection::vec(node, 0..12)
}

/// What a tree holds, path by path, by the rules for duplicates and independently of any reader.
fn model(prefix: &str, nodes: &[Node], out: &mut BTreeMap<String, Option<Vec<u8>>>) {
    for node in nodes {
        let (name, content) = match node {
            Node::File(name, content) => (name, Some(content.clone())),
            Node::Dir(name, _) => (name, None),
            Node::Raw(_) => continue,
        };
        let path = format!("{prefix}{}", String::from_utf8_lossy(name));
        if out.contains_key(&path) {
            continue;
        }
        out.insert(path.clone(), content);
        if let Node::Dir(_, nodes) = node {
            model(&format!("{path}/"), nodes, out);
        }
    }
}

fn found(image: &Image<'_>, path: &str) -> Option<Option<Vec<u8>>> {
    image
        .lookup(path)
        .expect("well-formed")
        .map(|entry| match entry {
            Entry::File(file) => Some(file.data().expect("content").to_vec()),
            Entry::Dir(_) => None,
        })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

    #[test]
    fn index_and_scan_give_what_the_tree_holds(nodes in tree(), absent in prop::collection::vec(name(), 8)) {
        let (plain, full) = (plain(&nodes), full(&nodes));
        let mut expected = BTreeMap::new();
        model("", &nodes, &mut expected);
        for bytes in [&plain, &full] {
            let image = Image::open(bytes).unwrap();
            let directories: Vec<_> = expected.iter().filter(|(_, content)| content.is_none()).map(|(path, _)| format!("{path}/")).collect();
            let absent = directories.iter().flat_map(|prefix| absent.iter().map(move |name| format!("{prefix}{name}")));
            for path in expected.keys().cloned().chain(absent) {
                prop_assert_eq!(&found(&image, &path), &expected.get(&path).cloned(), "{}", path);
            }
        }
    }

    #[test]
    fn a_sound_image_passes_its_check_and_no_changed_one_does(nodes in tree(), at in any::<prop::sample::Index>(), flip in 1..=255u8) {
        let mut bytes = full(&nodes);
        let sound = exercise(&bytes, &mut sha256());
        prop_assert!(!matches!(sound, Err(error) if error.kind != ErrorKind::DuplicateName));
        let at = at.index(bytes.len());
        bytes[at] ^= flip;
        if exercise(&bytes, &mut sha256()).is_ok() {
            prop_assert!(Image::open(&bytes).unwrap().build_id_offset().is_none());
        }
    }

    #[test]
    fn any_payload_is_safe_to_read(payload in prop::collection::vec(prop_oneof![0..9u8, any::<u8>(), Just(0x80)], 0..200)) {
        let _ = exercise(&support::image(&payload), &mut sha256());
    }

    #[test]
    fn any_bytes_are_safe_to_open(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        let _ = exercise(&bytes, &mut sha256());
    }
}
