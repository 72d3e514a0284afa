//! Names that the builder of an image has numbered: a range of ids above all that are entered at run time.
//!
//! One image of a VM can bring such names. All that its record says is checked when the image is mounted: each text lies in
//! the image and is UTF-8, and the record's own index finds it under its number, so that no text has two numbers. A name
//! that the VM knew before keeps its old id; the modules that use it are linked as those of any other image.

use romfs_runtime::Prelink;
use romfs_runtime::format::prelink::FIRST_ID;

use super::{ABI, Intern, Qstr, text_hash};

/// The names of a prelinked image.
pub(crate) struct Window<'a> {
    prelink: Prelink<'a>,
    /// Whether the VM has another id for some of the names.
    shadowed: bool,
}

impl<'a> Window<'a> {
    /// The text of an id of the window.
    pub(super) fn text(&self, q: Qstr) -> &'a [u8] {
        self.prelink.name(u32::from(q.0 - FIRST_ID))
    }

    /// The hash of an id of the window.
    pub(super) fn hash(&self, q: Qstr) -> u16 {
        self.prelink.hash(u32::from(q.0 - FIRST_ID))
    }

    /// The id of a text.
    pub(super) fn find(&self, text: &[u8], hash: u16) -> Option<Qstr> {
        let number = self.prelink.find(text, hash)?;
        Some(Qstr(FIRST_ID + number as u16))
    }

    /// How many names there are.
    pub(crate) fn len(&self) -> u32 {
        self.prelink.len()
    }

    fn has(&self, q: Qstr) -> bool {
        q.0 >= FIRST_ID && u32::from(q.0 - FIRST_ID) < self.prelink.len()
    }

    /// Where in the image's payload a module lies, if it does.
    fn position(&self, module: &[u8]) -> Option<u32> {
        let payload = self.prelink.payload().as_ptr_range();
        let module = module.as_ptr_range();
        if module.start < payload.start || module.end > payload.end {
            return None;
        }
        u32::try_from(module.start.addr() - payload.start.addr()).ok()
    }

    /// The ids that the record has for the `count` names of a module of the image, whether they are right or not.
    pub(crate) fn ids(&self, module: &[u8], count: u32) -> Option<&'a [u8]> {
        self.prelink.ids(self.position(module)?, count)
    }
}

impl<'a> Intern<'a> {
    /// Takes the names of an image, where they were numbered for this firmware and the record is sound. Says whether they
    /// were taken.
    pub(crate) fn attach(&mut self, prelink: Prelink<'a>) -> bool {
        if self.window.is_some() || prelink.abi() != ABI {
            return false;
        }
        let mut shadowed = false;
        for number in 0..prelink.len() {
            let text = prelink.name(number);
            let hash = text_hash(text);
            let is_sound = !text.is_empty()
                && prelink.hash(number) == hash
                && prelink.find(text, hash) == Some(number)
                && mpy_format::Text::new(text).is_some();
            if !is_sound {
                return false;
            }
            shadowed |= self.find(text, hash).is_some();
        }
        self.window = Some(Window { prelink, shadowed });
        true
    }

    /// The names of the image that brought some.
    pub(crate) fn window(&self) -> Option<&Window<'a>> {
        // Without the feature nothing attaches any, and no code for them is made.
        self.window.as_ref().filter(|_| cfg!(feature = "prelink"))
    }

    /// Whether an id that a record states is the one that the VM has for a text.
    pub(crate) fn is_id_of(&self, q: Qstr, text: &[u8]) -> bool {
        let Some(window) = self.window() else {
            return false;
        };
        if q.0 < super::FIRST_DYNAMIC {
            return q != Qstr(0) && self.text(q) == text;
        }
        window.has(q)
            && window.text(q) == text
            && (!window.shadowed || self.find(text, text_hash(text)) == Some(q))
    }
}
