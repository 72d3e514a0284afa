//! What the tests share.
#![allow(dead_code, reason = "each test uses a part")]

pub mod assemble;
pub mod exercise;
pub mod machine;
