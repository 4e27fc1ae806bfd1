//! Commands and flags that are known but not in this build, so that nobody takes their
//! absence for a typing error of theirs.

use clap::error::{ContextKind, ContextValue, ErrorKind};
use decnet_daemon::Exit;

/// Names with what to say of them behind "is not in this build".
const LATER: &[(&str, &str)] = &[
    ("agent", ": the agent is a program of its own, decnet-agent"),
    ("correlate", ""),
    ("forwarder", ""),
    ("listener", ""),
    ("mutate", ""),
    ("probe", ""),
    ("profiler", ""),
    ("sniffer", ""),
    ("updater", ": the updater is a program of its own, decnet-updater"),
    ("--api", ": `decnet-master api` runs it"),
    ("--api-port", ": `decnet-master api --port` says it"),
    ("--root", RELEASES),
    ("--exclude", RELEASES),
    ("--daemon", ": deploy ends when the fleet runs, and the agent goes on by itself"),
    ("--mutate-interval", ""),
];

/// What became of the flags with which a source tree was packed and pushed.
const RELEASES: &str =
    ": no tree is packed and pushed; an update brings a release that was signed, and --release names it";

/// Tells that what the parser does not know comes later, if it does.
pub(super) fn report(error: &clap::Error) -> Option<Exit> {
    let kind = match error.kind() {
        ErrorKind::InvalidSubcommand => ContextKind::InvalidSubcommand,
        ErrorKind::UnknownArgument => ContextKind::InvalidArg,
        _ => return None,
    };
    let Some(ContextValue::String(name)) = error.get(kind) else { return None };
    let (name, reason) = LATER.iter().find(|(later, _)| later == name)?;
    crate::failure::report(&crate::failure::Misuse(format!("{name} is not in this build{reason}")).into());
    Some(Exit::Usage)
}
