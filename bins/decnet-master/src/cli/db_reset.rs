//! `db-reset`: empties what the master remembers.

use std::path::PathBuf;

use anyhow::bail;
use clap::ValueEnum;
use decnet_daemon::Exit;
use decnet_store::reset::{self, Table};
use serde::Serialize;

use super::Context;
use crate::{
    failure::Misuse,
    fleet::{SwarmFolder, lock_folder},
    output::{Format, table},
};

#[derive(clap::Args)]
pub(super) struct DbReset {
    /// What to do with the tables
    #[arg(long, value_name = "MODE", value_enum, default_value_t = Mode::Truncate)]
    mode: Mode,
    /// Do it; without this, only what would be done is told
    #[arg(long)]
    i_know_what_im_doing: bool,
    /// The store [default: sqlite:<state folder>/swarm/store.db]
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    #[command(flatten)]
    format: Format,
}

/// What is done with the tables, as it is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Mode {
    /// Their rows are deleted; the tables and the ledger of migrations stay
    Truncate,
    /// They are dropped, the ledger with them; the controller makes them anew
    DropTables,
}

/// What was done, or would be.
#[derive(Serialize)]
struct Report {
    store: PathBuf,
    mode: &'static str,
    done: bool,
    /// In the order in which they are emptied.
    tables: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    name: String,
    rows: u64,
}

impl DbReset {
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        let store = self.store(context)?;
        let folder = store.parent().unwrap_or(&store);
        let _alone = lock_folder(folder)?;
        if !store.is_file() {
            bail!("there is no store {}", store.display());
        }
        let mode = match self.mode {
            Mode::Truncate => reset::Mode::Truncate,
            Mode::DropTables => reset::Mode::DropTables,
        };
        let tables = match self.i_know_what_im_doing {
            true => reset::carry_out(&store, mode).await?,
            false => reset::tables(&store).await?,
        };
        let report = Report {
            store,
            mode: self.mode.word(),
            done: self.i_know_what_im_doing,
            tables: tables.into_iter().map(Row::of).collect(),
        };
        self.format.print(&report, Report::describe)?;
        Ok(Exit::Success)
    }

    fn store(&self, context: &Context) -> anyhow::Result<PathBuf> {
        let Some(url) = &self.url else {
            return Ok(SwarmFolder::of(&context.config()?.decnet.state_directory).store());
        };
        let path = url.strip_prefix("sqlite:").map(|path| path.strip_prefix("//").unwrap_or(path));
        match path.filter(|path| !path.is_empty()) {
            Some(path) => Ok(std::path::absolute(path)?),
            None => Err(Misuse("--url: it must be sqlite:<file>".to_owned()).into()),
        }
    }
}

impl Mode {
    const fn word(self) -> &'static str {
        match self {
            Self::Truncate => "truncate",
            Self::DropTables => "drop-tables",
        }
    }
}

impl Row {
    fn of(table: Table) -> Self {
        Self { name: table.name, rows: table.rows }
    }
}

impl Report {
    fn describe(&self) -> String {
        let rows = self.tables.iter().map(|row| [row.name.clone(), row.rows.to_string()]);
        let what = match self.mode {
            "truncate" => "emptied, all but the ledger of migrations",
            _ => "dropped",
        };
        let end = match self.done {
            true => format!("{} tables of {} were {what}.\n", self.tables.len(), self.store.display()),
            false => format!(
                "{} tables of {} would be {what}: --i-know-what-im-doing does it.\n",
                self.tables.len(),
                self.store.display()
            ),
        };
        let list = if self.tables.is_empty() { String::new() } else { table(["Table", "Rows"], rows) + "\n" };
        list + &end
    }
}
