//! Documents that are generated from the tables they describe.

use std::{fmt::Write, fs, path::PathBuf};

use anyhow::{Context, Result};
use decnet_event::{Kind, KindInfo, Severity};
use decnet_proto::{
    openapi::{self, Api},
    service::{KeySpec, LATER, ServiceId, ServiceInfo, ValueRule},
};
use lab::workspace;

/// Name below `docs/reference/`, and the text.
type Document = (String, String);

fn documents() -> Result<Vec<Document>> {
    let tables = [("events.md".to_owned(), events()), ("services.md".to_owned(), services())];
    let apis = Api::ALL.map(|api| Ok((format!("api/{}.json", api.name()), api_text(api)?)));
    tables.into_iter().map(Ok).chain(apis).collect()
}

/// Writes all of them.
pub(crate) fn write() -> Result<()> {
    for (name, text) in documents()? {
        let path = path(&name);
        let folder = path.parent().context("a document has a folder")?;
        fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
        fs::write(&path, text).with_context(|| format!("writing {}", path.display()))?;
        println!("{}", path.display());
    }
    Ok(())
}

/// Those whose file is not what would be written.
pub(crate) fn stale() -> Result<Vec<String>> {
    let is_stale = |(name, text): &Document| fs::read_to_string(path(name)).ok().as_ref() != Some(text);
    let stale = documents()?.into_iter().filter(is_stale);
    Ok(stale.map(|(name, _)| format!("docs/reference/{name}: run `cargo xtask docs`")).collect())
}

fn path(name: &str) -> PathBuf {
    workspace::root().join("docs/reference").join(name)
}

const GENERATED: &str = "<!-- Written by `cargo xtask docs`; changes are lost. -->\n";

/// The OpenAPI document of an API. Links between the code's own pages lead nowhere in it.
fn api_text(api: Api) -> Result<String> {
    let text = openapi::document(api).to_pretty_json();
    let text = text.with_context(|| format!("writing the document of {}", api.name()))?;
    let plain = |text: String, mark: &str| text.replace(mark, "`");
    Ok(["[`", "`]", "`super::", "`crate::"].into_iter().fold(text, plain) + "\n")
}

fn events() -> String {
    let mut text = format!("# Events\n\n{GENERATED}\n");
    let _ = writeln!(
        text,
        "The catalogue has {} kinds. A kind is the MSGID of its line and the `event_type` of its JSON record; \
         the service that saw it is the APP-NAME, the decky the HOSTNAME.\n",
        Kind::ALL.len()
    );
    text.push_str(
        "Every event carries `boot` and `seq`; events of a conversation carry `session`, `src_ip`, `src_port`, \
         `dst_ip` and `dst_port` as well.\n",
    );
    for kind in Kind::ALL {
        event(&mut text, kind);
    }
    text
}

fn event(text: &mut String, kind: &KindInfo) {
    let severity = match kind.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "info",
    };
    let _ = writeln!(text, "\n## `{}`\n\n{} Severity {severity}.", kind.name, kind.summary);
    if !kind.fields.is_empty() {
        text.push_str("\n| field | what |\n|---|---|\n");
    }
    for (name, summary) in kind.fields {
        let _ = writeln!(text, "| `{name}` | {summary} |");
    }
}

fn services() -> String {
    let mut text = format!("# Services\n\n{GENERATED}\n");
    let _ = writeln!(text, "This build has {} services.\n", ServiceId::ALL.len());
    text.push_str("| service | ports | what it plays |\n|---|---|---|\n");
    for service in ServiceId::ALL {
        let ServiceInfo { slug, ports, summary, .. } = service.info();
        let ports = ports.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let _ = writeln!(text, "| `{slug}` | {ports} | {summary} |");
    }
    text.push_str(
        "\nKeys go into a section `[NAME.SERVICE]` of the fleet file, where NAME is a decky or a group.\n",
    );
    for service in ServiceId::ALL {
        let _ = writeln!(text, "\n## `{service}`\n\n| key | value | what it does |\n|---|---|---|");
        for KeySpec { name, rule, summary } in service.info().keys {
            let _ = writeln!(text, "| `{name}` | {} | {summary} |", rule_text(*rule));
        }
    }
    let later = LATER.iter().map(|slug| format!("`{slug}`")).collect::<Vec<_>>().join(", ");
    let _ = writeln!(text, "\n## Not in this build\n\n{later}");
    text
}

fn rule_text(rule: ValueRule) -> String {
    match rule {
        ValueRule::Text => "text".to_owned(),
        ValueRule::Number(from, to) => format!("{from} to {to}"),
        ValueRule::OneOf(words) => {
            words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
        }
        ValueRule::JsonObject => "JSON object of strings".to_owned(),
        ValueRule::Folder => "folder".to_owned(),
        ValueRule::File => "file".to_owned(),
        ValueRule::HostName => "host name".to_owned(),
        ValueRule::Version => "version, as 6.2.14".to_owned(),
    }
}
