//! The tables of the reference, made of those of the code.

use std::fmt::Write as _;

use super::{
    cef, csv, ecs,
    mapping::{Activity, MAPPINGS, Mapping},
    ocsf,
};

/// The text of `docs/reference/exports.md`.
pub fn document() -> String {
    let mut text = String::from(HEAD);
    text.push_str("## CSV\n\nRFC 4180, with a line of names. A cell that a spreadsheet would take for a formula (one that begins with `=`, `+`, `-`, `@`, a tab or the end of a line) begins with an apostrophe.\n\n| column | what |\n|---|---|\n");
    for (name, what) in csv::COLUMNS {
        let _ = writeln!(text, "| `{name}` | {what} |");
    }
    let _ = write!(
        text,
        "\n## ECS and OCSF\n\nDocuments of the Elastic Common Schema {}, and events of the Open Cybersecurity Schema Framework {}. `event.original` and `raw_data` are the line itself; all fields of the kind are in `decnet.fields` and `unmapped`, and so is the entry of the ignore list that covers the event (`decnet.ignored`, `unmapped.ignored`).\n\n| kind | ECS `event.category` / `event.type` | OCSF class | activity |\n|---|---|---|---|\n",
        ecs::VERSION,
        ocsf::VERSION
    );
    MAPPINGS.iter().for_each(|mapping| row(&mut text, mapping));
    text.push_str(BETWEEN);
    text.push_str("\n| field | ECS |\n|---|---|\n");
    for (field, path) in ecs::FIELDS {
        let _ = writeln!(text, "| `{field}` | `{path}` |");
    }
    text.push_str(CEF);
    for (field, key) in cef::KEYS {
        let _ = writeln!(text, "| `{field}` | `{key}` |");
    }
    text
}

fn row(text: &mut String, mapping: &Mapping) {
    let Mapping { kind, ecs: (category, sort), ocsf: (class, activity) } = mapping;
    let activity = match activity {
        Activity::Is(number, name) => format!("{number} {name}"),
        Activity::Method => "that of the method".to_owned(),
    };
    let (category, uid, class) = (category.word(), class.uid(), class.name());
    let _ = writeln!(text, "| `{kind}` | `{category}` / `{sort}` | {uid} {class} | {activity} |");
}

const HEAD: &str = "# Exports

<!-- Made by `decnet_record::export::document`; a test compares them. -->

Events leave the record as JSON lines, CSV, ECS, OCSF or CEF. Every format carries the id of the event, which is the same in every export, and all of its fields, whatever the schema has a place for. What peers sent is text in all of them: it ends no line, no cell and no pair. Who attacks is told by the address of the socket (`src_ip`), never by what a peer said.

## JSON lines

The objects of `decnet.json`, one a line, with members more: `id`, `worker`, from which it came, and `ignored`, the entry of the ignore list that covers it, where one does.

";

const BETWEEN: &str = "
The severity of a line becomes:

| line | ECS `event.kind` | OCSF `severity_id` | CEF |
|---|---|---|---|
| info | `event` | 1 Informational | 3 |
| warning | `alert` | 3 Medium | 7 |
| error | `event` | 4 High | 5 |

In ECS, `source` is the peer and `destination` the decky, `host.name` the decky, `observer.name` the worker, `network.protocol` the service, `event.sequence` the number within the run of the emitter. In OCSF, `src_endpoint` is the peer, `dst_endpoint` and `device` the decky, `metadata.log_provider` the worker and `metadata.event_code` the kind. Fields with a place of their own in ECS, besides those that one kind alone has:
";

const CEF: &str = "
## CEF

`CEF:0|DECNET|DECNET|<version>|<kind>|<what happened>|<severity>|<pairs>`. `rt` is when (milliseconds since the epoch), `externalId` the id, `dvchost` the worker, `dhost` the decky, `app` the service, `src` and `dst` the addresses (`c6a2` and `c6a3` those of IPv6), `cs1` the session, `cs2` all fields of the kind as a JSON object, cut at 4,000 bytes, `cs3` the entry of the ignore list that covers it. Characters that cannot be printed are written as `\\\\xHH`.

| field | key |
|---|---|
";
