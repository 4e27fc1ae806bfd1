//! A receiver that falls behind further than it may.

use super::*;

const LIMIT: u64 = 8000;

fn bed() -> Bed {
    Bed::with(Options { lag_limit: Some(LIMIT), ..Options::default() })
}

/// `count` lines of 10 bytes.
fn numbered(first: usize, count: usize) -> String {
    (first..first + count).map(|number| format!("{number:09}\n")).collect()
}

#[test]
fn nothing_is_dropped_up_to_the_limit() {
    let mut bed = bed();
    bed.append(&numbered(0, 800));
    assert_eq!(bed.lines(), numbered(0, 800));
}

#[test]
fn nothing_is_dropped_without_a_limit() {
    let mut bed = Bed::new();
    bed.append(&numbered(0, 100_000));
    assert_eq!(bed.lines(), numbered(0, 100_000));
    assert_eq!(bed.tail().lag().unwrap(), 1_000_000);
}

#[test]
fn whole_lines_are_dropped_from_the_oldest_end_and_a_gap_says_which() {
    let mut bed = bed();
    bed.append(&numbered(0, 1003));
    let given = bed.drain();
    // Down to seven eighths of the limit.
    assert_eq!(given[0].what, What::Gap(Loss::Lag));
    assert_eq!((given[0].from, given[0].to), (0, 3030));
    assert_eq!(given[1].what, What::Lines(numbered(303, 700)));
    assert_eq!(given[1].from, 3030);
    bed.acknowledge(&given);
    assert_eq!(bed.tail().lag().unwrap(), 0);
    bed.append(&numbered(0, 700));
    assert_eq!(bed.lines(), numbered(0, 700));
}

#[test]
fn a_line_in_which_the_limit_falls_goes_as_a_whole() {
    let mut bed = bed();
    bed.append(&format!("{}{}\n{}", numbered(0, 300), "x".repeat(600), numbered(0, 690)));
    let given = bed.drain();
    assert_eq!((given[0].from, given[0].to), (0, 3601));
    assert_eq!(given[1].what, What::Lines(numbered(0, 690)));
}

#[test]
fn what_is_under_way_is_not_dropped() {
    let mut bed = bed();
    bed.append(&numbered(0, 600));
    let first = bed.next().unwrap();
    assert_eq!(first.what, What::Lines(numbered(0, 600)));
    bed.append(&numbered(600, 900));
    let rest = bed.drain();
    assert_eq!((rest[0].from, rest[0].to, &rest[0].what), (6000, 8000, &What::Gap(Loss::Lag)));
    assert_eq!(rest[1].what, What::Lines(numbered(800, 700)));
    bed.acknowledge(&[first]);
    bed.acknowledge(&rest);
}

#[test]
fn files_that_are_over_are_dropped_one_by_one() {
    let mut bed = bed();
    for file in 0..3 {
        bed.append(&numbered(file * 500, 500));
        bed.rotate();
    }
    bed.append(&numbered(1500, 1));
    bed.tail().look().unwrap();
    let given = bed.drain();
    let gaps: Vec<_> = given.iter().filter(|given| given.what == What::Gap(Loss::Lag)).collect();
    assert_eq!(gaps.iter().map(|gap| (gap.from, gap.to)).collect::<Vec<_>>(), [(0, 5000), (0, 3010)]);
    let lines: String = given
        .iter()
        .filter_map(|given| match &given.what {
            What::Lines(text) => Some(text.as_str()),
            What::Gap(_) => None,
        })
        .collect();
    assert_eq!(lines, numbered(801, 700));
    bed.acknowledge(&given);
    bed.start();
    assert_eq!(bed.drain(), []);
}

#[test]
fn a_line_that_is_not_whole_is_not_dropped() {
    let mut bed = bed();
    bed.append(&"x".repeat(20_000));
    assert_eq!(bed.drain(), []);
    bed.append("\n");
    let given = bed.drain();
    assert_eq!((given[0].from, given[0].to, &given[0].what), (0, 20_001, &What::Gap(Loss::Lag)));
    assert_eq!(given.len(), 1);
}
