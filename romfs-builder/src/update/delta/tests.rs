use super::align::{Index, Piece, align};

#[test]
fn an_insertion_is_a_literal_between_two_copies() {
    let base: Vec<u8> = (0..200).collect();
    let mut target = base.clone();
    target.splice(100..100, [9, 9, 9, 9, 9]);
    let pieces = align(&base, &Index::new(&base), &target, 0, 0);
    assert!(
        matches!(
            pieces[..],
            [
                Piece::Along { base: 0, .. },
                Piece::Literal { len: 5, .. },
                Piece::Along { base: 100, .. }
            ]
        ),
        "{pieces:?}"
    );
}

#[test]
fn a_replaced_byte_does_not_end_a_match() {
    let base: Vec<u8> = (0..200).collect();
    let mut target = base.clone();
    target[100] = 0;
    let pieces = align(&base, &Index::new(&base), &target, 0, 0);
    assert_eq!(
        pieces,
        [Piece::Along {
            base: 0,
            target: 0,
            len: 200
        }]
    );
}

#[test]
fn what_is_nowhere_in_the_base_is_literal() {
    let target = [7; 50];
    let pieces = align(b"", &Index::new(b""), &target, 0, 0);
    assert_eq!(pieces, [Piece::Literal { target: 0, len: 50 }]);
}
