//! The page of `romfs map --html`, opened in a real browser: labels that do not overlap, keys that work.
//!
//! Needs Chromium (`scripts/setup.sh browser`); without it the test says so and ends, unless ROMFS_REQUIRE_BROWSER is set.

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use support::{Random, require_mpy_cross, romfs, tree};

/// Looks at the page as it was laid out, works it by keys, and leaves what it saw in the document.
const PROBE: &str = r##"<script>
const press = key => document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
const box = e => { const r = e.getBoundingClientRect(); return [r.x, r.y, r.width, r.height]; };
const labels = () => Array.from(document.querySelectorAll("#map text"), text => [
  box(text), box(text.parentNode.querySelector(":scope > rect.frame")), text.textContent]);
const seen = { views: [labels()], focus: [], tiles: document.querySelectorAll("#map .tile").length };
press("Home");
seen.focus.push(document.activeElement.getAttribute("aria-label"));
for (const key of ["ArrowRight", "ArrowDown", "ArrowLeft"]) { press(key); seen.focus.push(document.activeElement.getAttribute("aria-label")); }
document.querySelector("#map .tile.opens").focus();
press("Enter");
seen.views.push(labels());
seen.way = document.getElementById("way").textContent;
document.querySelector("#map .tile.opens, #map .tile").focus();
press("Enter");
seen.views.push(labels());
press("Escape"); press("Escape"); press("Escape");
seen.views.push(labels());
seen.back = document.getElementById("way").textContent;
seen.figures = document.getElementById("figures").textContent;
const probe = document.createElement("pre");
probe.id = "probe";
probe.textContent = encodeURIComponent(JSON.stringify(seen));
document.body.append(probe);
</script></body>"##;

fn browser() -> Option<PathBuf> {
    let found = ["chromium", "chromium-browser", "google-chrome"]
        .into_iter()
        .find_map(|name| {
            std::env::split_paths(&std::env::var_os("PATH")?)
                .map(|f| f.join(name))
                .find(|p| p.is_file())
        });
    if found.is_none() {
        assert!(
            std::env::var_os("ROMFS_REQUIRE_BROWSER").is_none(),
            "no Chromium: scripts/setup.sh browser installs it"
        );
        println!("skipped: no Chromium here (scripts/setup.sh browser installs it)");
    }
    found
}

fn chromium(
    program: &Path,
    work: &Path,
    size: (u32, u32),
    arguments: &[&str],
    page: &Path,
) -> Vec<u8> {
    let output = Command::new(program)
        .args([
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--hide-scrollbars",
            "--virtual-time-budget=20000",
        ])
        .arg(format!(
            "--user-data-dir={}",
            work.join("profile").display()
        ))
        .arg(format!("--window-size={},{}", size.0, size.1))
        .args(arguments)
        .arg(format!("file://{}", page.display()))
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    output.stdout
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, more @ ..] = rest {
        rest = more;
        match (*first, more) {
            (b'%', [high, low, more @ ..]) => {
                let digits = [*high, *low];
                bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap());
                rest = more;
            }
            _ => bytes.push(*first),
        }
    }
    String::from_utf8(bytes).unwrap()
}

/// What the probe saw.
fn probed(program: &Path, work: &Path, size: (u32, u32), page: &Path) -> Value {
    let text = fs::read_to_string(page).unwrap();
    let with_probe = work.join("probe.html");
    assert_eq!(text.matches("</body>").count(), 1);
    fs::write(&with_probe, text.replace("</body>", PROBE)).unwrap();
    let dom =
        String::from_utf8(chromium(program, work, size, &["--dump-dom"], &with_probe)).unwrap();
    let found = dom
        .split("<pre id=\"probe\">")
        .nth(1)
        .and_then(|rest| rest.split("</pre>").next());
    serde_json::from_str(&percent_decoded(
        found.expect("the page's scripts ran to their end"),
    ))
    .unwrap()
}

type Rect = [f64; 4];

fn rect(value: &Value) -> Rect {
    [0, 1, 2, 3].map(|i| value[i].as_f64().unwrap())
}

fn overlap(a: &Rect, b: &Rect) -> bool {
    a[0] < b[0] + b[2] && b[0] < a[0] + a[2] && a[1] < b[1] + b[3] && b[1] < a[1] + a[3]
}

fn inside(a: &Rect, frame: &Rect) -> bool {
    // Half a pixel: the browser rounds what it reports.
    a[0] >= frame[0] - 0.5
        && a[0] + a[2] <= frame[0] + frame[2] + 0.5
        && a[1] >= frame[1] - 0.5
        && a[1] + a[3] <= frame[1] + frame[3] + 0.5
}

/// No label of a view overlaps another or leaves its tile; how many there are.
fn check_labels(view: &Value) -> usize {
    let labels: Vec<(Rect, Rect, String)> = view
        .as_array()
        .unwrap()
        .iter()
        .map(|l| (rect(&l[0]), rect(&l[1]), l[2].as_str().unwrap().to_owned()))
        .collect();
    for (index, (label, frame, text)) in labels.iter().enumerate() {
        assert!(
            inside(label, frame),
            "{text:?} at {label:?} leaves its tile {frame:?}"
        );
        for (other, _, other_text) in &labels[index + 1..] {
            assert!(
                !overlap(label, other),
                "{text:?} at {label:?} overlaps {other_text:?} at {other:?}"
            );
        }
    }
    labels.len()
}

/// An image of `count` files in folders, modules and data, of very different sizes.
fn image(work: &Path, count: usize) -> PathBuf {
    let mut random = Random::new(count as u64);
    let module =
        "def function_with_a_name(argument):\n    return argument + 1234567890123\n\n".repeat(3);
    let names = [
        "a",
        "driver",
        "a_rather_long_name_of_a_module_that_fits_nowhere",
        "データ",
        "x-1",
        "W".repeat(30).leak(),
    ];
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    for number in 0..count {
        let folder = match random.below(8) {
            0 => String::new(),
            n => format!(
                "{}{}/",
                ["lib", "assets", "a_long_name_of_a_folder", "net"][n % 4],
                random.below(1 + count / 60)
            ),
        };
        let stem = format!("{}{number}", random.pick(&names));
        files.push(if random.below(2) == 0 {
            let body = module.replace("1234", &format!("7{number}"));
            (format!("app/{folder}{stem}.py"), body.into_bytes())
        } else {
            let size = 1 << random.below(if count < 100 { 15 } else { 12 });
            (
                format!("app/{folder}{stem}.bin"),
                (0..size).map(|_| random.next() as u8).collect(),
            )
        });
    }
    files.push((
        "app/</script><b>.txt"
            .replace('/', "_")
            .replacen("app_", "app/", 1),
        vec![1; 300],
    ));
    let borrowed: Vec<(&str, &[u8])> = files.iter().map(|(p, c)| (p.as_str(), &c[..])).collect();
    let source = tree(&borrowed);
    let path = work.join(format!("{count}.romfs"));
    let built = romfs(&work.join(".cache"))
        .current_dir(source.path())
        .args(["build", "-q", "app", "-o"])
        .arg(&path)
        .output()
        .unwrap();
    assert!(
        built.status.success(),
        "{}",
        String::from_utf8_lossy(&built.stderr)
    );
    path
}

#[test]
fn labels_do_not_overlap_at_10_200_and_2000_files() {
    let Some(program) = browser() else { return };
    require_mpy_cross();
    let work = tempfile::tempdir().unwrap();
    // The largest page takes its time to make; `make test-all` has it.
    let largest = std::env::var_os("ROMFS_REQUIRE_BROWSER").map(|_| (2000, 20));
    for (count, at_least) in [(10, 6), (200, 20)].into_iter().chain(largest) {
        let image = image(work.path(), count);
        let page = work.path().join(format!("{count}.html"));
        romfs(work.path())
            .arg("map")
            .arg(&image)
            .arg("--html")
            .arg(&page)
            .assert()
            .success();
        for size in [(1280, 800), (800, 500)] {
            let seen = probed(&program, work.path(), size, &page);
            let views = seen["views"].as_array().unwrap();
            let labels: Vec<usize> = views.iter().map(check_labels).collect();
            println!("{count} files at {size:?}: {labels:?} labels");
            assert!(
                labels[0] >= at_least && labels[1] > 0 && labels[2] > 0,
                "{count}: {labels:?}"
            );
            assert_eq!(labels[0], labels[3], "Escape leads back");
            check_keys(&seen);
        }
        check_screenshot(&program, work.path(), &page);
    }
}

fn check_keys(seen: &Value) {
    let title = seen["back"].as_str().unwrap();
    assert!(title.ends_with(".romfs"), "{title}");
    assert!(
        seen["way"].as_str().unwrap().len() > title.len(),
        "Enter opens"
    );
    let focus: Vec<&str> = seen["focus"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| f.as_str().unwrap())
        .collect();
    assert!(
        focus[0].starts_with('/') && focus[0].contains("bytes"),
        "{focus:?}"
    );
    assert!(
        focus[1..].iter().any(|f| *f != focus[0]),
        "arrows move: {focus:?}"
    );
    assert!(seen["figures"].as_str().unwrap().contains("% of the image"));
}

/// The page is drawn: kinds have their colours, and text is dark on them.
fn check_screenshot(program: &Path, work: &Path, page: &Path) {
    let shot = work.join("shot.png");
    chromium(
        program,
        work,
        (1280, 800),
        &[&format!("--screenshot={}", shot.display())],
        page,
    );
    if let Some(folder) = std::env::var_os("ROMFS_SCREENSHOTS") {
        let name = page.with_extension("png");
        fs::copy(&shot, Path::new(&folder).join(name.file_name().unwrap())).unwrap();
    }
    let decoder = png::Decoder::new(std::io::BufReader::new(fs::File::open(&shot).unwrap()));
    let mut reader = decoder.read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    let bytes = info.color_type.samples();
    let mut share = std::collections::HashMap::new();
    for pixel in pixels[..info.buffer_size()].chunks(bytes) {
        *share
            .entry([pixel[0], pixel[1], pixel[2]])
            .or_insert(0usize) += 1;
    }
    let many = |colour: [u8; 3]| share.get(&colour).copied().unwrap_or(0) > 2000;
    // Bytecode's blue and data's green.
    assert!(
        many([0x56, 0xb4, 0xe9]) && many([0x62, 0xc8, 0xa8]),
        "the kinds' colours are there"
    );
    let dark: usize = share
        .iter()
        .filter(|(c, _)| c.iter().all(|v| *v < 0x40))
        .map(|(_, n)| n)
        .sum();
    assert!(dark > 2000, "text is there: {dark} dark pixels");
}
