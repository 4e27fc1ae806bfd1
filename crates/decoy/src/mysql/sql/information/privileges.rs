//! Who may do what.

use super::{Found, text};
use crate::mysql::sql::engine::Engine;

/// What somebody may who may do everything, in the order of the servers.
const ALL: &str = "SELECT,INSERT,UPDATE,DELETE,CREATE,DROP,RELOAD,SHUTDOWN,PROCESS,FILE,REFERENCES,INDEX,ALTER,SHOW DATABASES,SUPER,CREATE TEMPORARY TABLES,LOCK TABLES,EXECUTE,REPLICATION SLAVE";
/// What follows in MariaDB.
const ALL_OF_MARIADB: &str = "BINLOG MONITOR,CREATE VIEW,SHOW VIEW,CREATE ROUTINE,ALTER ROUTINE,CREATE USER,EVENT,TRIGGER,CREATE TABLESPACE,DELETE HISTORY,SET USER,FEDERATED ADMIN,CONNECTION ADMIN,READ_ONLY ADMIN,REPLICATION SLAVE ADMIN,REPLICATION MASTER ADMIN,BINLOG ADMIN,BINLOG REPLAY,SLAVE MONITOR";
/// What follows in MySQL.
const ALL_OF_MYSQL: &str = "REPLICATION CLIENT,CREATE VIEW,SHOW VIEW,CREATE ROUTINE,ALTER ROUTINE,CREATE USER,EVENT,TRIGGER,CREATE TABLESPACE";
/// What may be granted on a database.
const DATABASE: &str = "SELECT,INSERT,UPDATE,DELETE,CREATE,DROP,REFERENCES,INDEX,ALTER,CREATE TEMPORARY TABLES,LOCK TABLES,EXECUTE,CREATE VIEW,SHOW VIEW,CREATE ROUTINE,ALTER ROUTINE,EVENT,TRIGGER";

impl Engine<'_> {
    pub(super) fn found_of_privileges(&self, name: &str) -> Option<Found> {
        match name {
            "USER_PRIVILEGES" => Some(self.user_privileges()),
            "SCHEMA_PRIVILEGES" => Some(self.database_privileges()),
            _ => None,
        }
    }

    fn user_privileges(&self) -> Found {
        let rest = if self.is_maria() { ALL_OF_MARIADB } else { ALL_OF_MYSQL };
        let mut rows = Vec::new();
        for account in self.accounts.iter().filter(|account| self.knows(&account.user)) {
            let grantee = format!("'{}'@'%'", account.user);
            let mut add = |privilege: &str, grantable: &str| {
                rows.push(vec![text(grantee.clone()), text("def"), text(privilege), text(grantable)]);
            };
            if account.everything {
                ALL.split(',').chain(rest.split(',')).for_each(|privilege| add(privilege, "YES"));
            } else {
                add("FILE", "NO");
            }
        }
        Found { names: "GRANTEE TABLE_CATALOG PRIVILEGE_TYPE IS_GRANTABLE", rows }
    }

    fn database_privileges(&self) -> Found {
        let own = self.own_database();
        let history = self.is_maria().then_some("DELETE HISTORY");
        let mut rows = Vec::new();
        let those = self.accounts.iter().filter(|account| !account.everything);
        for account in those.filter(|account| self.knows(&account.user)) {
            for privilege in DATABASE.split(',').chain(history) {
                let grantee = format!("'{}'@'%'", account.user);
                rows.push(vec![text(grantee), text("def"), text(own.clone()), text(privilege), text("NO")]);
            }
        }
        Found { names: "GRANTEE TABLE_CATALOG TABLE_SCHEMA PRIVILEGE_TYPE IS_GRANTABLE", rows }
    }

    /// Whether what an account may is told to who asks.
    fn knows(&self, user: &str) -> bool {
        self.session.everything || user == self.session.user
    }
}
