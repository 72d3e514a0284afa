//! The eight bytes before every message.

/// Bytes of a header.
pub const HEADER: usize = 8;

/// What a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// Asks without changing anything.
    Read,
    /// Asks for a change.
    Write,
}

/// Header of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// Read or write.
    pub op: Op,
    /// 0 for version 1 of the protocol, 1 for version 2, which names errors by group.
    pub version: u8,
    /// Bytes behind the header.
    pub length: u16,
    /// Command group.
    pub group: u16,
    /// Echoed in the response.
    pub sequence: u8,
    /// Command within the group.
    pub command: u8,
}

impl Header {
    /// Reads the header of a request. `None` for a response, and for reserved values.
    #[must_use]
    pub fn parse(bytes: &[u8; HEADER]) -> Option<Self> {
        let op = match bytes[0] & 7 {
            0 => Op::Read,
            2 => Op::Write,
            _ => return None,
        };
        let version = bytes[0] >> 3 & 3;
        (version <= 1).then_some(Self {
            op,
            version,
            length: u16::from_be_bytes([bytes[2], bytes[3]]),
            group: u16::from_be_bytes([bytes[4], bytes[5]]),
            sequence: bytes[6],
            command: bytes[7],
        })
    }

    /// The bytes of this header, as a client sends it.
    #[must_use]
    pub fn request(&self) -> [u8; HEADER] {
        let op = match self.op {
            Op::Read => 0,
            Op::Write => 2,
        };
        self.bytes(op, self.length)
    }

    /// The header of the response to this request, for `length` bytes behind it.
    #[must_use]
    pub fn response(&self, length: u16) -> [u8; HEADER] {
        let op = match self.op {
            Op::Read => 1,
            Op::Write => 3,
        };
        self.bytes(op, length)
    }

    fn bytes(&self, op: u8, length: u16) -> [u8; HEADER] {
        let [high, low] = length.to_be_bytes();
        let [group_high, group_low] = self.group.to_be_bytes();
        [
            op | self.version << 3,
            0,
            high,
            low,
            group_high,
            group_low,
            self.sequence,
            self.command,
        ]
    }
}
