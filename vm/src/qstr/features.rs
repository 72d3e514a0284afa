//! The names of a firmware that was built with other features than this one.

use super::NAMES;

include!(concat!(env!("OUT_DIR"), "/features.rs"));

/// The names, by id, of a firmware with these features of this crate.
///
/// # Errors
/// The first feature that there is not.
pub fn names_of_features<'f>(
    features: impl IntoIterator<Item = &'f str>,
) -> Result<impl Iterator<Item = &'static str>, &'f str> {
    let mut modules = 0;
    for feature in features {
        match FEATURES.iter().find(|(name, _)| *name == feature) {
            Some((_, brings)) => modules |= brings,
            None => return Err(feature),
        }
    }
    let is_there = move |name: &&str| match GATES.binary_search_by_key(name, |(name, _)| *name) {
        Ok(at) => GATES[at].1 & modules != 0,
        Err(_) => true,
    };
    Ok(NAMES.iter().copied().filter(is_there))
}
