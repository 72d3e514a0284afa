//! Which files want their content aligned.

use crate::error::{Error, Result};
use crate::image::MAX_ALIGNMENT;

/// Alignment by extension and by path; a path's rule goes before an extension's, and a later rule before an earlier.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AlignRules {
    rules: Vec<(Subject, u32)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Subject {
    /// With the dot.
    Extension(String),
    Path(String),
}

impl AlignRules {
    /// Adds a rule as it is written on the command line: `.tflite=16` or `models/a.bin=64`.
    ///
    /// # Errors
    /// [`Error::Alignment`] if the value is not a power of two up to [`MAX_ALIGNMENT`].
    pub fn add(&mut self, rule: &str) -> Result<()> {
        let error = |value| Error::Alignment {
            what: rule.to_owned(),
            value,
            limit: MAX_ALIGNMENT,
        };
        let (subject, value) = rule.rsplit_once('=').ok_or(error(0))?;
        let value: u32 = value.trim().parse().map_err(|_| error(0))?;
        if !value.is_power_of_two() || value > MAX_ALIGNMENT {
            return Err(error(value));
        }
        let subject = subject.trim();
        let extension = subject.strip_prefix("*").unwrap_or(subject);
        let subject = if extension.starts_with('.') && !extension.contains('/') {
            Subject::Extension(extension.to_owned())
        } else {
            Subject::Path(subject.trim_start_matches('/').to_owned())
        };
        self.rules.push((subject, value));
        Ok(())
    }

    /// Alignment of the file at `path` within the image; 1 where no rule is about it.
    pub fn of(&self, path: &str) -> u32 {
        let name = path.rsplit('/').next().unwrap_or(path);
        let by_path = |subject: &Subject| matches!(subject, Subject::Path(p) if p == path);
        let by_extension = |subject: &Subject| matches!(subject, Subject::Extension(e) if name.ends_with(e.as_str()));
        let last =
            |fits: &dyn Fn(&Subject) -> bool| self.rules.iter().rfind(|(subject, _)| fits(subject));
        last(&by_path)
            .or_else(|| last(&by_extension))
            .map_or(1, |(_, value)| *value)
    }

    /// Rules about a path that is not among `paths`, for a warning.
    pub fn unused<'a>(&'a self, paths: &[&str]) -> Vec<&'a str> {
        let of_path = self.rules.iter().filter_map(|(subject, _)| match subject {
            Subject::Path(path) => Some(path.as_str()),
            Subject::Extension(_) => None,
        });
        of_path.filter(|path| !paths.contains(path)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_goes_before_an_extension() {
        let mut rules = AlignRules::default();
        for rule in [".tflite=16", "models/a.tflite=64", "*.bin = 4", ".bin=8"] {
            rules.add(rule).unwrap();
        }
        assert_eq!(rules.of("x/b.tflite"), 16);
        assert_eq!(rules.of("models/a.tflite"), 64);
        assert_eq!(rules.of("a.bin"), 8);
        assert_eq!(rules.of("a.py"), 1);
        assert_eq!(rules.unused(&["a.bin"]), ["models/a.tflite"]);
    }

    #[test]
    fn only_powers_of_two() {
        for rule in [".x=3", ".x=0", ".x", ".x=", ".x=4194304", ".x=-1"] {
            assert!(AlignRules::default().add(rule).is_err(), "{rule}");
        }
    }
}
