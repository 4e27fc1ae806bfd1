//! What is in the databases before anybody changes it: the shop or office behind the machine,
//! drawn from the persona, and the databases of the server itself.

use std::{collections::BTreeMap, sync::Arc};

use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use decnet_proto::{ids::SecretKey, persona::Persona};

use super::{
    catalogue::{Catalogue, Column, Key, Table},
    time,
    value::Value,
};
use crate::{
    identity,
    mysql::{account::Account, product::Product},
};

const DAY: i64 = 86_400;
const FIRST_NAMES: &[&str] = &[
    "Anna", "Ben", "Clara", "David", "Elena", "Felix", "Grace", "Henrik", "Ines", "Jonas", "Karin", "Leo",
    "Maria", "Nils", "Olivia", "Peter", "Rosa", "Stefan", "Tina", "Viktor", "Wendy", "Yusuf",
];
const LAST_NAMES: &[&str] = &[
    "Adler", "Berg", "Castro", "Dahl", "Evans", "Fischer", "Garcia", "Hansen", "Ivanova", "Jensen", "Keller",
    "Lopez", "Meyer", "Novak", "Olsen", "Petrov", "Quinn", "Rossi", "Schmidt", "Torres", "Urban", "Vogel",
    "Weber", "Young",
];
const CITIES: &[&str] =
    &["Bergen", "Bristol", "Dresden", "Graz", "Leeds", "Lyon", "Malmö", "Porto", "Turin", "Utrecht"];
const MAILS: &[&str] = &["gmail.com", "outlook.com", "gmx.net", "yahoo.com", "proton.me", "icloud.com"];
const GOODS: &[(&str, i128)] = &[
    ("Pallet truck 2.5 t", 38_900),
    ("Strapping tape 50 m", 1_290),
    ("Safety boots S3", 7_450),
    ("Label roll 100x150", 890),
    ("Barcode scanner", 14_900),
    ("Shelf unit 2 m", 12_600),
    ("Work gloves, 12 pairs", 2_380),
    ("Stretch film 500 mm", 990),
    ("Forklift battery 48 V", 214_000),
    ("Packing table", 25_900),
    ("Storage box 40 l", 1_150),
    ("Hand scale 300 kg", 18_700),
    ("LED hall light 150 W", 9_900),
    ("Tool cabinet", 41_500),
    ("Transport trolley", 15_400),
    ("First aid kit", 3_290),
];

/// The name of the database that applications use.
pub(super) fn database_name(persona: &Persona) -> String {
    const NAMES: &[&str] = &["shop", "crm", "erp", "portal", "inventory", "orders", "webapp", "intranet"];
    let word = pick(&persona.key, "mysql database", NAMES);
    let first = persona.organisation.split_whitespace().next().unwrap_or_default().to_ascii_lowercase();
    let plain = !first.is_empty() && first.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if plain && identity::number(&persona.key, "mysql database prefix", 2) == 0 {
        format!("{first}_{word}")
    } else {
        word.to_owned()
    }
}

fn pick<'w>(key: &SecretKey, purpose: &str, words: &[&'w str]) -> &'w str {
    let at = usize::try_from(identity::number(key, purpose, words.len() as u64)).unwrap_or(0);
    words.get(at).copied().unwrap_or_default()
}

/// All databases in the beginning.
pub(crate) fn catalogue(product: &Product, persona: &Persona, accounts: &[Account], now: i64) -> Catalogue {
    let mut out = Catalogue::default();
    let mut dice = Dice(u64::from_be_bytes(identity::derive(&persona.key, "mysql rows")) | 1);
    let installed = identity::installed_at(persona) + DAY;
    let mut own = BTreeMap::new();
    let mut add = |name: &str, columns: &[&str], rows: Vec<Vec<Value>>| {
        own.insert(name.to_owned(), Arc::new(table(columns, rows, installed, 0)));
    };
    add("customers", CUSTOMERS, customers(&mut dice, installed, now));
    add("orders", ORDERS, orders(&mut dice, installed, now));
    add("products", PRODUCTS, products(&mut dice));
    add("users", USERS, users(persona, now));
    add("config", CONFIG, config(persona));
    out.found_database(&database_name(persona), own);
    out.found_database("mysql", super::system::tables(product, accounts, installed));
    out.found_database("performance_schema", BTreeMap::new());
    out.found_database("sys", BTreeMap::new());
    out
}

/// A small source of numbers, the same for a machine at each start.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 11).unwrap_or(0) % bound.max(1)
    }

    fn number(&mut self, bound: i64) -> i64 {
        i64::try_from(self.below(usize::try_from(bound).unwrap_or(1))).unwrap_or(0)
    }

    fn word<'w>(&mut self, words: &[&'w str]) -> &'w str {
        words.get(self.below(words.len())).copied().unwrap_or_default()
    }
}

/// Columns as `name type`, with `!` after what may not be NULL, `+` where it counts, `*` before the
/// primary key, `#` before a unique one, `-` before one of another key, and `=` before a default.
const CUSTOMERS: &[&str] = &[
    "*id int(11)!+",
    "name varchar(100)!",
    "#email varchar(190)!",
    "phone varchar(32)",
    "city varchar(64)",
    "created_at datetime!",
];
const ORDERS: &[&str] = &[
    "*id int(11)!+",
    "-customer_id int(11)!",
    "status varchar(16)!=pending",
    "total decimal(10,2)!=0.00",
    "created_at datetime!",
];
const PRODUCTS: &[&str] =
    &["*id int(11)!+", "#sku varchar(32)!", "name varchar(120)!", "price decimal(10,2)!", "stock int(11)!=0"];
const USERS: &[&str] = &[
    "*id int(11)!+",
    "#username varchar(64)!",
    "email varchar(190)!",
    "password varchar(255)!",
    "role varchar(16)!=user",
    "last_login datetime",
];
const CONFIG: &[&str] = &["*name varchar(64)!", "value text"];

pub(super) fn table(columns: &[&str], rows: Vec<Vec<Value>>, created: i64, updated: i64) -> Table {
    let mut out =
        Table { rows, next: 1, created, updated, sort: "BASE TABLE", engine: "InnoDB", ..Table::default() };
    for text in columns {
        let name_and_kind = text.trim_start_matches(['*', '#', '-']);
        let (name, kind) = name_and_kind.split_once(' ').unwrap_or((name_and_kind, "text"));
        let (kind, default) =
            kind.split_once('=').map_or((kind, None), |(kind, default)| (kind, Some(format!("'{default}'"))));
        let counts = kind.ends_with('+');
        let bare = kind.trim_end_matches(['+', '!']);
        out.columns.push(Column {
            name: name.to_owned(),
            kind: bare.to_owned(),
            nullable: !kind.contains('!'),
            default,
            counts,
        });
        let key = |name: &str, column: &str, unique| Key {
            name: name.to_owned(),
            columns: vec![column.to_owned()],
            unique,
        };
        match text.as_bytes().first() {
            Some(b'*') => out.keys.insert(0, key("PRIMARY", name, true)),
            Some(b'#') => out.keys.push(key(name, name, true)),
            Some(b'-') => out.keys.push(key(name, name, false)),
            _ => {}
        }
    }
    let last = out.rows.last().and_then(|row| row.first()).map_or(0, Value::whole);
    out.next = last.max(0) + 1;
    out
}

fn text(text: impl Into<Vec<u8>>) -> Value {
    Value::text(text)
}

fn when(at: i64) -> Value {
    text(time::datetime(at))
}

/// When things happened that go on happening: from `from` until `now`, every so often.
fn moments(dice: &mut Dice, from: i64, now: i64, most_often: i64) -> Vec<i64> {
    const MOST: usize = 2_000;
    let every = most_often + dice.number(most_often);
    let mut at = from;
    std::iter::from_fn(|| {
        at += every / 2 + dice.number(every);
        (at < now).then_some(at)
    })
    .take(MOST)
    .collect()
}

fn customers(dice: &mut Dice, from: i64, now: i64) -> Vec<Vec<Value>> {
    let mut times = vec![from; 40];
    times.extend(moments(dice, from, now, DAY));
    let number = |(at, when): (usize, i64)| (i64::try_from(at + 1).unwrap_or(1), when);
    times
        .into_iter()
        .enumerate()
        .map(number)
        .map(|(id, at)| {
            let (first, last) = (dice.word(FIRST_NAMES), dice.word(LAST_NAMES));
            let mail = format!("{}.{}{id}@{}", first.to_lowercase(), last.to_lowercase(), dice.word(MAILS));
            let phone = format!("+4{} {} {:07}", dice.below(9), 100 + dice.below(800), dice.below(9_999_999));
            let name = format!("{first} {last}");
            vec![Value::Int(id), text(name), text(mail), text(phone), text(dice.word(CITIES)), when(at)]
        })
        .collect()
}

fn orders(dice: &mut Dice, from: i64, now: i64) -> Vec<Vec<Value>> {
    const STATES: &[&str] = &["paid", "paid", "shipped", "shipped", "shipped", "pending", "cancelled"];
    /// Older ones were moved to an archive.
    const KEPT: usize = 480;
    let times = moments(dice, from, now, DAY / 4);
    let old = times.len().saturating_sub(KEPT);
    let rows = times.into_iter().enumerate().map(|(at, time)| {
        let id = i64::try_from(at + 1).unwrap_or(1);
        let total = Value::Decimal(i128::from(900 + dice.number(48_000)), 2);
        vec![Value::Int(id), Value::Int(1 + dice.number(40)), text(dice.word(STATES)), total, when(time)]
    });
    rows.skip(old).collect()
}

fn products(dice: &mut Dice) -> Vec<Vec<Value>> {
    let mut id = 0;
    GOODS
        .iter()
        .map(|(name, price)| {
            id += 1;
            let price = Value::Decimal(price + i128::from(dice.number(40)) * 5, 2);
            let sku =
                format!("{}-{:04}", name.get(..2).unwrap_or("XX").to_uppercase(), 1_000 + dice.below(9_000));
            vec![Value::Int(id), text(sku), text(*name), price, Value::Int(dice.number(240))]
        })
        .collect()
}

fn users(persona: &Persona, now: i64) -> Vec<Vec<Value>> {
    let mut names = vec!["admin".to_owned()];
    names.extend(persona.users.iter().filter(|name| *name != "admin").take(8).cloned());
    let mut id = 0;
    names
        .into_iter()
        .map(|name| {
            id += 1;
            let mail = format!("{name}@{}", persona.domain);
            // Some working day of the last week, at an hour of that day's own.
            let day = now / DAY - 1 - number(persona, &format!("{name} days ago {}", now / DAY), 6);
            let hour = 7 * 3_600 + number(persona, &format!("{name} on day {day}"), 36_000);
            let role = if id == 1 { "admin" } else { "user" };
            let hash = bcrypt(&persona.key, &name);
            vec![Value::Int(id), text(name), text(mail), text(hash), text(role), when(day * DAY + hour)]
        })
        .collect()
}

fn number(persona: &Persona, what: &str, bound: u64) -> i64 {
    i64::try_from(identity::number(&persona.key, &format!("mysql {what}"), bound)).unwrap_or(0)
}

/// What looks like a bcrypt hash and is none of any password.
fn bcrypt(key: &SecretKey, user: &str) -> String {
    let bytes: [u8; 42] = identity::derive(key, &format!("mysql bcrypt {user}"));
    let letters = STANDARD_NO_PAD.encode(bytes).replace('+', ".");
    format!("$2y$10${}", letters.get(..53).unwrap_or(&letters))
}

/// Settings of the application, with the credentials that are there to be found.
fn config(persona: &Persona) -> Vec<Vec<Value>> {
    let mut out = vec![
        ("app_name".to_owned(), persona.organisation.clone()),
        ("app_url".to_owned(), format!("https://{}/", persona.fqdn())),
        ("app_key".to_owned(), identity::hex(&persona.key, "mysql app key", 64)),
        ("maintenance_mode".to_owned(), "0".to_owned()),
        ("session_lifetime".to_owned(), "7200".to_owned()),
    ];
    for bait in persona.bait.iter().filter(|bait| bait.purpose != "database") {
        let prefix = match bait.purpose.as_str() {
            "mail" => "smtp",
            "files" => "ftp",
            "administration" => "admin",
            other => other,
        };
        out.push((format!("{prefix}_user"), bait.username.clone()));
        out.push((format!("{prefix}_password"), bait.password.clone()));
    }
    out.sort();
    out.into_iter().map(|(name, value)| vec![text(name), text(value)]).collect()
}
