//! The VM's own modules in Python: what is compiled into it is what mpy-cross makes of the sources beside it.
//!
//! `FREEZE=1 cargo test -p romfs-tests --test vm_frozen` writes the modules anew.

use std::fs;

use romfs_builder::input::mpy_cross::CompileOptions;
use romfs_tests::builds::compiler;
use romfs_tests::tools;

#[test]
fn modules_are_those_of_the_sources() {
    let Some(compiler) = compiler() else { return };
    let folder = tools::root().join("vm/python");
    let sources = tools::files(&folder, "py");
    assert!(sources.len() >= 6, "{} sources", sources.len());
    for source in sources {
        let name = source.strip_prefix(&folder).expect("below the folder");
        let name = name.to_str().expect("an ASCII name").replace('\\', "/");
        let text = fs::read(&source).expect("readable");
        let made = compiler
            .compile(&name, &text, &CompileOptions::default(), None)
            .unwrap_or_else(|e| panic!("{name}: {e}"))
            .module;
        let kept = source.with_extension("mpy");
        if std::env::var_os("FREEZE").is_some() {
            fs::write(&kept, &made).expect("writable");
        }
        let kept = fs::read(kept).unwrap_or_default();
        assert!(
            kept == made,
            "{name} is not what vm/python holds: FREEZE=1 makes it so"
        );
    }
}
