//! A server of the Simple Management Protocol (SMP, also called MCUmgr), versions 1 and 2.
//!
//! [`Server::handle`] takes one request and makes the response; what carries them is the board's
//! business: bare over UDP, or as the text lines of [`serial`]. Served are the groups *os* (echo,
//! reset, parameters, info), *image* (state, upload, erase, slot info), *file* over what the board
//! offers, and [`STATUS_GROUP`] with what the standard ones have no words for.
//!
//! An upload that passes every check becomes pending by itself: a client that only uploads and
//! resets still activates it, on trial.

mod files;
mod header;
mod image;
mod message;
mod os;
mod rom;
pub mod serial;
mod server;
mod status;

pub use files::{FileError, Files, NoFiles};
pub use header::{HEADER, Header, Op};
pub use rom::RomFiles;
pub use server::{Board, Reply, Server};
pub use status::STATUS_GROUP;
