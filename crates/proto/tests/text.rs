//! What is written as text reads back to the same value, and nothing else is read.

use decnet_proto::{
    agent::Route,
    ids::{DeckyName, SecretKey},
    mac::Mac,
    service::{LATER, ServiceId, UnknownService},
};
use proptest::prelude::*;

#[test]
fn a_service_is_known_later_or_unknown() {
    assert_eq!("redis".parse(), Ok(ServiceId::Redis));
    assert_eq!("smb".parse::<ServiceId>(), Err(UnknownService::NotInThisBuild("smb".into())));
    assert_eq!("REDIS".parse::<ServiceId>(), Err(UnknownService::Unknown("REDIS".into())));
    assert!(ServiceId::ALL.iter().all(|service| !LATER.contains(&service.slug())));
    assert!(ServiceId::ALL.is_sorted_by_key(|service| service.slug()));
    assert!(LATER.is_sorted());
}

#[test]
fn no_two_routes_are_the_same() {
    for (at, route) in Route::ALL.iter().enumerate() {
        let same = |other: &Route| (other.method(), other.path()) == (route.method(), route.path());
        assert_eq!(Route::ALL.iter().position(same), Some(at), "{route:?}");
    }
}

#[test]
fn names_that_are_no_names() {
    for name in ["", "-a", "a-", ".a", "a.", "a b", "a_b", "ä", &"a".repeat(64)] {
        assert!(name.parse::<DeckyName>().is_err(), "{name}");
    }
}

#[test]
fn a_key_shows_itself_to_nobody() {
    assert_eq!(format!("{:?}", SecretKey([7; 32])), "SecretKey(…)");
}

proptest! {
    #[test]
    fn macs_round_trip(bytes in any::<[u8; 6]>()) {
        prop_assert_eq!(Mac(bytes).to_string().parse(), Ok(Mac(bytes)));
    }

    #[test]
    fn keys_round_trip(bytes in any::<[u8; 32]>()) {
        let text = serde_json::to_string(&SecretKey(bytes)).unwrap();
        prop_assert_eq!(text.len(), 66);
        prop_assert_eq!(serde_json::from_str::<SecretKey>(&text).unwrap(), SecretKey(bytes));
    }

    #[test]
    fn names_round_trip_and_noise_is_refused_without_panic(text in "\\PC{0,70}", name in "[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?") {
        let _ = text.parse::<Mac>();
        let _ = serde_json::from_str::<SecretKey>(&text);
        if let Ok(read) = text.parse::<DeckyName>() {
            prop_assert_eq!(read.as_str(), text);
        }
        prop_assert_eq!(name.parse::<DeckyName>().unwrap().to_string(), name);
    }
}
