//! The bill of materials of an archive: CycloneDX 1.6, in JSON.

use anyhow::{Context, Result};
use serde::Serialize;

use super::{
    inventory::{Component, Origin},
    linked::Name,
};

/// Name of the file in its archive.
pub(crate) const FILE: &str = "sbom.cdx.json";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Bill<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    bom_format: &'static str,
    spec_version: &'static str,
    version: u32,
    metadata: Metadata<'a>,
    components: Vec<Entry<'a>>,
    dependencies: Vec<Dependency>,
}

#[derive(Serialize)]
struct Metadata<'a> {
    component: Entry<'a>,
}

#[derive(Serialize)]
struct Entry<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(rename = "bom-ref")]
    id: String,
    name: &'a str,
    version: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    purl: Option<String>,
    licenses: [Licence<'a>; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    hashes: Vec<Hash<'a>>,
}

#[derive(Serialize)]
struct Licence<'a> {
    expression: &'a str,
}

#[derive(Serialize)]
struct Hash<'a> {
    alg: &'static str,
    content: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Dependency {
    #[serde(rename = "ref")]
    id: String,
    depends_on: Vec<String>,
}

/// The bill of an archive that has this name and version and is made of these. It holds no time and
/// no serial number, which would be others for the same archive.
pub(crate) fn write(archive: &Name, components: &[Component]) -> Result<Vec<u8>> {
    let whole = Entry {
        kind: "application",
        id: id(archive),
        name: &archive.name,
        version: &archive.version,
        purl: None,
        licenses: [Licence { expression: "MIT OR Apache-2.0" }],
        hashes: Vec::new(),
    };
    let dependency = |name: &Name, uses: Vec<String>| Dependency { id: id(name), depends_on: uses };
    let all = dependency(archive, components.iter().map(|component| id(&component.name)).collect());
    let each = components.iter();
    let each = each.map(|component| dependency(&component.name, component.uses.iter().map(id).collect()));
    let bill = Bill {
        schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
        bom_format: "CycloneDX",
        spec_version: "1.6",
        version: 1,
        metadata: Metadata { component: whole },
        components: components.iter().map(entry).collect(),
        dependencies: [all].into_iter().chain(each).collect(),
    };
    let mut text = serde_json::to_vec_pretty(&bill).context("writing the bill of materials")?;
    text.push(b'\n');
    Ok(text)
}

fn entry(component: &Component) -> Entry<'_> {
    let Name { name, version } = &component.name;
    let (purl, checksum) = match &component.origin {
        Origin::Own => (None, None),
        Origin::Registry { checksum } => (Some(format!("pkg:cargo/{name}@{version}")), checksum.as_deref()),
        Origin::Native => (Some(format!("pkg:generic/{name}@{version}")), None),
    };
    Entry {
        kind: "library",
        id: id(&component.name),
        name,
        version,
        // A plus in a version would be read as a space.
        purl: purl.map(|purl| purl.replace('+', "%2B")),
        licenses: [Licence { expression: &component.licence }],
        hashes: checksum.map(|content| Hash { alg: "SHA-256", content }).into_iter().collect(),
    }
}

fn id(name: &Name) -> String {
    format!("{}@{}", name.name, name.version)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::*;

    fn name(name: &str) -> Name {
        Name { name: name.to_owned(), version: "1.2.3+4".to_owned() }
    }

    fn component(named: &str, origin: Origin, uses: &[&str]) -> Component {
        let uses = uses.iter().map(|used| name(used)).collect();
        Component { name: name(named), origin, licence: "ISC".to_owned(), uses, texts: Vec::new() }
    }

    #[test]
    fn a_bill_names_its_parts_and_what_each_uses() {
        let checksum = Some("ab".repeat(32));
        let parts = [
            component("decnet-x", Origin::Own, &["ring", "openssl"]),
            component("ring", Origin::Registry { checksum }, &[]),
            component("openssl", Origin::Native, &[]),
        ];
        let bill: Value = serde_json::from_slice(&write(&name("decnet-worker"), &parts).unwrap()).unwrap();
        assert_eq!((&bill["bomFormat"], &bill["specVersion"]), (&"CycloneDX".into(), &"1.6".into()));
        assert_eq!(bill["metadata"]["component"]["name"], "decnet-worker");
        let ring = &bill["components"][1];
        assert_eq!(ring["purl"], "pkg:cargo/ring@1.2.3%2B4");
        assert_eq!(ring["hashes"][0]["content"], "ab".repeat(32));
        assert_eq!(ring["licenses"][0]["expression"], "ISC");
        assert_eq!(bill["components"][0].get("purl"), None);
        let edges = bill["dependencies"].as_array().unwrap();
        assert_eq!(edges[1]["dependsOn"], serde_json::json!(["ring@1.2.3+4", "openssl@1.2.3+4"]));
        // Nothing is used that is not there.
        let ids: BTreeSet<_> = edges.iter().map(|edge| edge["ref"].as_str().unwrap()).collect();
        assert_eq!(ids.len(), 4);
        for used in edges.iter().flat_map(|edge| edge["dependsOn"].as_array().unwrap()) {
            assert!(ids.contains(used.as_str().unwrap()), "{used}");
        }
    }
}
