//! A checked view over .mpy files.
#![no_std]
