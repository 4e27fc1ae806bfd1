//! Variables of the server as tables.

use super::{Found, text};
use crate::mysql::sql::{engine::Engine, value::Value};

/// Name, scope, type, default (`~` for none), bounds and step, values that it takes, `R` where it
/// is only read, and whether the command line takes it with a value; in the order of MariaDB.
const MARIADB: &str = include_str!("../facts/mariadb_system_variables.txt");
const DESCRIBED: &str = "VARIABLE_NAME VARIABLE_SCOPE VARIABLE_TYPE DEFAULT_VALUE NUMERIC_MIN_VALUE NUMERIC_MAX_VALUE NUMERIC_BLOCK_SIZE ENUM_VALUE_LIST READ_ONLY COMMAND_LINE_ARGUMENT SESSION_VALUE GLOBAL_VALUE GLOBAL_VALUE_ORIGIN";

impl Engine<'_> {
    pub(super) fn variable_rows(&self, table: &str) -> Found {
        let (session, global) = (self.variables(), self.globals());
        let of = |values: &std::collections::BTreeMap<String, String>, name: &str| {
            values.get(name).map(|value| text(value.clone()))
        };
        let mut rows = Vec::new();
        for line in MARIADB.lines() {
            let name = line.split('|').next().unwrap_or_default();
            let shown = text(name.to_uppercase());
            let (mine, everybody) = (of(&session, name), of(&global, name));
            match table {
                "GLOBAL_VARIABLES" => rows.extend(everybody.map(|value| vec![shown, value])),
                "SESSION_VARIABLES" => rows.extend(mine.map(|value| vec![shown, value])),
                _ => {
                    let mut row = described(shown, line);
                    let only_global = line.contains("|GLOBAL|");
                    row.push(mine.filter(|_| !only_global).unwrap_or(Value::Null));
                    row.push(everybody.unwrap_or(Value::Null));
                    row.push(text("COMPILE-TIME"));
                    rows.push(row);
                }
            }
        }
        let names = if table == "SYSTEM_VARIABLES" { DESCRIBED } else { "VARIABLE_NAME VARIABLE_VALUE" };
        Found { names, rows }
    }
}

/// What a line says of a variable.
fn described(name: Value, line: &str) -> Vec<Value> {
    let mut words = line.split('|').skip(1);
    let mut next = || words.next().unwrap_or_default();
    let known = |word: &str| if word.is_empty() { Value::Null } else { text(word) };
    let (scope, kind, default, bounds, list, read, argument) =
        (next(), next(), next(), next(), next(), next(), next());
    let mut bounds = bounds.split(' ');
    let mut bound = || known(bounds.next().unwrap_or_default());
    vec![
        name,
        text(scope),
        text(kind),
        if default == "~" { Value::Null } else { text(default) },
        bound(),
        bound(),
        bound(),
        known(list),
        text(if read == "R" { "YES" } else { "NO" }),
        known(argument),
    ]
}
