//! What is told of a statement: the statement itself, and what makes it an attack.

use decnet_event::Kind;

use super::{ast::Statement, engine::Engine};

/// Bytes of a statement that an event carries.
const DETAIL: usize = 4_096;

impl Engine<'_> {
    /// Tells of what makes `statement` an attack.
    pub(super) fn watch(&mut self, statement: &Statement) {
        let technique = match statement {
            Statement::CreateFunction(..) => "mysql_udf",
            Statement::Install(_) => "mysql_plugin",
            Statement::DropDatabase(..) => "mysql_drop_database",
            Statement::DropTables(..) => "mysql_drop_table",
            Statement::Truncate(_) => "mysql_truncate",
            Statement::Delete { filter: None, .. } => "mysql_delete_all",
            Statement::LoadData(true, ..) => "mysql_load_local_file",
            Statement::LoadData(false, ..) => "mysql_load_file",
            Statement::Accounts(_) => "mysql_change_accounts",
            Statement::Set(settings) if settings.iter().any(reaches_out) => "mysql_log_to_file",
            _ => return,
        };
        let text = self.text.get(..DETAIL).unwrap_or(self.text).to_vec();
        self.events.push(Kind::ExploitAttempt { technique, detail: text });
    }

    /// Tells that a file was to be read or written.
    pub(super) fn tell_file(&mut self, what: &str, path: &[u8]) {
        let technique = if what.starts_with("write") { "mysql_write_file" } else { "mysql_read_file" };
        self.events
            .push(Kind::ExploitAttempt { technique, detail: path.get(..DETAIL).unwrap_or(path).to_vec() });
    }
}

/// Whether a setting makes the server write where it is told.
fn reaches_out(setting: &super::ast::Setting) -> bool {
    const NAMES: [&str; 6] = [
        "general_log",
        "general_log_file",
        "slow_query_log",
        "slow_query_log_file",
        "log_output",
        "secure_file_priv",
    ];
    matches!(setting, super::ast::Setting::System(_, name, _) if NAMES.contains(&name.as_str()))
}
