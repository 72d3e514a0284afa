//! MicroPython bytecode, run where it lies.
#![no_std]
