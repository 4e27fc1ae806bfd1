//! Log-ins that are good, run out, are ended.

use std::collections::BTreeSet;

use decnet_proto::account::AccessToken;
use proptest::prelude::*;

use super::*;

const LIFETIME: Lifetime = Lifetime {
    absolute: std::time::Duration::from_secs(12 * 3600),
    idle: std::time::Duration::from_secs(2 * 3600),
};

fn out(result: Result<Who, AccountError>) -> bool {
    matches!(result, Err(AccountError::NotLoggedIn))
}

#[test]
fn a_token_says_who_asks() {
    assert_eq!(Lifetime::default(), LIFETIME);
    let mut database = database();
    let mut accounts = Accounts::new(&mut database);
    let id = add(&mut accounts, "viewer", Role::Viewer, "x");
    let login = log_in(&mut accounts, id, "x", START);
    let expires = after(12 * HOUR);
    assert_eq!((login.role, login.must_change, login.expires), (Role::Viewer, false, expires));
    let who = accounts.login_find(&login.token, LIFETIME, after(SECOND)).unwrap();
    let (user, username) = (id, named("viewer"));
    let login_id = login.id;
    let (role, must_change, touch) = (Role::Viewer, false, false);
    assert_eq!(who, Who { user, username, role, must_change, login: login_id, expires, touch });

    let answer = login.answer();
    assert_eq!(answer.expires_at, expires.0 / SECOND);
    for other in [draw::token().unwrap(), changed(&answer.access_token)] {
        assert!(out(accounts.login_find(&other, LIFETIME, START)));
    }
}

/// The same but for its last bit.
fn changed(token: &AccessToken) -> AccessToken {
    let (most, last) = token.expose().split_at(AccessToken::LENGTH - 1);
    format!("{most}{}", if last == "A" { "B" } else { "A" }).parse().unwrap()
}

#[test]
fn what_a_user_may_is_what_he_may_now() {
    let mut database = database();
    let mut accounts = Accounts::new(&mut database);
    add(&mut accounts, "admin", Role::Admin, "x");
    let id = add(&mut accounts, "other", Role::Admin, "x");
    let login = log_in(&mut accounts, id, "x", START);
    accounts.user_role_set(id, Role::Viewer, None).unwrap();
    assert_eq!(accounts.login_find(&login.token, LIFETIME, START).unwrap().role, Role::Viewer);
}

#[test]
fn a_log_in_runs_out() {
    let mut database = database();
    let mut accounts = Accounts::new(&mut database);
    let id = add(&mut accounts, "viewer", Role::Viewer, "x");
    let idle = log_in(&mut accounts, id, "x", START);
    let busy = log_in(&mut accounts, id, "x", START);
    for minute in (0..12 * 60).step_by(90) {
        let now = after(minute * MINUTE);
        accounts.login_find(&busy.token, LIFETIME, now).unwrap();
        accounts.login_touch(busy.id, now).unwrap();
    }
    assert!(accounts.login_find(&idle.token, LIFETIME, after(2 * HOUR - 1)).is_ok());
    assert!(out(accounts.login_find(&idle.token, LIFETIME, after(2 * HOUR))));
    assert!(accounts.login_find(&busy.token, LIFETIME, after(12 * HOUR - 1)).is_ok());
    assert!(out(accounts.login_find(&busy.token, LIFETIME, after(12 * HOUR))));
}

#[test]
fn use_is_written_down_once_a_minute() {
    let mut database = database();
    let mut accounts = Accounts::new(&mut database);
    let id = add(&mut accounts, "viewer", Role::Viewer, "x");
    let login = log_in(&mut accounts, id, "x", START);
    let due = |accounts: &mut Accounts<'_>, lifetime, at| {
        accounts.login_find(&login.token, lifetime, after(at)).unwrap().touch
    };
    assert!(!due(&mut accounts, LIFETIME, MINUTE - 1));
    assert!(due(&mut accounts, LIFETIME, MINUTE));
    accounts.login_touch(login.id, after(MINUTE)).unwrap();
    // What comes late does not set it back.
    accounts.login_touch(login.id, after(1)).unwrap();
    assert!(!due(&mut accounts, LIFETIME, 2 * MINUTE - 1));
    assert!(due(&mut accounts, LIFETIME, 2 * MINUTE));
    // Whoever is busy stays in, however short the time without use may be.
    let short = Lifetime { idle: std::time::Duration::from_secs(30), ..LIFETIME };
    assert!(due(&mut accounts, short, MINUTE + 15 * SECOND));
}

#[test]
fn a_user_ends_his_own() {
    let mut database = database();
    let mut accounts = Accounts::new(&mut database);
    let [one, two] = ["one", "two"].map(|name| add(&mut accounts, name, Role::Viewer, "x"));
    let mine = log_in(&mut accounts, one, "x", START);
    let more = log_in(&mut accounts, one, "x", after(1));
    let other = log_in(&mut accounts, two, "x", START);

    let foreign = accounts.login_revoke(one, other.id);
    assert!(matches!(foreign, Err(AccountError::NoSuchLogin)));
    assert!(accounts.login_find(&other.token, LIFETIME, START).is_ok());
    accounts.login_revoke(one, mine.id).unwrap();
    assert!(out(accounts.login_find(&mine.token, LIFETIME, START)));
    assert!(accounts.login_find(&more.token, LIFETIME, START).is_ok());
    assert!(matches!(accounts.login_revoke(one, mine.id), Err(AccountError::NoSuchLogin)));

    assert_eq!(accounts.login_revoke_all(one).unwrap(), 1);
    assert!(out(accounts.login_find(&more.token, LIFETIME, START)));
    assert!(accounts.login_find(&other.token, LIFETIME, START).is_ok());
}

#[test]
fn log_ins_are_listed_as_they_came() {
    let mut database = database();
    let mut accounts = Accounts::new(&mut database);
    let id = add(&mut accounts, "viewer", Role::Viewer, "x");
    let verified = verify(&mut accounts, id, "x").unwrap();
    let agent = format!("\u{1b}[2Jc\u{e4}t\n{}", "\u{1f408}".repeat(300));
    let peer = Peer { address: "::ffff:192.0.2.7".parse().unwrap(), agent: &agent };
    let first = accounts.login_create(&verified, peer, LIFETIME, START).unwrap();
    let second = log_in(&mut accounts, id, "x", after(SECOND));
    accounts.login_touch(first.id, after(2 * SECOND)).unwrap();

    let who = accounts.login_find(&first.token, LIFETIME, after(SECOND)).unwrap();
    let list = accounts.login_list(id, LIFETIME, after(SECOND)).unwrap();
    let [newest, oldest] = list.as_slice() else { panic!("{list:?}") };
    assert_eq!((newest.id, oldest.id), (second.id, first.id));
    let view = oldest.view(&who);
    assert!(view.current && !newest.view(&who).current);
    assert_eq!((view.address.as_str(), view.username.as_str()), ("192.0.2.7", "viewer"));
    let times = [view.created_at, view.last_used_at, view.expires_at].map(|time| time - START.0 / SECOND);
    assert_eq!(times, [0, 2, 12 * 3600]);
    assert!(view.user_agent.starts_with("[2Jc\u{e4}t\u{1f408}"), "{}", view.user_agent);
    assert!(view.user_agent.len() <= 256 && view.user_agent.len() > 250);

    assert!(accounts.login_list(id, LIFETIME, after(3 * HOUR)).unwrap().is_empty());
    assert_eq!(accounts.login_prune(LIFETIME, after(3 * HOUR)).unwrap(), 2);
}

/// What a log-in is, told in the simplest way.
struct Told {
    token: AccessToken,
    id: decnet_proto::account::LoginId,
    created: i64,
    used: i64,
    over: bool,
}

impl Told {
    fn good(&self, now: i64) -> bool {
        !self.over && now < self.created + 12 * HOUR && now < self.used + 2 * HOUR
    }
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Wait(i64),
    LogIn,
    Touch(usize),
    Revoke(usize),
    Prune,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => (0..HOUR).prop_map(Step::Wait),
        4 => Just(Step::LogIn),
        4 => any::<usize>().prop_map(Step::Touch),
        1 => any::<usize>().prop_map(Step::Revoke),
        1 => Just(Step::Prune),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn log_ins_are_good_as_long_as_they_should(steps in prop::collection::vec(step(), 0..120)) {
        let mut database = database();
        let mut accounts = Accounts::new(&mut database);
        let id = add(&mut accounts, "viewer", Role::Viewer, "x");
        let verified = verify(&mut accounts, id, "x").unwrap();
        let mut all: Vec<Told> = Vec::new();
        let mut now = START.0;
        for step in steps {
            match step {
                // No two at the same time, so that it is clear which is the oldest.
                Step::Wait(pause) => now += pause + 1,
                Step::LogIn => {
                    now += 1;
                    let login = accounts.login_create(&verified, PEER, LIFETIME, Timestamp(now)).unwrap();
                    all.push(Told { token: login.token, id: login.id, created: now, used: now, over: false });
                    let good: Vec<_> = all.iter_mut().filter(|told| told.good(now)).collect();
                    let many = good.len().saturating_sub(LOGINS);
                    good.into_iter().take(many).for_each(|told| told.over = true);
                }
                Step::Touch(which) => {
                    let many = all.len().max(1);
                    if let Some(told) = all.get_mut(which % many).filter(|told| told.good(now)) {
                        accounts.login_touch(told.id, Timestamp(now)).unwrap();
                        told.used = now;
                    }
                }
                Step::Revoke(which) => {
                    let many = all.len().max(1);
                    if let Some(told) = all.get_mut(which % many) {
                        let _ = accounts.login_revoke(id, told.id);
                        told.over = true;
                    }
                }
                Step::Prune => drop(accounts.login_prune(LIFETIME, Timestamp(now)).unwrap()),
            }
        }
        for told in &all {
            let found = accounts.login_find(&told.token, LIFETIME, Timestamp(now));
            prop_assert_eq!(found.is_ok(), told.good(now));
        }
        let listed = accounts.login_list(id, LIFETIME, Timestamp(now)).unwrap();
        let listed: BTreeSet<_> = listed.iter().map(|login| login.id).collect();
        let good = all.iter().filter(|told| told.good(now)).map(|told| told.id).collect();
        prop_assert_eq!(listed, good);
    }
}
