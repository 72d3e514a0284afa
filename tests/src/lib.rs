//! Tests that cross crates, and what they share: the tools that `scripts/setup.sh` installs and the
//! commands that they run.
//!
//! A test whose tool is missing says so and passes, unless `ROMFS_REQUIRE_TOOLS` is set, as
//! `make test` sets it: then the missing tool is a failure.

pub mod boards;
pub mod builds;
pub mod cuts;
pub mod device;
pub mod machine;
pub mod oracle;
pub mod programs;
pub mod romfs;
pub mod scripts;
pub mod smp;
pub mod tools;
