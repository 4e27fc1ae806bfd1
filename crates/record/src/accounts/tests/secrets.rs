//! No secret is where it should not be.

use super::*;

/// Every byte of every file of the database.
fn bytes(folder: &Path) -> Vec<u8> {
    let files = std::fs::read_dir(folder).unwrap().map(|entry| std::fs::read(entry.unwrap().path()).unwrap());
    files.flatten().collect()
}

#[test]
fn the_database_has_neither_tokens_nor_passwords() {
    if !scratch::in_files() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut database = open(&folder.path().join("record.db"));
    let mut accounts = Accounts::new(&mut database);
    let first = accounts.first_admin(START).unwrap().unwrap();
    let user = accounts.user_by_name(&first.username).unwrap().unwrap();
    let verified = check(Some(&user), first.password.as_password()).unwrap();
    let login = accounts.login_create(&verified, PEER, Lifetime::default(), START).unwrap();

    let has = |text: &[u8]| bytes(folder.path()).windows(text.len()).any(|window| window == text);
    assert!(has(b"admin") && has(b"$argon2id$") && has(login.id.0.as_bytes()), "these are the bytes of it");
    let token = login.token.expose();
    assert!(!has(token.as_bytes()) && !has(token.split_at(3).1.as_bytes()));
    assert!(!has(&base64(token.split_at(3).1)));
    assert!(!has(first.password.expose().as_bytes()));
}

fn base64(text: &str) -> Vec<u8> {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    URL_SAFE_NO_PAD.decode(text).unwrap()
}

#[test]
fn nothing_secret_is_in_what_is_logged() {
    let mut database = database();
    let mut accounts = Accounts::new(&mut database);
    let first = accounts.first_admin(START).unwrap().unwrap();
    let user = accounts.user_by_name(&first.username).unwrap().unwrap();
    let verified = check(Some(&user), first.password.as_password()).unwrap();
    let login = accounts.login_create(&verified, PEER, Lifetime::default(), START).unwrap();
    let new =
        NewAccount { username: &user.username, hash: &user.hash, role: Role::Viewer, must_change: true };
    let taken = accounts.user_create(new, START).unwrap_err();
    let throttle = Throttle::default();
    let logged = format!(
        "{first:?} {user:?} {verified:?} {login:?} {:?} {new:?} {taken:?} {taken} {throttle:?}",
        login.clone().answer()
    );
    for secret in [first.password.expose(), user.hash.as_str(), login.token.expose(), "argon2", "dn_"] {
        assert!(!logged.contains(secret), "{logged}");
    }
}
