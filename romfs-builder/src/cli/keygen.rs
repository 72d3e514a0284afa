//! `romfs keygen`

use std::path::PathBuf;

use romfs_builder::update::SigningKey;

/// Make a key that signs images
///
/// Two files in PEM, which OpenSSL reads too: the private key, which only you can read, and the public one beside
/// it, with .pub appended, for the firmware. Neither must exist yet.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// File for the private key
    key: PathBuf,
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    let key = SigningKey::generate();
    key.write(&args.key)?;
    let public = key.verifying_key();
    println!("{}: key {public}", args.key.display());
    println!("For the firmware:\n{:?}", public.as_bytes());
    Ok(())
}
