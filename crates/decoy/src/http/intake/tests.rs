//! Heads against an independent parser, and at any pace.

use proptest::prelude::*;

use super::{Head, Intake, Progress, Version};
use crate::{
    http::product::{Identity, Product},
    testing,
};

fn identity(product: Product) -> Identity {
    let banner = match product {
        Product::Apache => "Apache/2.4.62",
        Product::Nginx => "nginx/1.22.1",
        Product::Iis => "Microsoft-IIS/10.0",
    };
    let name = decnet_proto::persona::ProductName::Apache;
    let spec =
        testing::spec(decnet_proto::service::ServiceId::Http, name, "2.4.62", &[("server_header", banner)]);
    Identity::new(&spec, &testing::persona(1))
}

/// Feeds `bytes` in pieces of `step`.
fn read(product: Product, bytes: &[u8], step: usize) -> (Progress, Head, usize) {
    let mut intake = Intake::new(&identity(product));
    let (mut used, mut seen) = (0, 0);
    loop {
        let (more, progress) = intake.feed(&bytes[used..seen]);
        used += more;
        if progress != Progress::Incomplete || seen == bytes.len() {
            return (progress, intake.into_head(), used);
        }
        seen = (seen + step).min(bytes.len());
    }
}

fn head_bytes() -> impl Strategy<Value = Vec<u8>> {
    let word = "[A-Za-z0-9/:?#%.;= -]{0,12}";
    let line = "(GET|POST|G T|get|OPTIONS)[ ]{0,2}(/|\\*|http://a/|)[a-z?#%]{0,6}[ ]{0,2}(HTTP/1.1|HTTP/1.0|HTTP/2.0|)";
    let field = "(Host|X-[a-z]{1,3}|X_|:|X )(:|: |)[ -~]{0,8}";
    let end = prop_oneof![4 => Just("\r\n"), 1 => Just("\n"), 1 => Just("\r")];
    (line, proptest::collection::vec((field, end.clone()), 0..4), word, end).prop_map(
        |(line, fields, rest, end)| {
            let mut text = format!("{line}{end}");
            for (field, end) in fields {
                text.push_str(&field);
                text.push_str(end);
            }
            format!("{text}\r\n{rest}").into_bytes()
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn pace_does_not_matter(bytes in head_bytes(), step in 1usize..9) {
        for product in [Product::Apache, Product::Nginx] {
            let (whole, head, used) = read(product, &bytes, usize::MAX >> 1);
            let (pieces, again, used_again) = read(product, &bytes, step);
            prop_assert_eq!(whole, pieces);
            if whole == Progress::Complete {
                prop_assert_eq!((head, used), (again, used_again));
            }
        }
    }

    /// What both products and the parser of others take, all read alike.
    #[test]
    fn agrees_with_another_parser(bytes in head_bytes()) {
        let mut fields = [httparse::EMPTY_HEADER; 8];
        let mut other = httparse::Request::new(&mut fields);
        let Ok(httparse::Status::Complete(length)) = other.parse(&bytes) else { return Ok(()) };
        for product in [Product::Apache, Product::Nginx] {
            let (progress, head, used) = read(product, &bytes, usize::MAX >> 1);
            if progress != Progress::Complete || head.version() == Version::HTTP_0_9 {
                continue;
            }
            prop_assert_eq!(used, length);
            prop_assert_eq!(head.method(), other.method.unwrap_or_default().as_bytes());
            prop_assert_eq!(head.target(), other.path.unwrap_or_default().as_bytes());
            prop_assert_eq!(Some(head.version().minor), other.version.map(u16::from));
            let theirs: Vec<_> = other.headers.iter().map(|h| (h.name.as_bytes(), h.value.trim_ascii())).collect();
            let ours: Vec<_> = head.fields().map(|f| (f.name, f.value.trim_ascii())).collect();
            prop_assert_eq!(ours, theirs);
        }
    }

    #[test]
    fn any_bytes_are_bounded(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        for product in [Product::Apache, Product::Nginx, Product::Iis] {
            let (_, head, used) = read(product, &bytes, usize::MAX >> 1);
            prop_assert!(used <= bytes.len() && head.size() <= 64 * bytes.len() + 64);
        }
    }
}
