//! Lines that are longer than a line may be.

use super::*;

const LIMIT: usize = MIN_LINE;

fn bed() -> Bed {
    Bed::with(Options { line_limit: LIMIT, ..Options::default() })
}

/// What becomes of `length` times `x`.
fn shortened(length: usize) -> String {
    let mut line = "x".repeat(length.min(LIMIT)).into_bytes();
    lines::shorten(&mut line, length as u64, LIMIT);
    String::from_utf8(line).unwrap()
}

#[test]
fn a_line_of_the_limit_is_whole_and_a_longer_one_is_cut() {
    for length in [LIMIT - 1, LIMIT, LIMIT + 1, 3 * LIMIT, 400_000, 5_000_000] {
        let mut bed = bed();
        bed.append(&format!("before\n{}\nafter\n", "x".repeat(length)));
        let given = bed.drain();
        let texts = given.iter().filter_map(|given| match &given.what {
            What::Lines(text) => Some(text.as_str()),
            What::Gap(_) => None,
        });
        let text = texts.collect::<String>();
        if length <= LIMIT {
            assert_eq!(text, format!("before\n{}\nafter\n", "x".repeat(length)));
        } else {
            assert_eq!(text, format!("before\n{}after\n", shortened(length)), "{length}");
            assert_eq!((given[1].from, given[1].to), (7, 8 + length as u64));
        }
        assert_eq!(given.last().unwrap().to, "before\n\nafter\n".len() as u64 + length as u64);
    }
}

#[test]
fn a_long_line_comes_when_it_is_whole_and_needs_no_memory() {
    let mut bed = bed();
    let size = bed.tail().buffer.len();
    for _ in 0..20 {
        bed.append(&"x".repeat(100_000));
        assert_eq!(bed.drain(), []);
    }
    bed.append("\nafter\n");
    assert_eq!(bed.lines(), format!("{}after\n", shortened(2_000_000)));
    assert_eq!((bed.tail().buffer.len(), bed.tail().buffer.capacity()), (size, size));
}

#[test]
fn a_long_line_without_line_feed_comes_when_the_file_is_over() {
    let mut bed = bed();
    bed.append(&"x".repeat(10_000));
    bed.rotate();
    bed.append("after\n");
    let given = bed.drain();
    assert_eq!(given[0].what, What::Lines(shortened(10_000)));
    assert_eq!(given[0].to, 10_001);
    assert_eq!(given[1].what, What::Lines("after\n".into()));
}

#[test]
fn a_line_longer_than_one_search_comes_after_some() {
    let mut bed = bed();
    let file = bed.open_log();
    file.set_len(200 << 20).unwrap();
    bed.append("\nafter\n");
    let mut given = Vec::new();
    for _ in 0..5 {
        given.extend(bed.drain());
    }
    assert_eq!((given[0].from, given[0].to), (0, (200 << 20) + 1));
    assert_eq!(given[1].what, What::Lines("after\n".into()));
}
