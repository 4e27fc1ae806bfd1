//! Users, passwords and tokens as they travel.

use decnet_proto::account::{
    AccessToken, ChangePassword, InvalidPassword, LoginAnswer, LoginId, LoginRequest, NewPassword, NewUser,
    Password, ResetPassword, Role, TokenType, UserId, Username,
};
use proptest::prelude::*;
use serde::de::DeserializeOwned;
use serde_json::json;

const TOKEN: &str = "dn_0123456789abcdefghijklmnopqrstuvwxyzABCDEF_";

#[test]
fn a_role_is_its_word() {
    for role in Role::ALL {
        assert_eq!(serde_json::to_value(role).unwrap(), json!(role.word()));
        assert_eq!(Role::of_word(role.word()), Some(role));
    }
    assert_eq!(Role::of_word("Admin"), None);
    assert!(Role::Admin > Role::Viewer);
}

#[test]
fn names_are_plain() {
    for good in ["a", "admin", "o.k-1_2@example", "<script>", &"a".repeat(64)] {
        assert_eq!(good.parse::<Username>().map(|name| name.to_string()), Ok(good.to_owned()));
    }
    for bad in ["", " ", "a b", "a\t", "a\0", "a\n", "ädmin", "а", "a\u{202e}", "\u{7f}", &"a".repeat(65)] {
        assert!(bad.parse::<Username>().is_err(), "{bad:?}");
        assert!(serde_json::from_value::<Username>(json!(bad)).is_err(), "{bad:?}");
    }
}

#[test]
fn passwords_have_bounds() {
    let new = |text: String| NewPassword::new(text).map(|_| ());
    assert_eq!(new("x".repeat(11)), Err(InvalidPassword::TooShort));
    assert_eq!(new("x".repeat(12)), Ok(()));
    // Characters count, not bytes: these are 22 bytes, and 24.
    assert_eq!(new("ä".repeat(11)), Err(InvalidPassword::TooShort));
    assert_eq!(new("ä".repeat(12)), Ok(()));
    assert_eq!(new("x".repeat(1024)), Ok(()));
    assert_eq!(new("x".repeat(1025)), Err(InvalidPassword::TooLong));
    assert!(Password::new(String::new()).is_ok(), "it is merely wrong");
    assert_eq!(Password::new("x".repeat(1025)), Err(InvalidPassword::TooLong));
}

#[test]
fn tokens_have_one_form() {
    assert_eq!(TOKEN.parse::<AccessToken>().unwrap().expose(), TOKEN);
    let refused = |text: &str| assert!(text.parse::<AccessToken>().is_err(), "{text}");
    refused("");
    refused(&TOKEN[1..]);
    refused(&TOKEN[..45]);
    refused(&format!("{TOKEN}0"));
    refused(&TOKEN.replace("dn_", "DN_"));
    refused(&TOKEN.replace('0', "+"));
    refused(&TOKEN.replace('0', " "));
    refused(&TOKEN.replace("01", "ä"));
}

#[test]
fn ids_have_one_text() {
    let text = "0b9f6f2e-3c1d-4e5f-8a7b-9c0d1e2f3a4b";
    assert_eq!(text.parse::<UserId>().map(|id| id.to_string()), Ok(text.to_owned()));
    assert_eq!(text.parse::<LoginId>().map(|id| id.to_string()), Ok(text.to_owned()));
    for bad in [&text.to_uppercase(), &text.replace('-', ""), &format!("{{{text}}}"), "", "x"] {
        assert!(bad.parse::<UserId>().is_err(), "{bad}");
        assert!(bad.parse::<LoginId>().is_err(), "{bad}");
    }
}

/// Nothing of the secret is in what is logged of a value, nor in why it is refused.
#[test]
fn no_secret_is_shown() {
    let secret = "s3cret-s3cret";
    let password = Password::new(secret.to_owned()).unwrap();
    let new = NewPassword::new(secret.to_owned()).unwrap();
    let username: Username = "admin".parse().unwrap();
    let token: AccessToken = TOKEN.parse().unwrap();
    hidden(&format!("{password:?} {new:?} {token:?}"));
    hidden(&format!("{:#?}", LoginRequest { username: username.clone(), password: password.clone() }));
    hidden(&format!("{:?}", ChangePassword { old_password: password, new_password: new.clone() }));
    hidden(&format!("{:?}", NewUser { username, password: new.clone(), role: Role::Viewer }));
    hidden(&format!("{:?}", ResetPassword { new_password: new }));
    let token_type = TokenType::Bearer;
    let answer = LoginAnswer {
        access_token: token,
        token_type,
        must_change_password: true,
        expires_at: 1,
        role: Role::Admin,
    };
    hidden(&format!("{answer:?}"));

    refused::<LoginRequest>(json!({"username": "s3cret word", "password": secret}));
    refused::<LoginRequest>(json!({"username": "admin", "password": secret.repeat(100)}));
    refused::<LoginRequest>(json!({"username": "admin", "password": 10123}));
    refused::<ResetPassword>(json!({"new_password": "s3cret"}));
    refused::<AccessToken>(json!(&TOKEN[..45]));
}

fn hidden(text: &str) {
    assert!(!text.contains("s3cret") && !text.contains("0123"), "{text}");
}

fn refused<T: DeserializeOwned>(body: serde_json::Value) {
    let refusal = serde_json::from_value::<T>(body).err().map(|error| error.to_string());
    assert!(refusal.is_some());
    hidden(&refusal.unwrap_or_default());
}

#[test]
fn bodies_are_as_agreed() {
    let answer = LoginAnswer {
        access_token: TOKEN.parse().unwrap(),
        token_type: TokenType::Bearer,
        must_change_password: true,
        expires_at: 1_764_154_033,
        role: Role::Admin,
    };
    let told = json!({
        "access_token": TOKEN, "token_type": "bearer", "must_change_password": true,
        "expires_at": 1_764_154_033, "role": "admin",
    });
    assert_eq!(serde_json::to_value(&answer).unwrap(), told);
    assert_eq!(serde_json::from_value::<LoginAnswer>(told).unwrap(), answer);

    let asked = json!({"username": "admin", "password": "x", "more": 1});
    assert!(serde_json::from_value::<LoginRequest>(asked).is_err(), "unknown keys are mistakes");
}

proptest! {
    #[test]
    fn any_text_is_read(text in "\\PC{0,80}") {
        if let Ok(name) = text.parse::<Username>() {
            prop_assert_eq!(name.as_str(), &text);
        }
        let _ = text.parse::<AccessToken>();
        let _ = text.parse::<UserId>();
        let enough = text.chars().count() >= NewPassword::MIN;
        prop_assert_eq!(NewPassword::new(text).is_ok(), enough);
    }
}
