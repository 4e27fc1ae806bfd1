//! What administrators may do to users, and what not even they may.

use super::*;

/// An administrator and a viewer.
fn two(accounts: &mut Accounts<'_>) -> (UserId, UserId) {
    (add(accounts, "admin", Role::Admin, "one"), add(accounts, "viewer", Role::Viewer, "two"))
}

#[test]
fn a_user_is_there_as_added() {
    let mut database = database();
    let mut accounts = Accounts::new(&mut database);
    let (username, hash) = (named("zoe"), cheap("x"));
    let new = NewAccount { username: &username, hash: &hash, role: Role::Viewer, must_change: true };
    let id = accounts.user_create(new, START).unwrap();
    add(&mut accounts, "admin", Role::Admin, "one");

    let names: Vec<_> = accounts.user_list().unwrap().iter().map(|user| user.username.to_string()).collect();
    assert_eq!(names, ["admin", "zoe"]);
    let view = accounts.user_by_name(&named("zoe")).unwrap().unwrap().view();
    assert_eq!(view, accounts.user(id).unwrap().view());
    assert_eq!((view.uuid, view.role, view.must_change_password), (id, Role::Viewer, true));
    assert_eq!(view.created_at, START.0 / SECOND);
    assert!(accounts.user_by_name(&named("Zoe")).unwrap().is_none());
    assert!(accounts.user_by_name(&named("%")).unwrap().is_none());
}

#[test]
fn a_name_is_given_once() {
    let mut database = database();
    let mut accounts = Accounts::new(&mut database);
    two(&mut accounts);
    let (username, hash) = (named("viewer"), cheap("x"));
    let new = NewAccount { username: &username, hash: &hash, role: Role::Admin, must_change: false };
    assert!(matches!(accounts.user_create(new, START), Err(AccountError::UsernameTaken)));
    assert_eq!(accounts.user_list().unwrap().len(), 2);
}

#[test]
fn names_that_differ_in_capitals_are_two() {
    let mut database = database();
    let mut accounts = Accounts::new(&mut database);
    let viewer = add(&mut accounts, "viewer", Role::Viewer, "one");
    let other = add(&mut accounts, "VIEWER", Role::Admin, "one");
    let found = |name: &str, accounts: &mut Accounts<'_>| {
        accounts.user_by_name(&named(name)).unwrap().map(|user| user.id)
    };
    assert_eq!(found("viewer", &mut accounts), Some(viewer));
    assert_eq!(found("VIEWER", &mut accounts), Some(other));
    assert_eq!(found("Viewer", &mut accounts), None);
}

#[test]
fn there_is_an_end_to_users() {
    let mut database = database();
    let mut accounts = Accounts::new(&mut database);
    let hash = cheap("x");
    for n in 0..=USERS {
        let username = named(&format!("user{n}"));
        let new = NewAccount { username: &username, hash: &hash, role: Role::Viewer, must_change: false };
        let made = accounts.user_create(new, START);
        assert_eq!(matches!(made, Err(AccountError::TooManyUsers)), n == USERS);
    }
}

#[test]
fn the_last_administrator_stays_one() {
    let mut database = database();
    let mut accounts = Accounts::new(&mut database);
    let (admin, viewer) = two(&mut accounts);
    let last = |result| matches!(result, Err(AccountError::LastAdmin));
    for by in [None, Some(viewer)] {
        assert!(last(accounts.user_role_set(admin, Role::Viewer, by)));
        assert!(last(accounts.user_remove(admin, by)));
        assert!(accounts.user_role_set(admin, Role::Admin, by).is_ok(), "he is one, and stays so");
    }
    accounts.user_role_set(viewer, Role::Admin, Some(admin)).unwrap();
    accounts.user_role_set(admin, Role::Viewer, Some(viewer)).unwrap();
    assert!(last(accounts.user_remove(viewer, None)));
    assert_eq!(accounts.user(viewer).unwrap().role, Role::Admin);
    accounts.user_remove(admin, Some(viewer)).unwrap();
}

#[test]
fn nobody_does_it_to_himself() {
    let mut database = database();
    let mut accounts = Accounts::new(&mut database);
    let (admin, viewer) = two(&mut accounts);
    accounts.user_role_set(viewer, Role::Admin, None).unwrap();
    let oneself = |result| matches!(result, Err(AccountError::Oneself));
    assert!(oneself(accounts.user_role_set(admin, Role::Viewer, Some(admin))));
    assert!(oneself(accounts.user_remove(admin, Some(admin))));
    assert_eq!(accounts.user(admin).unwrap().role, Role::Admin);
}

#[test]
fn nobody_is_nobody() {
    let mut database = database();
    let mut accounts = Accounts::new(&mut database);
    let (admin, _) = two(&mut accounts);
    let nobody = UserId(draw::uuid().unwrap());
    let unknown = |result| matches!(result, Err(AccountError::NoSuchUser));
    assert!(unknown(accounts.user_role_set(nobody, Role::Admin, Some(admin))));
    assert!(unknown(accounts.user_remove(nobody, Some(admin))));
    assert!(unknown(accounts.user_password_reset(nobody, &cheap("x"), START)));
    assert!(unknown(accounts.user(nobody).map(|_| ())));
}

#[test]
fn who_is_removed_is_out() {
    let mut database = database();
    let mut accounts = Accounts::new(&mut database);
    let (admin, viewer) = two(&mut accounts);
    let verified = verify(&mut accounts, viewer, "two").unwrap();
    let login = log_in(&mut accounts, viewer, "two", START);
    let other = log_in(&mut accounts, admin, "one", START);
    accounts.user_remove(viewer, Some(admin)).unwrap();

    let lifetime = Lifetime::default();
    assert!(matches!(accounts.login_find(&login.token, lifetime, START), Err(AccountError::NotLoggedIn)));
    assert!(accounts.login_find(&other.token, lifetime, START).is_ok());
    let denied = accounts.login_create(&verified, PEER, lifetime, START);
    assert!(matches!(denied, Err(AccountError::Denied)), "the password was verified before");
    let rows = database.first("SELECT COUNT(*) FROM logins", &[], |row| row.int(0)).unwrap();
    assert_eq!(rows, Some(1));
}

#[test]
fn a_changed_password_ends_the_other_log_ins() {
    let mut database = database();
    let mut accounts = Accounts::new(&mut database);
    let (admin, viewer) = two(&mut accounts);
    let lifetime = Lifetime::default();
    let [mine, stolen] = [0, 1].map(|n| log_in(&mut accounts, viewer, "two", after(n)));
    let other = log_in(&mut accounts, admin, "one", START);
    let old = verify(&mut accounts, viewer, "two").unwrap();
    accounts.user_password_change(&old, &cheap("three"), mine.id, START).unwrap();

    assert!(accounts.login_find(&mine.token, lifetime, after(2)).is_ok());
    assert!(accounts.login_find(&stolen.token, lifetime, after(2)).is_err());
    assert!(accounts.login_find(&other.token, lifetime, after(2)).is_ok());
    assert!(verify(&mut accounts, viewer, "two").is_err());
    assert!(verify(&mut accounts, viewer, "three").is_ok());

    // What was verified before is worth nothing any more, though it all happened in one microsecond.
    let denied = |result| matches!(result, Err(AccountError::Denied));
    assert!(denied(accounts.user_password_change(&old, &cheap("four"), mine.id, START)));
    assert!(denied(accounts.login_create(&old, PEER, lifetime, START).map(|_| ())));
    let hash = hash_of(&mut accounts, viewer);
    accounts.user_rehash(&old, &cheap("two")).unwrap();
    assert_eq!(hash_of(&mut accounts, viewer), hash);
}

#[test]
fn a_reset_password_ends_all_log_ins_and_must_be_changed() {
    let mut database = database();
    let mut accounts = Accounts::new(&mut database);
    let (_, viewer) = two(&mut accounts);
    let lifetime = Lifetime::default();
    let before = log_in(&mut accounts, viewer, "two", START);
    accounts.user_password_reset(viewer, &cheap("three"), START).unwrap();
    assert!(accounts.login_find(&before.token, lifetime, START).is_err());

    let login = log_in(&mut accounts, viewer, "three", START);
    assert!(login.must_change && accounts.login_find(&login.token, lifetime, START).unwrap().must_change);
    let verified = verify(&mut accounts, viewer, "three").unwrap();
    accounts.user_password_change(&verified, &cheap("four"), login.id, START).unwrap();
    assert!(!accounts.login_find(&login.token, lifetime, START).unwrap().must_change);
}

#[test]
fn another_hash_of_the_same_password_ends_nothing() {
    let mut database = database();
    let mut accounts = Accounts::new(&mut database);
    let (_, viewer) = two(&mut accounts);
    let login = log_in(&mut accounts, viewer, "two", START);
    let verified = verify(&mut accounts, viewer, "two").unwrap();
    let hash = verified.rehashed(&secret("two")).unwrap().expect("it is a cheap one");
    accounts.user_rehash(&verified, &hash).unwrap();
    assert_eq!(hash_of(&mut accounts, viewer), hash);
    assert!(accounts.login_find(&login.token, Lifetime::default(), START).is_ok());
    assert!(accounts.login_create(&verified, PEER, Lifetime::default(), START).is_ok());
    let again = verify(&mut accounts, viewer, "two").unwrap();
    assert!(again.rehashed(&secret("two")).unwrap().is_none());
}

#[test]
fn the_first_administrator_is_told_once() {
    let mut database = database();
    let mut accounts = Accounts::new(&mut database);
    let first = accounts.first_admin(START).unwrap().unwrap();
    assert_eq!(first.password.expose().len(), 20);
    assert!(accounts.first_admin(START).unwrap().is_none());

    let user = accounts.user_by_name(&first.username).unwrap().unwrap();
    assert_eq!((user.username.as_str(), user.role, user.must_change), ("admin", Role::Admin, true));
    assert!(check(Some(&user), first.password.as_password()).is_ok());
    assert!(check(Some(&user), &secret("admin")).is_err());
}
