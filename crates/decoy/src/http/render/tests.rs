//! Ranges against their definition, and dates back and forth.

use proptest::prelude::*;

use super::range::{Wanted, wanted};
use crate::http::{date, product::Product};

proptest! {
    #[test]
    fn parts_are_within_the_file(header in "bytes=[0-9, -]{0,20}", size in 0u64..40) {
        for product in [Product::Apache, Product::Nginx] {
            if let Wanted::Parts(parts) = wanted(product, Some(header.as_bytes()), size) {
                prop_assert!(!parts.is_empty());
                for (first, last) in &parts {
                    prop_assert!(first <= last && *last < size, "{:?} of {}", parts, size);
                }
                let total: u64 = parts.iter().map(|(first, last)| last - first + 1).sum();
                prop_assert!(product == Product::Apache || total <= size);
            }
        }
    }

    #[test]
    fn any_header_is_some_range(header in proptest::collection::vec(any::<u8>(), 0..60), size in any::<u64>()) {
        for product in [Product::Apache, Product::Nginx] {
            wanted(product, Some(&header), size);
        }
    }

    #[test]
    fn dates_come_back(seconds in 0i64..253_402_300_799) {
        prop_assert_eq!(date::parse(date::http_date(seconds).as_bytes()), Some(seconds));
    }

    #[test]
    fn any_bytes_are_a_date_or_none(text in proptest::collection::vec(any::<u8>(), 0..40)) {
        date::parse(&text);
    }
}

#[test]
fn too_many_or_too_disorderly_ranges_are_ignored_by_apache() {
    let check = |ranges: String, expect: bool| {
        let parts = matches!(
            wanted(Product::Apache, Some(format!("bytes={ranges}").as_bytes()), 10_000),
            Wanted::Parts(_)
        );
        assert_eq!(parts, expect, "{ranges}");
    };
    let list = |count: u64, at: &dyn Fn(u64) -> u64| {
        (0..count).map(|n| format!("{0}-{0}", at(n))).collect::<Vec<_>>().join(",")
    };
    check(list(200, &|n| 2 * n), true);
    check(list(201, &|n| 2 * n), false);
    check(list(21, &|n| 1_000 - 2 * n), true);
    check(list(22, &|n| 1_000 - 2 * n), false);
}
