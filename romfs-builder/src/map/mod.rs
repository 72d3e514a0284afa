//! Views of a [`survey`](crate::survey): for a terminal and as a page for a browser.

mod page;
mod terminal;

pub use page::page;
pub use terminal::terminal;

use crate::report::BoardFit;
use crate::survey::Node;

/// What is shown.
#[derive(Debug, Clone)]
pub struct Map<'a> {
    /// The image's name.
    pub title: &'a str,
    /// The survey of it.
    pub root: &'a Node,
    /// Bytes in all.
    pub bytes: u64,
    /// The board and its partition, if one was named.
    pub fit: Option<&'a BoardFit>,
    /// Whose RAM is estimated.
    pub ram_of: &'a str,
}
