//! Writes an output file whole or not at all.

use std::fs::{self, Permissions};
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// Writes `bytes` to `path`: first to a temporary file beside it, which then takes its place.
///
/// # Errors
/// What the system says; `path` is then as it was before.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".romfs-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // As any new file: what the umask leaves of it, not the owner-only mode of temporary files.
        builder.permissions(Permissions::from_mode(0o666));
    }
    let mut file = builder
        .tempfile_in(folder_of(path))
        .map_err(Error::io("write", path))?;
    file.write_all(bytes).map_err(Error::io("write", path))?;
    file.persist(path)
        .map_err(|e| Error::io("write", path)(e.error))?;
    Ok(())
}

/// Where the image of `source` goes if nobody says: `NAME.romfs` beside the folder or list.
///
/// # Errors
/// If `source` is not there.
pub fn default_path(source: &Path) -> Result<PathBuf> {
    // "src/", "." and ".." have no name of their own to work with.
    let whole = fs::canonicalize(source).map_err(Error::io("find", source))?;
    let stem = if whole.is_dir() {
        whole.file_name()
    } else {
        whole.file_stem()
    };
    let mut name = stem.unwrap_or("image".as_ref()).to_owned();
    name.push(".romfs");
    let parent = source
        .parent()
        .filter(|p| !p.as_os_str().is_empty() && source.file_name().is_some());
    let same = |parent: &&Path| {
        fs::canonicalize(parent).is_ok_and(|p| Some(p.as_path()) == whole.parent())
    };
    // The path as the user spelt it reads better in messages than the canonical one, where they agree.
    Ok(match parent.filter(same) {
        Some(parent) => parent.join(name),
        None if whole.parent() == fs::canonicalize(".").ok().as_deref() => PathBuf::from(name),
        None => whole.with_file_name(name),
    })
}

/// Refuses an output inside the source folder, where the next build would pack it.
///
/// # Errors
/// [`Error::OutputInSource`], or what the system says of the output's folder.
pub fn check_outside(output: &Path, source: &Path) -> Result<()> {
    let folder = folder_of(output);
    let folder = fs::canonicalize(folder).map_err(Error::io("write to the folder", folder))?;
    let source = fs::canonicalize(source).map_err(Error::io("find", source))?;
    if source.is_dir() && folder.starts_with(&source) {
        return Err(Error::OutputInSource {
            path: output.to_path_buf(),
        });
    }
    Ok(())
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_lies_beside_the_folder() {
        let root = tempfile::tempdir().unwrap();
        let app = root.path().join("app");
        fs::create_dir(&app).unwrap();
        let expected = root.path().join("app.romfs");
        for spelling in [
            app.clone(),
            app.join(""),
            app.join("."),
            app.join("..").join("app"),
        ] {
            let path = default_path(&spelling).unwrap();
            let folder = fs::canonicalize(path.parent().unwrap()).unwrap();
            assert_eq!(
                folder,
                fs::canonicalize(root.path()).unwrap(),
                "{}",
                spelling.display()
            );
            assert_eq!(path.file_name(), expected.file_name());
        }
    }

    #[test]
    fn inside_the_source_is_refused() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("app/lib")).unwrap();
        let source = root.path().join("app");
        assert!(check_outside(&root.path().join("app.romfs"), &source).is_ok());
        for inside in ["app/x.romfs", "app/lib/x.romfs", "app/../app/x.romfs"] {
            let result = check_outside(&root.path().join(inside), &source);
            assert!(
                matches!(result, Err(Error::OutputInSource { .. })),
                "{inside}"
            );
        }
    }

    #[test]
    fn a_failed_write_leaves_the_old_file_and_nothing_else() {
        let root = tempfile::tempdir().unwrap();
        let target = root.path().join("taken");
        fs::create_dir(&target).unwrap();
        assert!(write_atomically(&target, b"image").is_err());
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 1);
        let file = root.path().join("file");
        write_atomically(&file, b"one").unwrap();
        write_atomically(&file, b"two").unwrap();
        assert_eq!(fs::read(&file).unwrap(), b"two");
    }
}
