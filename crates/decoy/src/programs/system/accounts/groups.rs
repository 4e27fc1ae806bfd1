//! groupadd, groupdel.

use super::{
    super::super::{context::Done, options::Spec},
    Database, GROUP, GSHADOW, PASSWD, free_number, free_system_number, is_name, words,
};
use crate::shell::{Exit, Process};

pub(in crate::programs::system) async fn groupadd(process: &mut Process) -> Done {
    let spec = Spec {
        short: "fg:hK:op:rR:P:U:",
        long: &[("force", 'f'), ("gid=", 'g'), ("non-unique", 'o'), ("password=", 'p'), ("system", 'r')],
    };
    let given = process.options(spec, 2).await?;
    let Some(name) = given.operands.first().map(|name| words(name)) else {
        process.complain("Usage: groupadd [options] GROUP\n").await;
        return Ok(Exit::Code(2));
    };
    let (mut groups, mut secrets) = (Database::open(process, GROUP), Database::open(process, GSHADOW));
    let number = given.value('g').map(words);
    let taken = number.as_ref().is_some_and(|gid| groups.name_of(gid).is_some()) && !given.has('o');
    let refused = if !is_name(&name) {
        Some((format!("'{name}' is not a valid group name"), 3))
    } else if groups.find(&name).is_some() && given.has('f') {
        return Ok(Exit::SUCCESS);
    } else if groups.find(&name).is_some() {
        Some((format!("group '{name}' already exists"), 9))
    } else if taken && !given.has('f') {
        Some((format!("GID '{}' already exists", number.clone().unwrap_or_default()), 4))
    } else if !process.account.is_root() {
        Some(("Permission denied.\ngroupadd: cannot lock /etc/group; try again later.".to_owned(), 10))
    } else {
        None
    };
    if let Some((text, status)) = refused {
        process.complain(format!("groupadd: {text}\n")).await;
        return Ok(Exit::Code(status));
    }
    let free = || {
        let numbers = groups.numbers();
        if given.has('r') { free_system_number(&numbers) } else { free_number(&numbers, 1_000, 60_000) }
    };
    let gid = number.unwrap_or_else(|| free().to_string());
    groups.add(&format!("{name}:x:{gid}:"));
    secrets.add(&format!("{name}:!::"));
    let _ = (groups.save(), secrets.save());
    Ok(Exit::SUCCESS)
}

pub(in crate::programs::system) async fn groupdel(process: &mut Process) -> Done {
    let given = process.options(Spec { short: "fhR:P:", long: &[("force", 'f')] }, 2).await?;
    let Some(name) = given.operands.first().map(|name| words(name)) else {
        process.complain("Usage: groupdel [options] GROUP\n").await;
        return Ok(Exit::Code(2));
    };
    let (mut groups, users) = (Database::open(process, GROUP), Database::open(process, PASSWD));
    let gid = groups.field(&name, 2).map(str::to_owned);
    let owner = users.rows.iter().find(|row| gid.is_some() && row.get(3) == gid.as_ref());
    let owner = owner.and_then(|row| row.first()).filter(|_| !given.has('f'));
    let refused = match (&gid, owner) {
        (None, _) => Some((format!("group '{name}' does not exist"), 6)),
        (_, Some(user)) => Some((format!("cannot remove the primary group of user '{user}'"), 8)),
        _ if !process.account.is_root() => {
            Some(("Permission denied.\ngroupdel: cannot lock /etc/group; try again later.".to_owned(), 10))
        }
        _ => None,
    };
    if let Some((text, status)) = refused {
        process.complain(format!("groupdel: {text}\n")).await;
        return Ok(Exit::Code(status));
    }
    groups.remove(&name);
    let mut secrets = Database::open(process, GSHADOW);
    secrets.remove(&name);
    let _ = (groups.save(), secrets.save());
    Ok(Exit::SUCCESS)
}
