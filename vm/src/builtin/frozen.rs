//! Modules in Python that come with the VM: `.frozen` on `sys.path` finds them where the firmware's own image does not
//! have them.
//!
//! Their sources and what mpy-cross makes of them lie in `vm/python`; a test of `romfs-tests` compares the two.

macro_rules! frozen {
    ($($path:literal,)*) => {
        /// Path below the folder, and content.
        static FILES: &[(&str, &[u8])] = &[
            $(($path, include_bytes!(concat!("../../python/", $path))),)*
        ];
    };
}

#[cfg(feature = "mod-asyncio")]
frozen! {
    "asyncio/__init__.mpy",
    "asyncio/core.mpy",
    "asyncio/event.mpy",
    "asyncio/funcs.mpy",
    "asyncio/lock.mpy",
    "asyncio/stream.mpy",
}

#[cfg(not(feature = "mod-asyncio"))]
frozen! {}

/// The bytes of a file, by its path below the folder.
pub(crate) fn map(path: &[u8]) -> Option<&'static [u8]> {
    let file = FILES.iter().find(|(name, _)| name.as_bytes() == path)?;
    Some(file.1)
}

/// Whether a folder is there.
pub(crate) fn is_dir(path: &[u8]) -> bool {
    FILES.iter().any(|(name, _)| {
        let below = name.as_bytes().strip_prefix(path);
        below.is_some_and(|rest| rest.starts_with(b"/"))
    })
}
