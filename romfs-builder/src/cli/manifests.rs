//! What manifests need besides themselves, as the commands that build take it.

use std::path::PathBuf;

use anyhow::Context;
use romfs_builder::input::manifest::ManifestOptions;

#[derive(Debug, clap::Args)]
pub struct ManifestArgs {
    /// Folder that manifests `require` packages from: micropython-lib, or one with packages; may be given again
    #[arg(long = "lib", value_name = "FOLDER")]
    pub libraries: Vec<PathBuf>,
    /// What $(NAME) stands for in manifests; may be given again
    #[arg(long = "manifest-var", value_name = "NAME=PATH")]
    variables: Vec<String>,
}

impl ManifestArgs {
    pub fn options(&self) -> anyhow::Result<ManifestOptions> {
        let variable = |text: &String| {
            let (name, value) = text
                .split_once('=')
                .with_context(|| format!("--manifest-var {text}: write NAME=PATH"))?;
            let value =
                std::path::absolute(value).with_context(|| format!("--manifest-var {text}"))?;
            Ok((name.to_owned(), value.display().to_string()))
        };
        Ok(ManifestOptions {
            libraries: self.libraries.clone(),
            variables: self
                .variables
                .iter()
                .map(variable)
                .collect::<anyhow::Result<_>>()?,
        })
    }
}
