//! The writer against the runtime's reader and checker, on trees that no test author thought of.

use std::collections::BTreeMap;

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use romfs_builder::image::{self, File, ImageOptions, Places};
use romfs_builder::tree::{Dir, Node};
use romfs_runtime::{BuildIdCheck, CheckOptions, Image, MAX_DEPTH};

type Files = BTreeMap<String, (Vec<u8>, u32)>;

fn build(files: &Files, options: &ImageOptions) -> image::Image {
    let mut tree = Dir::default();
    for (path, (content, align)) in files {
        let file = File {
            align: *align,
            ..File::new(content.clone())
        };
        tree.insert(path, Node::File(file)).unwrap();
    }
    let (tree, numbered) = tree.number();
    let contents: Vec<File> = numbered.into_iter().map(|(_, file)| file).collect();
    image::build(&tree, &contents, options).unwrap()
}

/// Checks everything that the runtime checks, and that each path leads to its content, by index and by scan.
fn check(built: &image::Image, files: &Files, aligned: bool) {
    let image = Image::open(&built.bytes).unwrap();
    assert_eq!(image.bytes().len(), built.bytes.len());
    let options = CheckOptions::default();
    let summary = image
        .check::<MAX_DEPTH>(&options, Some(&mut sha2::Sha256::default()))
        .unwrap();
    assert_eq!(summary.files as usize, files.len());
    assert_eq!(summary.indexed, built.indexed);
    for image in [image, image.without_index()] {
        for (path, (content, align)) in files {
            let file = image.file(path).unwrap().unwrap();
            assert_eq!(file.data().unwrap(), content);
            if aligned {
                assert_eq!(file.data_offset().unwrap() % align, 0, "{path}");
            }
        }
    }
}

/// Trees whose sizes gather where length fields grow by a byte.
fn trees() -> impl Strategy<Value = Files> {
    let part = prop_oneof!["[a-c]", "[a-zé]{1,12}", "n{100,140}"].boxed();
    // Files end in "f", so that none has the name of a folder.
    let path = (vec(part.clone(), 0..5), part).prop_map(|(folders, name)| {
        folders.into_iter().map(|f| f + "/").collect::<String>() + &name + ".f"
    });
    let length = prop_oneof![0..20_usize, 90..140_usize, 16_250..16_400_usize];
    let content = (length, 0..3_u8).prop_map(|(length, byte)| vec![byte; length]);
    let align = prop_oneof![Just(1_u32), Just(2), Just(16), Just(64), Just(4096)];
    btree_map(path, (content, align), 0..12)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn every_image_is_sound(files in trees()) {
        let full = build(&files, &ImageOptions::default());
        check(&full, &files, true);
        let stored = files.values().map(|(content, _)| content.len() as u64).sum::<u64>() - full.shared.bytes;
        prop_assert!(full.bytes.len() as u64 >= stored);
        let unshared = ImageOptions { dedupe: false, index: false, ..ImageOptions::default() };
        check(&build(&files, &unshared), &files, true);
        check(&build(&files, &ImageOptions::plain()), &files, false);
    }

    #[test]
    fn an_image_on_any_base_is_sound(files in trees(), base in trees()) {
        check(&on_base(&files, &build(&base, &ImageOptions::default())), &files, true);
    }
}

/// An image that keeps what it can where `base` has it.
fn on_base(files: &Files, base: &image::Image) -> image::Image {
    let base = Places::of(&Image::open(&base.bytes).unwrap()).unwrap();
    let options = ImageOptions {
        base: Some(base),
        ..ImageOptions::default()
    };
    build(files, &options)
}

/// Files of the second image that begin elsewhere than in the first.
fn moved(files: &Files, from: &image::Image, to: &image::Image) -> usize {
    let [from, to] = [from, to].map(|built| Image::open(&built.bytes).unwrap());
    let place =
        |image: Image<'_>, path: &String| image.file(path).unwrap().map(|file| file.offset());
    files
        .keys()
        .filter(|path| place(from, path) != place(to, path))
        .count()
}

#[test]
fn on_a_base_files_stay_where_they_were() {
    let mut files: Files = (0..100)
        .map(|i| (format!("module_{i:02}.mpy"), (vec![i as u8; 500], 4)))
        .collect();
    let first = build(&files, &ImageOptions::default());
    let same = on_base(&files, &first);
    assert_eq!(moved(&files, &first, &same), 0);

    // One that shrinks moves none; one that grows moves what is behind it, once.
    files.insert("module_20.mpy".into(), (vec![20; 450], 4));
    let shrunk = on_base(&files, &first);
    assert_eq!(moved(&files, &first, &shrunk), 0);
    assert_eq!(
        moved(&files, &first, &build(&files, &ImageOptions::default())),
        79
    );
    files.insert("module_30.mpy".into(), (vec![30; 510], 4));
    let grown = on_base(&files, &shrunk);
    assert_eq!(moved(&files, &shrunk, &grown), 69);
    files.insert("module_30.mpy".into(), (vec![30; 540], 4));
    let again = on_base(&files, &grown);
    assert_eq!(moved(&files, &grown, &again), 0);
    check(&again, &files, true);
}

#[test]
fn equal_contents_are_stored_once() {
    let content: Vec<u8> = (0..=255).collect();
    let files: Files = (0..50)
        .map(|i| (format!("copy{i}"), (content.clone(), 1 << (i % 7))))
        .collect();
    let built = build(&files, &ImageOptions::default());
    assert_eq!(built.shared.files, 49);
    let found = built
        .bytes
        .windows(content.len())
        .filter(|w| *w == content)
        .count();
    assert_eq!(found, 1);
    check(&built, &files, true);
}

#[test]
fn an_image_of_nothing_is_sound() {
    let files = Files::new();
    check(&build(&files, &ImageOptions::default()), &files, true);
    let plain = build(&files, &ImageOptions::plain());
    assert_eq!(plain.bytes, [0xd2, 0xcd, 0x31, 0]);
}

#[test]
fn a_folder_of_ten_thousand_names_has_an_index() {
    let files: Files = (0..10_000)
        .map(|i| (format!("module_{i}.mpy"), (vec![i as u8; 3], 1)))
        .collect();
    let built = build(&files, &ImageOptions::default());
    assert!(built.indexed);
    assert_eq!(
        Image::open(&built.bytes)
            .unwrap()
            .check::<2>(&CheckOptions::default(), Some(&mut sha2::Sha256::default()))
            .unwrap()
            .build_id,
        BuildIdCheck::Right
    );
}

#[test]
fn names_that_an_image_must_not_have_are_refused() {
    for name in ["", ".", "..", "a/b", "a\0"] {
        let entry = romfs_builder::tree::Entry {
            name: name.into(),
            node: Node::File(0),
        };
        let tree = Dir {
            entries: vec![entry.clone()],
        };
        let files = [File::new(vec![])];
        assert!(
            image::build(&tree, &files, &ImageOptions::plain()).is_err(),
            "{name:?}"
        );
    }
    let twice = ["a", "a"].map(|name| romfs_builder::tree::Entry {
        name: name.into(),
        node: Node::File(0),
    });
    let tree = Dir {
        entries: twice.to_vec(),
    };
    assert!(image::build(&tree, &[File::new(vec![])], &ImageOptions::default()).is_err());
}
