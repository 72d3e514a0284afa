//! ROMFS v1 images, read in place.
#![no_std]
