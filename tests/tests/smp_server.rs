//! The SMP server by itself: its answers, and any bytes at all.

use flash_sim::Geometry;
use minicbor::Encoder;
use proptest::prelude::*;
use romfs_runtime::update::Staging;
use romfs_runtime::update::smp::{Board, FileError, Files, Reply, Server, serial};
use romfs_tests::device::{Device, Dog, Part, SimFlash, chip, image, rules, signed, signing_key};

type Spi = Device<1, 4096, 256>;

fn device() -> (Spi, SimFlash<1, 4096>) {
    let staging = Staging::per_page::<Part<1, 4096>>();
    let device = Device::new(12 * 4096, staging);
    let flash = chip(Geometry::spi(device.capacity()));
    (device, flash)
}

/// One file, `notes.txt`, in memory.
struct Notes(Vec<u8>);

impl Files for Notes {
    fn length(&mut self, path: &str) -> Result<u32, FileError> {
        match path {
            "notes.txt" => Ok(self.0.len() as u32),
            _ => Err(FileError::NotFound),
        }
    }

    fn read(&mut self, path: &str, offset: u32, buffer: &mut [u8]) -> Result<usize, FileError> {
        self.length(path)?;
        let rest = self.0.get(offset as usize..).ok_or(FileError::Offset)?;
        let read = rest.len().min(buffer.len());
        buffer[..read].copy_from_slice(&rest[..read]);
        Ok(read)
    }

    fn write(&mut self, path: &str, offset: u32, bytes: &[u8]) -> Result<(), FileError> {
        self.length(path)?;
        self.0.truncate(offset as usize);
        if self.0.len() < offset as usize {
            return Err(FileError::Offset);
        }
        self.0.extend(bytes);
        Ok(())
    }
}

/// A request with this header and body.
fn request(write: bool, version: u8, group: u16, command: u8, body: &[u8]) -> Vec<u8> {
    let op = if write { 2 } else { 0 };
    let [high, low] = (body.len() as u16).to_be_bytes();
    let [group_high, group_low] = group.to_be_bytes();
    let head = [
        op | version << 3,
        0,
        high,
        low,
        group_high,
        group_low,
        9,
        command,
    ];
    [&head[..], body].concat()
}

/// Sends requests to a device that was just started; the last response.
fn ask(requests: &[Vec<u8>], files: &mut dyn Files) -> (Option<Reply>, Vec<u8>) {
    let (device, mut flash) = device();
    device.boot(&mut flash, |session| {
        let keys = [signing_key().verifying_key()];
        let (running, updater) = (session.running, session.updater);
        let mut server = Server::new(updater, &running, rules(&keys), 2, "bench", 512);
        let mut response = [0; 512];
        let mut reply = None;
        for request in requests {
            let board = Board {
                watchdog: &mut Dog::default(),
                files: &mut *files,
                content: &mut |_| true,
            };
            reply = server.handle(request, &mut response, board);
        }
        let length = reply.map_or(0, |reply| reply.length);
        (reply, response[..length].to_vec())
    })
}

fn encoded(write: impl FnOnce(&mut Encoder<&mut Vec<u8>>)) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(&mut Encoder::new(&mut bytes));
    bytes
}

#[test]
fn echo_comes_back_with_the_request_s_numbers() {
    let body = encoded(|e| {
        e.map(1).unwrap().str("d").unwrap().str("hello").unwrap();
    });
    let (reply, response) = ask(&[request(true, 1, 0, 0, &body)], &mut Notes(vec![]));
    assert_eq!(reply.map(|reply| reply.reset), Some(false));
    assert_eq!(response[..8], [3 | 1 << 3, 0, 0, 9, 0, 0, 9, 0]);
    assert_eq!(&response[8..], b"\xa1\x61r\x65hello");
}

#[test]
fn reset_is_answered_and_then_done() {
    let (reply, response) = ask(&[request(true, 0, 0, 5, b"\xa0")], &mut Notes(vec![]));
    assert!(reply.is_some_and(|reply| reply.reset));
    assert_eq!(&response[8..], b"\xa0");
}

#[test]
fn errors_are_coded_as_the_version_wants() {
    let unknown = |version| {
        ask(
            &[request(false, version, 77, 3, b"\xa0")],
            &mut Notes(vec![]),
        )
        .1
    };
    assert_eq!(&unknown(0)[8..], b"\xa1\x62rc\x08");
    let upload = encoded(|e| {
        e.map(2).unwrap().str("off").unwrap().u32(0).unwrap();
        e.str("data").unwrap().bytes(b"x").unwrap();
    });
    let refused = |version| ask(&[request(true, version, 1, 1, &upload)], &mut Notes(vec![])).1;
    assert_eq!(&refused(0)[8..], b"\xa1\x62rc\x03");
    assert_eq!(&refused(1)[8..], b"\xa1\x63err\xa2\x65group\x01\x62rc\x15");
}

#[test]
fn files_are_read_written_and_hashed() {
    let mut notes = Notes(b"first".to_vec());
    let upload = encoded(|e| {
        e.map(4)
            .unwrap()
            .str("name")
            .unwrap()
            .str("notes.txt")
            .unwrap();
        e.str("off").unwrap().u32(0).unwrap();
        e.str("len").unwrap().u32(6).unwrap();
        e.str("data").unwrap().bytes(b"second").unwrap();
    });
    let (_, response) = ask(&[request(true, 1, 8, 0, &upload)], &mut notes);
    assert_eq!(&response[8..], b"\xa1\x63off\x06");
    assert_eq!(notes.0, b"second");
    let download = encoded(|e| {
        e.map(2)
            .unwrap()
            .str("name")
            .unwrap()
            .str("notes.txt")
            .unwrap();
        e.str("off").unwrap().u32(2).unwrap();
    });
    let (_, response) = ask(&[request(false, 1, 8, 0, &download)], &mut notes);
    assert_eq!(&response[8..], b"\xa2\x63off\x02\x64data\x44cond");
    let missing = encoded(|e| {
        e.map(1).unwrap().str("name").unwrap().str("x").unwrap();
    });
    let (_, response) = ask(&[request(false, 1, 8, 1, &missing)], &mut notes);
    assert_eq!(&response[8..], b"\xa1\x63err\xa2\x65group\x08\x62rc\x03");
}

#[test]
fn an_erase_makes_the_next_upload_start_at_zero() {
    let file = signed(&image(1, 9_000), 1, 0);
    let part = |offset: usize, end: usize| {
        encoded(|e| {
            e.map(if offset == 0 { 4 } else { 2 }).unwrap();
            if offset == 0 {
                e.str("len").unwrap().u32(file.len() as u32).unwrap();
                e.str("sha").unwrap().bytes(&[5; 32]).unwrap();
            }
            e.str("off").unwrap().u32(offset as u32).unwrap();
            e.str("data").unwrap().bytes(&file[offset..end]).unwrap();
        })
    };
    let upload = |offset, end| request(true, 1, 1, 1, &part(offset, end));
    let erase = request(true, 1, 1, 5, b"\xa0");
    let mut notes = Notes(vec![]);
    let (_, response) = ask(&[upload(0, 400), upload(400, 800)], &mut notes);
    assert_eq!(&response[8..], b"\xa1\x63off\x19\x03\x20");
    let (_, response) = ask(
        &[upload(0, 400), upload(400, 800), erase, upload(0, 400)],
        &mut notes,
    );
    assert_eq!(&response[8..], b"\xa1\x63off\x19\x01\x90");
    let (_, response) = ask(&[upload(400, 800)], &mut notes);
    assert_eq!(
        &response[8..],
        b"\xa1\x63off\x00",
        "a first part is asked for"
    );
}

#[test]
fn serial_lines_carry_any_message_beside_console_text() {
    for length in [0, 1, 89, 90, 91, 300, 1000] {
        let message: Vec<u8> = (0..length).map(|n| (n * 7) as u8).collect();
        let mut line = b"boot: hello\r\n>>> ".to_vec();
        serial::encode(&message, |part| {
            assert!(part.len() <= serial::LINE);
            line.extend(part);
            Ok::<_, ()>(())
        })
        .unwrap();
        let mut decoder = serial::Decoder::<1024>::default();
        let got: Vec<Vec<u8>> = line
            .iter()
            .filter_map(|&byte| decoder.push(byte).map(<[u8]>::to_vec))
            .collect();
        assert_eq!(got, [message], "{length}");
    }
}

#[test]
fn a_damaged_serial_message_is_dropped_and_the_next_one_read() {
    let mut line = Vec::new();
    for message in [&b"damaged"[..], b"sound"] {
        serial::encode(message, |part| {
            line.extend(part);
            Ok::<_, ()>(())
        })
        .unwrap();
    }
    line[6] = if line[6] == b'A' { b'B' } else { b'A' };
    let mut decoder = serial::Decoder::<64>::default();
    let got: Vec<Vec<u8>> = line
        .iter()
        .filter_map(|&byte| decoder.push(byte).map(<[u8]>::to_vec))
        .collect();
    assert_eq!(got, [b"sound"]);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_request_is_survived(
        groups in prop::collection::vec(
            (any::<bool>(), 0..2u8, prop::sample::select(vec![0u16, 1, 8, 82, 9]), 0..9u8,
             prop::collection::vec(any::<u8>(), 0..80)), 1..12)
    ) {
        let requests: Vec<_> = groups
            .iter()
            .map(|(write, version, group, command, body)| request(*write, *version, *group, *command, body))
            .collect();
        ask(&requests, &mut Notes(b"notes".to_vec()));
    }

    #[test]
    fn any_serial_line_is_survived(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        let mut decoder = serial::Decoder::<128>::default();
        for byte in bytes {
            decoder.push(byte);
        }
    }
}
