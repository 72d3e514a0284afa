//! What a call of `romfs build` makes: one image, or those of a project.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use romfs_builder::input::align::AlignRules;
use romfs_builder::input::collect::CollectOptions;
use romfs_builder::input::project::{ImagePart, Project};
use romfs_builder::input::{self, Source};
use romfs_builder::output;
use romfs_builder::update::{Claims, SigningKey, class_id, sign, vendor_id};
use romfs_runtime::update::manifest::Numbers;

use super::Args;

/// One image to build.
pub struct Job {
    /// What it is called.
    pub name: String,
    pub source: Source,
    /// Folders and files that it is made from; the output must lie in none of them.
    pub inputs: Vec<PathBuf>,
    /// Where names of sources begin.
    pub root: PathBuf,
    pub output: PathBuf,
    pub board: Option<String>,
    pub partition: Option<String>,
    pub optimise: u8,
    pub align: AlignRules,
    pub sign: Option<Signer>,
    /// Its output may lie in a folder that is not there yet.
    of_project: bool,
}

impl Job {
    /// The folder of the output, where a project names one that is to be made.
    pub fn made_folder(&self) -> Option<PathBuf> {
        let folder = self.output.parent().filter(|f| !f.as_os_str().is_empty())?;
        self.of_project.then(|| folder.to_path_buf())
    }
}

/// Signs what a project builds.
pub struct Signer {
    key: PathBuf,
    vendor: [u8; 16],
    class: [u8; 16],
    counter: u32,
}

impl Signer {
    pub fn sign(&self, image: &[u8], sequence: u32) -> anyhow::Result<Vec<u8>> {
        let key = SigningKey::read(&self.key)?;
        let claims = Claims {
            vendor: self.vendor,
            class: self.class,
            component: 0,
            numbers: Numbers {
                counter: self.counter,
                sequence,
            },
            version: sequence.to_string(),
        };
        sign(image, &claims, &key).context("cannot sign the image")
    }
}

/// The images that the arguments ask for.
pub fn jobs(args: &Args) -> anyhow::Result<Vec<Job>> {
    let project = match args.plain {
        // Every file as it is, a project's own among them.
        true => None,
        false => Project::file_of(&args.source),
    };
    match project {
        Some(file) => of_project(args, &Project::read(&file)?),
        None => Ok(vec![of_path(args)?]),
    }
}

fn of_path(args: &Args) -> anyhow::Result<Job> {
    if !args.images.is_empty() {
        bail!(
            "{}: --image chooses among the images of a project, and this is none",
            args.source.display()
        );
    }
    let collect = CollectOptions {
        everything: args.all || args.plain,
        ..Default::default()
    };
    let output = match &args.output {
        Some(path) => path.clone(),
        None => output::default_path(&args.source)?,
    };
    Ok(Job {
        name: stem(&output),
        source: input::source(&args.source, &collect, &args.manifests.options()?)?,
        inputs: vec![args.source.clone()],
        root: args.source.clone(),
        output,
        board: args.board.clone(),
        partition: args.partition.clone(),
        optimise: args.optimise.unwrap_or(0),
        align: AlignRules::default(),
        sign: None,
        of_project: false,
    })
}

fn of_project(args: &Args, project: &Project) -> anyhow::Result<Vec<Job>> {
    let images = project.images(&args.images)?;
    if images.len() > 1 && (args.output.is_some() || args.partition.is_some()) {
        bail!(
            "the project has {} images; choose one with --image for --output or --partition",
            images.len()
        );
    }
    let sign = project.sign.as_ref().map(|sign| {
        let vendor = vendor_id(&sign.vendor);
        (
            project.key(sign),
            vendor,
            class_id(vendor, &sign.class),
            sign.counter,
        )
    });
    let job = |image: &ImagePart| {
        Ok(Job {
            name: image.name.clone(),
            source: project.source(image, args.all)?,
            inputs: project.inputs(image),
            root: project.folder().to_path_buf(),
            output: args.output.clone().unwrap_or_else(|| project.output(image)),
            board: args.board.clone().or_else(|| project.board()),
            partition: args.partition.clone().or_else(|| image.partition.clone()),
            optimise: args.optimise.or(project.optimise).unwrap_or(0),
            align: project.align_rules()?,
            sign: sign.clone().map(|(key, vendor, class, counter)| Signer {
                key,
                vendor,
                class,
                counter,
            }),
            of_project: true,
        })
    };
    images.into_iter().map(job).collect()
}

fn stem(path: &Path) -> String {
    path.file_stem().map_or_else(
        || "image".into(),
        |stem| stem.to_string_lossy().into_owned(),
    )
}
