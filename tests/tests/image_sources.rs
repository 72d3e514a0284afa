//! Data files of the applications are what their generators in the tree write.

use std::process::Command;

use romfs_tests::tools;

#[test]
fn the_capture_is_what_its_generator_writes() {
    let application = tools::root().join("images/protocol-parser");
    let kept =
        std::fs::read(application.join("src/ubx/capture.bin")).expect("the capture is there");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let copy = folder.path().join("make_capture.py");
    std::fs::copy(application.join("make_capture.py"), &copy).expect("the generator can be copied");
    std::fs::create_dir_all(folder.path().join("src/ubx")).expect("folders can be made");
    let status = Command::new("python3")
        .arg(&copy)
        .status()
        .expect("python3 starts");
    assert!(status.success(), "the generator failed");
    let made = std::fs::read(folder.path().join("src/ubx/capture.bin"))
        .expect("the generator writes the capture");
    assert!(
        made == kept,
        "run make_capture.py: the capture in the tree is another one"
    );
}
