//! A reader without extensions: every image is read as plain v1, by scanning.

use core::marker::PhantomData;

use super::error::Error;
use super::index::PathIndex;
use super::record::{Bytes, Record, Span};

/// Nothing besides the tree is looked for.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Extensions<'a>(PhantomData<&'a [u8]>);

impl<'a> Extensions<'a> {
    pub(crate) fn find(_: Bytes<'a>) -> Result<Self, Error> {
        Ok(Self::default())
    }

    pub(crate) fn record(&self) -> Option<Record<'a>> {
        None
    }

    pub(crate) fn tail(&self) -> Option<Span> {
        None
    }

    pub(crate) fn index(&self) -> Option<&PathIndex<'a>> {
        None
    }

    pub(crate) fn drop_index(&mut self) {}
}
