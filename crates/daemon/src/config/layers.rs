//! Defaults, file, environment and flags, one over the other.

use std::collections::BTreeMap;

use config::{Map, Source, Value, ValueKind};

use super::{CommandLine, Key, Problem, SectionInfo, Setting, error::FLAG, ini::Tables};
use crate::environment::Environment;

/// Where each value of a configuration comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Provenance(BTreeMap<String, String>);

impl Provenance {
    /// Where the value of the key comes from: `FILE:LINE`, a variable, a flag, or `default`.
    pub fn of(&self, key: &str) -> &str {
        self.0.get(key).map_or("default", String::as_str)
    }
}

/// One layer.
#[derive(Clone, Debug)]
struct Layer(Tables);

impl Source for Layer {
    fn clone_into_box(&self) -> Box<dyn Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Map<String, Value>, config::ConfigError> {
        Ok(self.0.clone())
    }
}

impl Layer {
    /// The keys of `sections` for which `value` has a text and an origin.
    fn of(sections: &[&SectionInfo], value: impl Fn(&Key) -> Option<(String, String)>) -> Self {
        let mut tables = Tables::new();
        for section in sections {
            let values = section.keys.iter().filter_map(|key| {
                let (text, origin) = value(key)?;
                Some((key.name(), Value::new(Some(&origin), ValueKind::String(text))))
            });
            tables.insert(section.name.to_owned(), Value::new(None, ValueKind::Table(values.collect())));
        }
        Self(tables)
    }
}

/// The values of `sections`, each from the highest layer that has it.
pub(super) fn merge(
    sections: &[&SectionInfo],
    mut file: Tables,
    environment: &Environment,
    command_line: &CommandLine,
) -> Result<Values, config::ConfigError> {
    file.retain(|name, _| sections.iter().any(|s| s.name == name));
    let defaults = |key: &Key| Some((key.default.to_owned(), "default".to_owned()));
    let variables = |key: &Key| {
        let text = environment.decnet.get(&key.variable())?;
        Some((text.trim().to_owned(), format!("environment variable {}", key.variable())))
    };
    let flags = |key: &Key| {
        let flag = command_line.flags.iter().find(|flag| flag.key == key.name())?;
        Some((flag.value.clone(), format!("{FLAG}{}", flag.flag)))
    };
    let merged = config::Config::builder()
        .add_source(Layer::of(sections, defaults))
        .add_source(Layer(file))
        .add_source(Layer::of(sections, variables))
        .add_source(Layer::of(sections, flags))
        .build()?;
    let tables = sections.iter().map(|s| Ok((s.name, merged.get_table(s.name)?)));
    Ok(Values {
        tables: tables.collect::<Result<_, config::ConfigError>>()?,
        problems: Vec::new(),
        provenance: Provenance::default(),
    })
}

/// Merged values, from which a section takes its own.
#[derive(Debug)]
pub struct Values {
    tables: BTreeMap<&'static str, Map<String, Value>>,
    problems: Vec<Problem>,
    provenance: Provenance,
}

impl Values {
    /// Takes a value as its type, or keeps in mind why that cannot be.
    pub(super) fn take<T: Setting>(&mut self, section: &'static str, field: &str) -> Option<T> {
        let name = field.replace('_', "-");
        let value = self.tables.get_mut(section)?.remove(&name)?;
        let origin = value.origin().unwrap_or("default").to_owned();
        let text = value.into_string().ok()?;
        let parsed = T::parse(&text);
        if parsed.is_none() {
            let shown = if T::SECRET { "the value".to_owned() } else { format!("{text:?}") };
            self.problems.push(Problem {
                place: origin.clone(),
                section: Some(section.to_owned()),
                key: Some(name.clone()),
                message: format!("{shown} cannot be; it must be {}", T::RULE),
            });
        }
        self.provenance.0.insert(name, origin);
        parsed
    }

    /// What was wrong, and where the values came from.
    pub(super) fn finish(self) -> (Vec<Problem>, Provenance) {
        (self.problems, self.provenance)
    }
}
