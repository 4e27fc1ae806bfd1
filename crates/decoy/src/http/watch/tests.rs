//! Headers as JSON, whatever bytes they have.

use proptest::prelude::*;

use super::{headers_json, marks::Marks};
use crate::{
    http::{
        intake::{Intake, Progress},
        product::Identity,
    },
    testing,
};

proptest! {
    #[test]
    fn headers_are_json_with_every_name(values in proptest::collection::vec(proptest::collection::vec(1u8.., 0..20), 0..5)) {
        let mut bytes = b"GET / HTTP/1.1\n".to_vec();
        for (index, value) in values.iter().enumerate() {
            let value: Vec<u8> = value.iter().copied().filter(|b| !matches!(b, b'\r' | b'\n')).collect();
            bytes.extend_from_slice(format!("x{}: ", index % 3).as_bytes());
            bytes.extend_from_slice(&value);
            bytes.push(b'\n');
        }
        bytes.push(b'\n');
        let name = decnet_proto::persona::ProductName::Nginx;
        let spec = testing::spec(decnet_proto::service::ServiceId::Http, name, "1.22.1", &[]);
        let mut intake = Intake::new(&Identity::new(&spec, &testing::persona(1)));
        let (_, progress) = intake.feed(&bytes);
        prop_assert_eq!(progress, Progress::Complete);
        let json: serde_json::Value = serde_json::from_str(&headers_json(&intake.into_head())).unwrap();
        let object = json.as_object().unwrap();
        prop_assert_eq!(object.len(), values.len().min(3));
        let count: usize = object.values().map(|v| v.as_array().map_or(1, Vec::len)).sum();
        prop_assert_eq!(count, values.len());
    }

    /// One pass finds what looking for each word by itself finds.
    #[test]
    fn marks_are_found_where_they_stand(text in "[abc]{0,12}") {
        let groups: [&[&str]; 3] = [&["ab", "cab"], &["bca"], &["aa", "abcabc"]];
        let found = Marks::new(groups.into_iter()).found(text.as_bytes());
        for (group, words) in groups.iter().enumerate() {
            let expect = words.iter().any(|word| text.contains(word));
            prop_assert_eq!(found & (1 << group) != 0, expect, "{} {:?}", text, words);
        }
    }
}
