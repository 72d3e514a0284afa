//! MicroPython bytecode, run where it lies.
#![cfg_attr(not(test), no_std)]

pub mod codec;
pub mod num;
pub mod re;
