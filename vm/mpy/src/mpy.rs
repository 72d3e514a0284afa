//! The file as a whole.

use crate::constant::{self, Constant, Constants};
use crate::error::{Error, ErrorKind};
use crate::header::Header;
use crate::qstr::{Qstr, Qstrs};
use crate::raw_code::RawCode;
use crate::reader::Reader;

/// A view over the bytes of a .mpy.
///
/// Opening one reads the header and both tables once and checks all of them; the functions are read (and checked) as they
/// are asked for. Nothing is copied. To know that the code is safe to run, verify it.
#[derive(Clone, Copy, Debug)]
pub struct Mpy<'a> {
    file: &'a [u8],
    header: Header,
    n_qstrs: u32,
    n_constants: u32,
    qstrs_at: u32,
    constants_at: u32,
    code_at: u32,
}

impl<'a> Mpy<'a> {
    /// Opens the file that starts at the first byte.
    pub fn open(file: &'a [u8]) -> Result<Mpy<'a>, Error> {
        if u32::try_from(file.len()).is_err() {
            return Err(Error::new(0, ErrorKind::FileTooLong));
        }
        let mut reader = Reader::at(file, 0);
        let header = Header::read(&mut reader)?;
        let n_qstrs = reader.vuint()?;
        let n_constants = reader.vuint()?;
        let qstrs_at = reader.position();
        for _ in 0..n_qstrs {
            Qstr::pass(&mut reader)?;
        }
        let constants_at = reader.position();
        constant::skip(&mut reader, n_constants)?;
        let code_at = reader.position();
        Ok(Mpy {
            file,
            header,
            n_qstrs,
            n_constants,
            qstrs_at,
            constants_at,
            code_at,
        })
    }

    /// The bytes that were opened.
    pub fn file(&self) -> &'a [u8] {
        self.file
    }

    /// The header.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Entries of the qstr table.
    pub fn n_qstrs(&self) -> u32 {
        self.n_qstrs
    }

    /// Entries of the constant table.
    pub fn n_constants(&self) -> u32 {
        self.n_constants
    }

    /// The qstr table. The first entry is the name of the source file.
    pub fn qstrs(&self) -> Qstrs<'a> {
        Qstrs::new(Reader::at(self.file, self.qstrs_at), self.n_qstrs)
    }

    /// One entry of the qstr table, found by passing over those before it.
    pub fn qstr(&self, index: u32) -> Option<Qstr<'a>> {
        self.qstrs().nth(usize::try_from(index).ok()?)
    }

    /// The constant table: where each constant starts, and the constant.
    pub fn constants(&self) -> Constants<'a> {
        Constants::new(Reader::at(self.file, self.constants_at), self.n_constants)
    }

    /// One constant, found by passing over those before it. Its position lets [`Constant::read`] find it again at once.
    pub fn constant(&self, index: u32) -> Option<(u32, Constant<'a>)> {
        self.constants().nth(usize::try_from(index).ok()?)
    }

    /// The module's body.
    pub fn module(&self) -> Result<RawCode<'a>, Error> {
        RawCode::read(self.file, self.code_at)
    }

    /// The function at a position that a walk from [`module`](Mpy::module) gave.
    pub fn raw_code_at(&self, at: u32) -> Result<RawCode<'a>, Error> {
        RawCode::read(self.file, at)
    }

    /// Where the parts of the file start.
    pub fn sections(&self) -> Sections {
        Sections {
            qstrs_at: self.qstrs_at,
            constants_at: self.constants_at,
            code_at: self.code_at,
        }
    }
}

/// Where the parts of a file start.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Sections {
    /// The qstr table, which ends at `constants_at`.
    pub qstrs_at: u32,
    /// The constant table, which ends at `code_at`.
    pub constants_at: u32,
    /// The module's body.
    pub code_at: u32,
}
