//! What the server is and has: character sets, engines, plugins, variables, connections.

use super::{Found, text};
use crate::mysql::{
    failure::Failure,
    sql::{ast::Show, charset, engine::Engine, plugin, value::Value},
};

const KEYWORDS: &str = include_str!("../facts/mariadb_keywords.txt");
const FUNCTIONS: &str = include_str!("../facts/mariadb_functions.txt");
/// Words that InnoDB does not look for.
const STOPWORDS: &str = "a about an are as at be by com de en for from how i in is it la of on or that the this to was what when where who will with und the www";

impl Engine<'_> {
    pub(super) fn found_of_server(&mut self, name: &str) -> Result<Option<Found>, Failure> {
        let words = |names, words: &str| Found {
            names,
            rows: words.split_whitespace().map(|word| vec![text(word)]).collect(),
        };
        Ok(Some(match name {
            "CHARACTER_SETS" | "COLLATIONS" | "COLLATION_CHARACTER_SET_APPLICABILITY" => {
                self.character_sets_and_collations(name)
            }
            "PLUGINS" | "ALL_PLUGINS" => Found {
                names: plugin::NAMES,
                rows: plugin::rows(self.product, plugin::NAMES.split(' ').count()),
            },
            "ENGINES" => Found {
                names: "ENGINE SUPPORT COMMENT TRANSACTIONS XA SAVEPOINTS",
                rows: self.shown_rows("engines")?,
            },
            "PROCESSLIST" => self.process_rows()?,
            "GLOBAL_VARIABLES" | "SESSION_VARIABLES" | "SYSTEM_VARIABLES" => self.variable_rows(name),
            "GLOBAL_STATUS" | "SESSION_STATUS" => Found {
                names: "VARIABLE_NAME VARIABLE_VALUE",
                rows: self
                    .status()
                    .into_iter()
                    .map(|(name, value)| vec![text(name.to_uppercase()), text(value)])
                    .collect(),
            },
            "KEYWORDS" => words("WORD", KEYWORDS),
            "SQL_FUNCTIONS" => words("FUNCTION", FUNCTIONS),
            "INNODB_FT_DEFAULT_STOPWORD" => words("value", STOPWORDS),
            "ENABLED_ROLES" => Found { names: "ROLE_NAME", rows: vec![vec![Value::Null]] },
            "KEY_CACHES" => Found {
                names: "KEY_CACHE_NAME FULL_SIZE BLOCK_SIZE UNUSED_BLOCKS",
                rows: vec![vec![
                    text("default"),
                    Value::Int(134_217_728),
                    Value::Int(1_024),
                    Value::Int(107_163),
                ]],
            },
            "SPATIAL_REF_SYS" => spatial(),
            _ => return Ok(None),
        }))
    }

    fn shown_rows(&mut self, what: &str) -> Result<Vec<Vec<Value>>, Failure> {
        let show = Show { what: what.to_owned(), name: None, like: None, filter: None };
        self.show(&show).map(|rows| rows.rows)
    }

    fn character_sets_and_collations(&self, name: &str) -> Found {
        match name {
            "CHARACTER_SETS" => {
                let rows = charset::charsets(self.product).into_iter();
                let rows = rows.map(|set| {
                    vec![text(set.name), text(set.collation), text(set.description), Value::Int(set.width)]
                });
                Found {
                    names: "CHARACTER_SET_NAME DEFAULT_COLLATE_NAME DESCRIPTION MAXLEN",
                    rows: rows.collect(),
                }
            }
            "COLLATIONS" => Found {
                names: "COLLATION_NAME CHARACTER_SET_NAME ID IS_DEFAULT IS_COMPILED SORTLEN",
                rows: charset::collations(self.product).iter().map(charset::Collation::row).collect(),
            },
            _ => Found {
                names: "COLLATION_NAME CHARACTER_SET_NAME FULL_COLLATION_NAME ID IS_DEFAULT",
                rows: charset::applicable(self.product),
            },
        }
    }

    fn process_rows(&mut self) -> Result<Found, Failure> {
        let mut rows = self.shown_rows("full processlist")?;
        let maria = self.is_maria();
        for row in &mut rows {
            row.truncate(8);
            if !maria {
                continue;
            }
            let info = row.get(7).cloned().unwrap_or(Value::Null);
            if let Some(state) = row.get_mut(6) {
                *state = text("Filling schema table");
            }
            // Times and sizes as those of a short statement are.
            let of_thread = i64::from(self.session.thread);
            row.extend([
                Value::Decimal(i128::from(180 + self.now.1 % 120), 3),
                Value::Decimal(0, 3),
                Value::Int(154_736),
                Value::Int(2_217_720),
                Value::Int(i64::try_from(self.server.questions).unwrap_or(0)),
                info,
                Value::Int(1_100 + of_thread % 7),
            ]);
        }
        Ok(Found {
            names: "ID USER HOST DB COMMAND TIME STATE INFO TIME_MS PROGRESS MEMORY_USED MAX_MEMORY_USED QUERY_ID INFO_BINARY TID",
            rows,
        })
    }
}

fn spatial() -> Found {
    const PLACES: [(i64, &str, i64, &str); 2] = [
        (
            -1,
            "Not defined",
            -1,
            "LOCAL_CS[\"Spatial reference wasn't specified\",LOCAL_DATUM[\"Unknown\",0],UNIT[\"m\",1.0],AXIS[\"x\",EAST],AXIS[\"y\",NORTH]]",
        ),
        (
            0,
            "EPSG",
            404_000,
            "LOCAL_CS[\"Wildcard 2D cartesian plane in metric unit\",LOCAL_DATUM[\"Unknown\",0],UNIT[\"m\",1.0],AXIS[\"x\",EAST],AXIS[\"y\",NORTH],AUTHORITY[\"EPSG\",\"404000\"]]",
        ),
    ];
    let row = |(id, by, number, words): (i64, &str, i64, &str)| {
        vec![Value::Int(id), text(by), Value::Int(number), text(words)]
    };
    Found { names: "SRID AUTH_NAME AUTH_SRID SRTEXT", rows: PLACES.into_iter().map(row).collect() }
}
