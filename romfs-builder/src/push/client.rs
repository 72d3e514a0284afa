//! Requests and their responses, with retries.

use std::time::{Duration, Instant};

use romfs_runtime::update::smp::{HEADER, Header, Op};

use super::transport::Transport;
use super::{PushError, fields};

/// An SMP client on a link.
#[derive(Debug)]
pub struct Client<T> {
    transport: T,
    sequence: u8,
    timeout: Duration,
    tries: u32,
}

impl<T: Transport> Client<T> {
    /// A client that asks `tries` times and waits `timeout` for each answer.
    pub fn new(transport: T, timeout: Duration, tries: u32) -> Self {
        Self {
            transport,
            sequence: 0,
            timeout,
            tries,
        }
    }

    /// Bytes of the largest request that the link carries.
    pub fn limit(&self) -> usize {
        self.transport.limit()
    }

    /// Sends a request, again if no answer comes, and returns the answer's body. `what` says in
    /// messages what is asked of the device.
    ///
    /// # Errors
    /// [`PushError`]: link, no answer, refused, malformed.
    pub fn request(
        &mut self,
        op: Op,
        group: u16,
        command: u8,
        body: &[u8],
        what: &'static str,
    ) -> Result<Vec<u8>, PushError> {
        self.sequence = self.sequence.wrapping_add(1);
        let header = Header {
            op,
            version: 1,
            length: body.len() as u16,
            group,
            sequence: self.sequence,
            command,
        };
        let message = [&header.request()[..], body].concat();
        for _ in 0..self.tries {
            self.transport.send(&message)?;
            if let Some(answer) = self.answer(&header)? {
                return match refusal(&answer)? {
                    None => Ok(answer),
                    Some(code) => Err(PushError::Refused {
                        what,
                        code,
                        text: String::new(),
                    }),
                };
            }
        }
        Err(PushError::NoAnswer { tries: self.tries })
    }

    /// The body of the answer to this request; late answers to others are passed over.
    fn answer(&mut self, request: &Header) -> Result<Option<Vec<u8>>, PushError> {
        let deadline = Instant::now() + self.timeout;
        while let Some(message) = self.transport.receive(deadline)? {
            let Some((head, body)) = message.split_first_chunk::<HEADER>() else {
                continue;
            };
            let expected = request.response(u16::from_be_bytes([head[2], head[3]]));
            if head[4..] == expected[4..] && head[0] & 7 == expected[0] & 7 {
                return Ok(Some(body.to_vec()));
            }
        }
        Ok(None)
    }
}

/// The error code of a response, of either version of the protocol.
fn refusal(body: &[u8]) -> Result<Option<u32>, PushError> {
    let mut code = None;
    fields(body, |key, cbor| {
        match key {
            "rc" => code = Some(cbor.u32()?).filter(|&code| code != 0),
            "err" => {
                for _ in 0..cbor.map()?.unwrap_or(0) {
                    if cbor.str()? == "rc" {
                        code = Some(cbor.u32()?);
                    } else {
                        cbor.skip()?;
                    }
                }
            }
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    Ok(code)
}
