//! Which command a line is: words may be cut short as long as they stay clear.

/// What somebody may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    /// Look at some things.
    User,
    /// Everything.
    Enabled,
}

/// What a line turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found<'a> {
    /// A command, and what follows its words.
    Command(&'static str, &'a str),
    /// None: where the first wrong word begins.
    Nowhere(usize),
    /// The beginning of one.
    Incomplete,
    /// The beginning of several.
    Ambiguous,
}

/// Commands, who may give them, and whether something may follow.
const COMMANDS: &[(&str, Level, bool)] = &[
    ("configure terminal", Level::Enabled, false),
    ("copy running-config startup-config", Level::Enabled, false),
    ("disable", Level::User, false),
    ("enable", Level::User, false),
    ("exit", Level::User, false),
    ("logout", Level::User, false),
    ("ping", Level::User, true),
    ("quit", Level::User, false),
    ("show arp", Level::User, false),
    ("show clock", Level::User, false),
    ("show history", Level::User, false),
    ("show interfaces status", Level::User, false),
    ("show inventory", Level::User, false),
    ("show ip arp", Level::User, false),
    ("show ip interface brief", Level::User, false),
    ("show ip route", Level::User, false),
    ("show mac address-table", Level::User, false),
    ("show privilege", Level::User, false),
    ("show running-config", Level::Enabled, false),
    ("show startup-config", Level::Enabled, false),
    ("show users", Level::User, false),
    ("show version", Level::User, false),
    ("show vlan brief", Level::User, false),
    ("terminal length", Level::User, true),
    ("terminal monitor", Level::Enabled, false),
    ("terminal width", Level::User, true),
    ("traceroute", Level::User, true),
    ("write memory", Level::Enabled, false),
];

/// Looks a line up.
pub(super) fn find(line: &str, level: Level) -> Found<'_> {
    let mut left: Vec<_> = COMMANDS.iter().filter(|(_, needs, _)| *needs <= level).collect();
    for (depth, (at, word)) in words(line).enumerate() {
        // Somebody's command may end here, and the rest is its argument.
        if let [(command, _, takes)] = left.as_slice()
            && command.split(' ').count() == depth
        {
            return if *takes {
                Found::Command(command, line.get(at..).unwrap_or_default())
            } else {
                Found::Nowhere(at)
            };
        }
        let word = word.to_lowercase();
        let exact = left.iter().any(|(command, ..)| command.split(' ').nth(depth) == Some(&word));
        left.retain(|(command, ..)| {
            let own = command.split(' ').nth(depth);
            own.is_some_and(|own| if exact { own == word } else { own.starts_with(&word) })
        });
        let mut names: Vec<_> =
            left.iter().filter_map(|(command, ..)| command.split(' ').nth(depth)).collect();
        names.dedup();
        match names.as_slice() {
            [] => return Found::Nowhere(at),
            [_] => {}
            _ => return Found::Ambiguous,
        }
    }
    let count = words(line).count();
    match left.iter().find(|(command, ..)| command.split(' ').count() == count) {
        Some((_, _, true)) => Found::Incomplete,
        Some((command, ..)) => Found::Command(command, ""),
        None => Found::Incomplete,
    }
}

/// The words of a line with their places.
fn words(line: &str) -> impl Iterator<Item = (usize, &str)> {
    line.split(' ')
        .scan(0, |at, word| {
            let place = *at;
            *at += word.len() + 1;
            Some((place, word))
        })
        .filter(|(_, word)| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_may_be_cut_short() {
        let check = |line, level, expect| assert_eq!(find(line, level), expect, "{line}");
        check("sh ver", Level::User, Found::Command("show version", ""));
        check("sh ip int br", Level::User, Found::Command("show ip interface brief", ""));
        check("en", Level::User, Found::Command("enable", ""));
        check("sh run", Level::Enabled, Found::Command("show running-config", ""));
        check("sh run", Level::User, Found::Nowhere(3));
        check("show i", Level::User, Found::Ambiguous);
        check("show", Level::User, Found::Incomplete);
        check("ping 10.0.0.1", Level::User, Found::Command("ping", "10.0.0.1"));
        check("ping", Level::User, Found::Incomplete);
        check("foo", Level::User, Found::Nowhere(0));
        check("show version x", Level::User, Found::Nowhere(13));
        check("term len 0", Level::User, Found::Command("terminal length", "0"));
    }
}
