//! What a console keeps for its program.

use romfs_board::Typed;

fn typed(text: &[u8]) -> Typed<4> {
    let mut typed = Typed::new();
    text.iter().for_each(|&byte| typed.push(byte));
    typed
}

#[test]
fn bytes_come_in_order_and_those_beyond_the_room_are_dropped() {
    let mut typed = typed(b"abcde");
    assert_eq!(
        core::iter::from_fn(|| typed.next()).collect::<Vec<_>>(),
        b"abcd"
    );
    typed.push(b'f');
    assert_eq!(typed.next(), Some(b'f'));
    assert_eq!(typed.next(), None);
}

#[test]
fn the_interrupt_drops_what_was_typed_before_it() {
    let mut typed = typed(b"a\x03b");
    assert_eq!(typed.next(), Some(b'a'));
    assert_eq!((typed.next(), typed.interrupt_is_next()), (None, true));
    assert!(typed.interrupted(Some(3)));
    assert!(!typed.interrupted(Some(3)));
    assert_eq!(typed.next(), Some(b'b'));
}

#[test]
fn the_interrupt_gets_through_where_nothing_was_read() {
    assert!(typed(b"abcdefg\x03").interrupted(Some(3)));
}

#[test]
fn another_byte_may_interrupt_or_none() {
    let mut typed = typed(b"\x03x");
    assert!(!typed.interrupted(None));
    assert_eq!(typed.next(), Some(3));
    assert!(typed.interrupted(Some(b'x')));
}
