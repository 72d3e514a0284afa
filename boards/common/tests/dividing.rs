//! The division of the firmware against that of the machine that tests it.

use romfs_board::dividing::divide;

#[test]
fn quotients_and_rests() {
    let edges = [
        0,
        1,
        2,
        3,
        10,
        1000,
        u64::from(u32::MAX),
        1 << 32,
        (1 << 32) + 1,
        1 << 63,
        u64::MAX - 1,
        u64::MAX,
    ];
    // A generator of Marsaglia's.
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let random: Vec<u64> = (0..200).map(|i| next() >> (i % 64)).collect();
    for &number in edges.iter().chain(&random) {
        for &divisor in edges.iter().chain(&random).filter(|&&divisor| divisor != 0) {
            let expected = (number / divisor, number % divisor);
            assert_eq!(divide(number, divisor), expected, "{number} / {divisor}");
        }
    }
    assert_eq!(divide(7, 0), (0, 7));
}
