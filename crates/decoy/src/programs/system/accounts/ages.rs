//! chage: how long passwords and accounts live.

use super::{
    super::super::{context::Done, options::Spec},
    Database, PASSWD, SHADOW, words,
};
use crate::{
    machine::{DAY, calendar},
    shell::{Exit, Process},
};

const SPEC: Spec = Spec {
    short: "d:E:hiI:lm:M:R:W:",
    long: &[
        ("lastday=", 'd'),
        ("expiredate=", 'E'),
        ("iso8601", 'i'),
        ("inactive=", 'I'),
        ("list", 'l'),
        ("mindays=", 'm'),
        ("maxdays=", 'M'),
        ("warndays=", 'W'),
    ],
};

pub(in crate::programs::system) async fn chage(process: &mut Process) -> Done {
    let given = process.options(SPEC, 2).await?;
    let Some(name) = given.operands.first().map(|name| words(name)) else {
        process.complain("Usage: chage [options] LOGIN\n").await;
        return Ok(Exit::Code(2));
    };
    let own = given.has('l') && name == process.account.name;
    if !(process.account.is_root() || own) {
        process.complain("chage: Permission denied.\n").await;
        return Ok(Exit::FAILURE);
    }
    if Database::open(process, PASSWD).find(&name).is_none() {
        process.complain(format!("chage: user '{name}' does not exist in /etc/passwd\n")).await;
        return Ok(Exit::FAILURE);
    }
    let mut shadow = Database::open(process, SHADOW);
    if given.has('l') {
        let text = list(&shadow, &name);
        process.print(text).await?;
        return Ok(Exit::SUCCESS);
    }
    for (letter, place) in [('d', 2), ('m', 3), ('M', 4), ('W', 5), ('I', 6), ('E', 7)] {
        if let Some(value) = given.value(letter).map(words) {
            shadow.set(&name, place, if value == "-1" { String::new() } else { value });
        }
    }
    let _ = shadow.save();
    Ok(Exit::SUCCESS)
}

fn list(shadow: &Database, name: &str) -> String {
    let field = |place, usual: &str| {
        shadow.field(name, place).filter(|field| !field.is_empty()).unwrap_or(usual).to_owned()
    };
    let date = |days: i64| calendar::format(days * DAY, "%b %d, %Y");
    let number = |place| field(place, "-1").parse::<i64>().unwrap_or(-1);
    let changed = number(2);
    let last = if changed == 0 { "password must be changed".to_owned() } else { date(changed) };
    let expires =
        if number(4) < 0 || number(4) >= 99_999 { "never".to_owned() } else { date(changed + number(4)) };
    let account = if number(7) < 0 { "never".to_owned() } else { date(number(7)) };
    format!(
        "Last password change\t\t\t\t\t: {last}\nPassword expires\t\t\t\t\t: {expires}\nPassword inactive\t\t\t\t\t: never\nAccount expires\t\t\t\t\t\t: {account}\nMinimum number of days between password change\t\t: {}\nMaximum number of days between password change\t\t: {}\nNumber of days of warning before password expires\t: {}\n",
        field(3, "-1"),
        field(4, "-1"),
        field(5, "-1")
    )
}
