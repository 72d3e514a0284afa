//! Looking at images: where bytes go, what changed, and how good the estimate of RAM is.

mod support;

use std::fs;
use std::path::Path;

use serde_json::Value;
use support::{done, require_mpy_cross, run, tree};

fn json(work: &Path, args: &[&str]) -> Value {
    serde_json::from_str(&done(work, args)).unwrap()
}

fn sum(node: &Value) -> u64 {
    let parts = node["parts"].as_object().unwrap().values();
    parts.map(|v| v.as_u64().unwrap()).sum()
}

fn check(node: &Value) {
    assert_eq!(node["bytes"], sum(node), "{}", node["name"]);
    for child in node["children"].as_array().into_iter().flatten() {
        check(child);
    }
}

#[test]
fn the_map_counts_every_byte_of_an_application() {
    require_mpy_cross();
    let work = tempfile::tempdir().unwrap();
    let app = Path::new(env!("CARGO_MANIFEST_DIR")).join("../images/protocol-parser/src");
    done(
        work.path(),
        &[
            "build",
            "-q",
            app.to_str().unwrap(),
            "-o",
            "app.romfs",
            "--board",
            "pybd-sf2",
        ],
    );
    let map = json(work.path(), &["map", "--json", "app.romfs"]);
    assert_eq!(
        map["bytes"],
        fs::metadata(work.path().join("app.romfs")).unwrap().len()
    );
    assert_eq!(map["root"]["bytes"], map["bytes"]);
    assert_eq!(
        map["board"]["board"], "pybd-sf2",
        "the board that the image was built for"
    );
    check(&map["root"]);
    assert!(map["root"]["parts"]["bytecode"].as_u64().unwrap() > 1000);
    assert!(map["root"]["ram"].as_u64().unwrap() > 1000);
    let text = done(work.path(), &["map", "app.romfs"]);
    assert!(
        text.lines().all(|line| line.chars().count() <= 80),
        "{text}"
    );
    assert!(
        text.contains("messages.mpy") && text.contains("of partition romfs0 of pybd-sf2"),
        "{text}"
    );
}

#[test]
fn a_page_is_one_file_that_asks_no_network() {
    let work = tree(&[(
        "app/</script><i>&.txt"
            .replace('/', "|")
            .replacen('|', "/", 1)
            .as_str(),
        b"x",
    )]);
    done(work.path(), &["build", "-q", "app"]);
    done(work.path(), &["map", "app.romfs", "--html", "app.html"]);
    let page = fs::read_to_string(work.path().join("app.html")).unwrap();
    // Names of XML vocabularies are no addresses that anything is fetched from.
    let addresses =
        page.matches("://").count() - page.matches("http://www.w3.org/2000/svg").count();
    assert_eq!(addresses, 0);
    assert_eq!(
        page.matches("</script>").count(),
        2,
        "a name ends no script"
    );
    assert!(page.contains("default-src 'none'"));
}

/// What each import costs in this project's VM on this machine, by its own count.
const MEASURE: &str = "import gc\na = b = 0\ngc.collect()\na = gc.mem_alloc()\nimport MODULE\ngc.collect()\nb = gc.mem_alloc()\nprint(b - a)\n";

#[test]
fn the_estimate_of_ram_is_near_what_an_import_takes() {
    require_mpy_cross();
    let functions = (0..60).map(|i| format!("def func_{i}(a, b={i}):\n    total_{i} = a * {i} + b\n    return [total_{i} + i for i in range(b)]\n"));
    let functions: String = functions.collect();
    let classes: String = (0..30)
        .map(|i| format!("class Sensor{i}:\n    kind = 'sensor number {i}'\n    def __init__(self, port):\n        self.port{i} = port\n    def read(self):\n        return self.port{i} * {i}\n"))
        .collect();
    let blob = format!("DATA = b'{}'\n", "\\x07".repeat(8000));
    let constants = format!(
        "TABLE = ({})\n",
        (0..100)
            .map(|i| format!("'a sentence too long to be a name, number {i}',"))
            .collect::<String>()
    );
    for (module, text) in [
        ("functions", &functions),
        ("classes", &classes),
        ("blob", &blob),
        ("constants", &constants),
    ] {
        let name = format!("app/{module}.py");
        let main = MEASURE.replace("MODULE", module);
        let work = tree(&[("app/main.py", main.as_bytes()), (&name, text.as_bytes())]);
        done(work.path(), &["build", "-q", "app"]);
        let measured: f64 = done(work.path(), &["run", "app.romfs"])
            .trim()
            .parse()
            .unwrap();
        let map = json(
            work.path(),
            &["map", "--json", "--board", "host", "app.romfs"],
        );
        let nodes = map["root"]["children"].as_array().unwrap();
        let node = nodes
            .iter()
            .find(|n| n["name"] == format!("{module}.mpy"))
            .unwrap();
        let estimate = node["ram"].as_f64().unwrap();
        println!("{module}: estimate {estimate}, measured {measured}");
        assert!(
            estimate > 0.6 * measured && estimate < 1.6 * measured + 200.0,
            "{module}: {estimate} for {measured}"
        );
    }
}

#[test]
fn a_diff_tells_what_became_of_files_and_functions() {
    require_mpy_cross();
    let old = b"import sys\nclass A:\n    def f(self):\n        return 1\n    def g(self):\n        return sys.argv\ndef same(x):\n    return x + 'text'\n";
    // A name more, a line more, and one function that does something else.
    let new = b"import gc\nimport sys\n\nclass A:\n    def f(self):\n        return 2\n    def g(self):\n        return sys.argv\ndef same(x):\n    return x + 'text'\ndef added():\n    gc.collect()\n";
    let work = tree(&[
        ("a/m.py", old),
        ("a/stays.bin", b"stays"),
        ("a/goes.bin", b"goes away"),
        ("a/moves.bin", b"moves elsewhere"),
        ("a/grows.bin", b"1"),
        ("b/m.py", new),
        ("b/stays.bin", b"stays"),
        ("b/lib/moved.bin", b"moves elsewhere"),
        ("b/grows.bin", b"12"),
        ("b/new.bin", b"new"),
    ]);
    done(work.path(), &["build", "-q", "a"]);
    done(work.path(), &["build", "-q", "b"]);
    let diff = json(work.path(), &["diff", "--json", "a.romfs", "b.romfs"]);
    let files: Vec<(&str, &str)> = diff["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| (f["path"].as_str().unwrap(), f["change"].as_str().unwrap()))
        .collect();
    let expected = [
        ("goes.bin", "removed"),
        ("grows.bin", "changed"),
        ("lib/moved.bin", "moved"),
        ("m.mpy", "changed"),
        ("new.bin", "added"),
    ];
    assert_eq!(files, expected);
    assert_eq!(diff["same"], 1);
    assert_eq!(diff["files"][2]["from"], "moves.bin");
    let functions: Vec<(&str, &str)> = diff["files"][3]["functions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| {
            (
                f["function"].as_str().unwrap(),
                f["change"].as_str().unwrap(),
            )
        })
        .collect();
    let changed: Vec<_> = functions
        .iter()
        .filter(|(_, change)| *change != "lines")
        .copied()
        .collect();
    assert_eq!(
        changed,
        [
            ("<module>", "changed"),
            ("A.f", "changed"),
            ("added", "added")
        ]
    );
    assert!(
        !functions
            .iter()
            .any(|(name, change)| *name == "same" && *change == "changed")
    );
    let text = done(work.path(), &["diff", "--code", "a.romfs", "b.romfs"]);
    assert!(
        text.contains("- LOAD_CONST_SMALL_INT_MULTI 1")
            && text.contains("+ LOAD_CONST_SMALL_INT_MULTI 2"),
        "{text}"
    );
    assert!(text.contains("> lib/moved.bin (was moves.bin)"), "{text}");
    assert_eq!(
        run(work.path(), &["diff", "--exit-code", "a.romfs", "b.romfs"])
            .status
            .code(),
        Some(1)
    );
    assert_eq!(
        run(work.path(), &["diff", "--exit-code", "a.romfs", "a.romfs"])
            .status
            .code(),
        Some(0)
    );
    assert!(done(work.path(), &["diff", "a.romfs", "a.romfs"]).starts_with("0 of 5 files differ"));
}
