//! ROMFS image builder.
