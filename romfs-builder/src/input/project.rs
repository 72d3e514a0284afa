//! `romfs.toml`: what a project packs, for which board, into which images.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::Source;
use super::align::AlignRules;
use super::collect::CollectOptions;
use super::exclude::Excludes;
use super::manifest::{Manifest, ManifestOptions};
use crate::error::{Error, Result};
use crate::tree::SourceTree;

/// The name of the file.
pub const FILE_NAME: &str = "romfs.toml";

/// A project. Paths in it are relative to the file's folder.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Project {
    /// Where the file is; filled in when it is read.
    #[serde(skip)]
    path: PathBuf,
    /// The board: a name that the command knows, or the path of a profile.
    #[serde(default)]
    pub board: Option<String>,
    /// Optimisation level of mpy-cross.
    #[serde(default)]
    pub optimise: Option<u8>,
    /// What to leave out, as patterns.
    #[serde(default)]
    exclude: Vec<String>,
    /// Alignment in bytes, by extension (`.tflite`) or by path in the image.
    #[serde(default)]
    align: BTreeMap<String, u32>,
    /// Where manifests find what they name.
    #[serde(default)]
    manifests: Manifests,
    /// The images.
    #[serde(rename = "image")]
    images: Vec<ImagePart>,
    /// How they are signed, if they are.
    #[serde(default)]
    pub sign: Option<Sign>,
}

/// Where manifests find what they name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Manifests {
    #[serde(default)]
    libraries: Vec<PathBuf>,
    #[serde(default)]
    variables: BTreeMap<String, String>,
}

/// One image of a project.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ImagePart {
    /// What to call it.
    pub name: String,
    /// Partition of the board, if not its first.
    #[serde(default)]
    pub partition: Option<String>,
    /// Where it is written.
    #[serde(default)]
    output: Option<PathBuf>,
    /// Path in the image, and the file or folder that goes there; `/` is the root.
    #[serde(default)]
    entries: BTreeMap<String, PathBuf>,
    /// Manifests whose files it takes.
    #[serde(default)]
    manifests: Vec<PathBuf>,
}

/// How images are signed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Sign {
    /// Private key, from `romfs keygen`.
    key: PathBuf,
    /// The vendor: its domain name, or a UUID.
    pub vendor: String,
    /// The class of devices: its name with this vendor, or a UUID.
    pub class: String,
    /// Security counter.
    #[serde(default)]
    pub counter: u32,
}

impl Project {
    /// The project that `path` stands for: the file itself, or a folder with a `romfs.toml` in it.
    pub fn file_of(path: &Path) -> Option<PathBuf> {
        let inside = path.join(FILE_NAME);
        if inside.is_file() {
            return Some(inside);
        }
        (path.extension().is_some_and(|e| e == "toml") && path.is_file())
            .then(|| path.to_path_buf())
    }

    /// Reads the project file at `path`.
    ///
    /// # Errors
    /// [`Error::List`] with the line.
    pub fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).map_err(Error::io("read the project", path))?;
        let at = |line, what| Error::List {
            path: path.to_path_buf(),
            line,
            what,
        };
        let mut project: Self = toml::from_str(&text).map_err(|e| {
            let line = e
                .span()
                .map_or(1, |span| text[..span.start].matches('\n').count() + 1);
            at(line, e.message().lines().collect::<Vec<_>>().join("; "))
        })?;
        project.path = path.to_path_buf();
        // The line of a value that is wrong by itself is the first that has it.
        let line_of = |word: &str| {
            let index = text.lines().position(|line| line.contains(word));
            index.map_or(1, |index| index + 1)
        };
        if project.images.is_empty() {
            return Err(at(1, "no [[image]]; say what to pack".into()));
        }
        if project.optimise.is_some_and(|level| level > 3) {
            return Err(at(
                line_of("optimise"),
                "optimise is a number from 0 to 3".into(),
            ));
        }
        for (index, image) in project.images.iter().enumerate() {
            let quoted = format!("{:?}", image.name);
            if project.images[..index].iter().any(|i| i.name == image.name) {
                return Err(at(
                    line_of(&quoted),
                    format!("two images are called {quoted}"),
                ));
            }
            if image.entries.is_empty() && image.manifests.is_empty() {
                let what = format!("image {quoted} has neither entries nor manifests");
                return Err(at(line_of(&quoted), what));
            }
        }
        project
            .align_rules()
            .map_err(|e| at(line_of("align"), e.to_string()))?;
        for pattern in &project.exclude {
            let one = Excludes::new(std::slice::from_ref(pattern));
            one.map_err(|e| at(line_of(pattern), e.to_string()))?;
        }
        Ok(project)
    }

    /// The file's folder.
    pub fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new(""))
    }

    /// The images, those called `names` only if there are any.
    ///
    /// # Errors
    /// [`Error::Profile`] for a name that none has.
    pub fn images(&self, names: &[String]) -> Result<Vec<&ImagePart>> {
        if let Some(name) = names
            .iter()
            .find(|n| !self.images.iter().any(|i| i.name == **n))
        {
            let known: Vec<_> = self.images.iter().map(|i| i.name.as_str()).collect();
            return Err(Error::Profile {
                name: self.path.display().to_string(),
                what: format!(
                    "no image is called {name:?}; there are {}",
                    known.join(", ")
                ),
            });
        }
        let wanted = |image: &&ImagePart| names.is_empty() || names.contains(&image.name);
        Ok(self.images.iter().filter(wanted).collect())
    }

    /// Alignment of the files.
    ///
    /// # Errors
    /// [`Error::Alignment`].
    pub fn align_rules(&self) -> Result<AlignRules> {
        let mut rules = AlignRules::default();
        for (what, bytes) in &self.align {
            rules.add(&format!("{what}={bytes}"))?;
        }
        Ok(rules)
    }

    /// The board as `--board` would take it: a path is relative to the file.
    pub fn board(&self) -> Option<String> {
        let board = self.board.as_ref()?;
        let path = self.folder().join(board);
        Some(match board.ends_with(".toml") {
            true => path.display().to_string(),
            false => board.clone(),
        })
    }

    /// Where an image is written.
    pub fn output(&self, image: &ImagePart) -> PathBuf {
        let name = || PathBuf::from(format!("{}.romfs", image.name));
        self.folder()
            .join(image.output.clone().unwrap_or_else(name))
    }

    /// The files and folders that an image's entries name.
    pub fn inputs(&self, image: &ImagePart) -> Vec<PathBuf> {
        let paths = image.entries.values();
        paths.map(|path| self.folder().join(path)).collect()
    }

    /// The private key.
    pub fn key(&self, sign: &Sign) -> PathBuf {
        self.folder().join(&sign.key)
    }

    /// What goes into an image.
    ///
    /// # Errors
    /// As the folders, files and manifests that it names.
    pub fn source(&self, image: &ImagePart, everything: bool) -> Result<Source> {
        let options = CollectOptions {
            everything,
            ..Default::default()
        };
        let mut source = Source::default();
        for manifest in &image.manifests {
            let manifest = Manifest::read(&self.folder().join(manifest), &self.manifest_options())?;
            merge(&mut source.tree, manifest.tree()?)?;
            source.levels.extend(manifest.levels());
        }
        for (target, path) in &image.entries {
            let node = super::node(&self.folder().join(path), &options)?;
            super::place(&mut source.tree, target, node)?;
        }
        Excludes::new(&self.exclude)?.apply(&mut source.tree);
        // The project's own file is about the image, not in it.
        Excludes::new(&[format!("/{FILE_NAME}")])?.apply(&mut source.tree);
        Ok(source)
    }

    fn manifest_options(&self) -> ManifestOptions {
        let libraries = &self.manifests.libraries;
        ManifestOptions {
            libraries: libraries.iter().map(|l| self.folder().join(l)).collect(),
            variables: self.manifests.variables.clone(),
        }
    }
}

fn merge(tree: &mut SourceTree, more: SourceTree) -> Result<()> {
    let mut entries = more.entries.into_iter();
    entries.try_for_each(|entry| tree.insert(&entry.name, entry.node))
}

/// The text of a new project file, with comments that say what else it can hold.
pub fn template(board: Option<&str>) -> String {
    let board = board.map_or_else(
        || "# board = \"pybd-sf2\"            # compile for it, check that it fits: see `romfs boards`".to_owned(),
        |board| format!("board = {board:?}"),
    );
    format!(
        r#"# What `romfs build` packs. Paths are relative to this file.

{board}
# optimise = 1                  # mpy-cross -O: 1 drops assertions, 3 line numbers too

# Left out of every image. A pattern without "/" is about names anywhere, one with it about paths in the image.
exclude = ["*.md", "*.pyi", "tests/"]

# Alignment in bytes, by extension or by path in the image.
# [align]
# ".tflite" = 16
# "fonts/big.bin" = 4096

# Where manifests (manifest.py) find what they name.
# [manifests]
# libraries = ["../micropython-lib"]
# variables = {{ BOARD_DIR = "boards/mine" }}

# One image. Several [[image]] give several images, each for a partition of the board.
[[image]]
name = "app"
# partition = "romfs0"          # the board's first, if not said
# output = "build/app.romfs"    # NAME.romfs beside this file, if not said
# manifests = ["manifest.py"]   # files that manifests take

# What goes in: a path in the image, then the file or folder that goes there. "/" is the root of the image.
[image.entries]
"/" = "src"
# "lib/driver.py" = "vendor/driver.py"

# With this, `romfs build --sequence N` signs the images too, into NAME.signed.romfs. The key comes from `romfs keygen`
# and belongs into no repository.
# [sign]
# key = "release.pem"
# vendor = "example.com"
# class = "thermostat-2"
"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project(text: &str) -> (tempfile::TempDir, Result<Project>) {
        let folder = tempfile::tempdir().unwrap();
        for (path, content) in [
            ("src/main.py", ""),
            ("src/notes.md", ""),
            ("src/tests/t.py", ""),
            ("extra/a.bin", "a"),
            ("manifest.py", "module('extra.py', opt=2)\n"),
            ("extra.py", ""),
        ] {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        let path = folder.path().join(FILE_NAME);
        fs::write(&path, text).unwrap();
        let project = Project::read(&path);
        (folder, project)
    }

    fn paths(source: Source) -> Vec<String> {
        source
            .tree
            .number()
            .1
            .into_iter()
            .map(|(path, _)| path)
            .collect()
    }

    #[test]
    fn the_template_is_a_project_with_and_without_a_board() {
        for board in [None, Some("pybd-sf2")] {
            let (_folder, project) = project(&template(board));
            let project = project.unwrap();
            assert_eq!(project.board.as_deref(), board);
            let images = project.images(&[]).unwrap();
            assert_eq!(
                paths(project.source(images[0], false).unwrap()),
                ["main.py"]
            );
        }
    }

    #[test]
    fn what_the_templates_comments_offer_works() {
        let text: String = template(None)
            .lines()
            .map(|line| match line.strip_prefix("# ") {
                // Lines that would be settings, not sentences.
                Some(setting) if setting.contains(" = ") || setting.starts_with('[') => {
                    format!("{setting}\n")
                }
                _ => format!("{line}\n"),
            })
            .collect();
        let text = text
            .replace("../micropython-lib", "lib")
            .replace("vendor/driver.py", "extra.py");
        let (folder, project) = project(&text);
        let project = project.unwrap();
        let image = project.images(&[]).unwrap()[0];
        let source = project.source(image, false).unwrap();
        assert_eq!(source.levels.get("extra.py"), Some(&2));
        assert_eq!(paths(source), ["extra.py", "lib/driver.py", "main.py"]);
        assert_eq!(project.output(image), folder.path().join("build/app.romfs"));
        assert_eq!(project.align_rules().unwrap().of("x.tflite"), 16);
        assert!(project.sign.is_some());
    }

    #[test]
    fn errors_name_the_line() {
        let image = "\n[[image]]\nname = \"a\"\nentries = { \"/\" = \"src\" }\n";
        let cases = [
            (format!("bord = \"x\"{image}"), 1, "bord"),
            (format!("optimise = 4{image}"), 1, "0 to 3"),
            (
                format!("align = {{ \".x\" = 3 }}{image}"),
                1,
                "power of two",
            ),
            (format!("{image}{image}"), 3, "two images"),
            ("[[image]]\nname = \"a\"\n".into(), 2, "neither"),
            ("image = []\n".into(), 1, "no [[image]]"),
            (format!("exclude = [\"[\"]{image}"), 1, "["),
        ];
        for (text, line, what) in cases {
            let error = project(&text).1.unwrap_err().to_string();
            assert!(
                error.contains(&format!("romfs.toml: line {line}: ")) && error.contains(what),
                "{text}: {error}"
            );
        }
    }
}
