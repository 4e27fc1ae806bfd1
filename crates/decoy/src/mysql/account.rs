//! Who may log in: the bait credentials of the machine, and nobody else.

use decnet_proto::persona::{BaitCredential, Persona};

use super::{
    product::{Family, Plugin, Product},
    proof,
};
use crate::identity;

/// An account with a password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its name; its host is `%`.
    pub user: String,
    /// Its password.
    pub password: String,
    /// Whether it may do everything, or only work with its own database.
    pub everything: bool,
}

/// The accounts of a machine: its bait for databases and administration, else its first.
pub fn accounts(persona: &Persona) -> Vec<Account> {
    let purposes = [("database", false), ("administration", true)];
    let of = |(purpose, everything): (&'static str, bool)| {
        persona
            .bait
            .iter()
            .filter(move |bait| bait.purpose == purpose)
            .map(move |bait| account(bait, everything))
    };
    let meant: Vec<_> = purposes.into_iter().flat_map(of).collect();
    if meant.is_empty() {
        persona.bait.iter().take(1).map(|bait| account(bait, false)).collect()
    } else {
        meant
    }
}

fn account(bait: &BaitCredential, everything: bool) -> Account {
    Account { user: bait.username.clone(), password: bait.password.clone(), everything }
}

/// How a user name is met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Met {
    /// It is the account of this number.
    Known(usize),
    /// There is no such account: the exchange is played to its end.
    Unknown {
        /// The plugin that is played.
        plugin: Plugin,
        /// Whether the refusal says if a password was given.
        says_password: bool,
    },
}

/// How `user` is met by a server with these accounts.
pub fn meet(product: &Product, persona: &Persona, accounts: &[Account], user: &[u8]) -> Met {
    if let Some(at) = accounts.iter().position(|account| account.user.as_bytes() == user) {
        return Met::Known(at);
    }
    match product.family {
        Family::MySql5 => Met::Unknown { plugin: Plugin::Native, says_password: true },
        // MySQL 8 draws a plugin for each unknown name and keeps to it.
        Family::MySql8 => {
            let name = format!("mysql plugin for {}", proof::hex(user.get(..64).unwrap_or(user)));
            let plugins = [Plugin::CachingSha2, Plugin::Native, Plugin::Sha256];
            let at = usize::try_from(identity::number(&persona.key, &name, 3)).unwrap_or_default();
            let plugin = plugins.get(at).copied().unwrap_or(Plugin::CachingSha2);
            Met::Unknown { plugin, says_password: true }
        }
        // MariaDB plays one of the accounts that there are, by a hash of the name. Besides those
        // with a password, an installation has `mariadb.sys`, then `mysql` and `root`, who come
        // by the socket.
        Family::MariaDb => {
            let all = accounts.len() as u64 + 3;
            let says_password = name_hash(user) % all <= accounts.len() as u64;
            Met::Unknown { plugin: Plugin::Native, says_password }
        }
    }
}

/// The hash by which MariaDB's collation `latin1_swedish_ci` sorts a name.
fn name_hash(user: &[u8]) -> u64 {
    let (mut hash, mut step) = (1_u64, 4_u64);
    for byte in user.trim_ascii_end().to_ascii_uppercase() {
        let mixed = (hash & 63).wrapping_add(step).wrapping_mul(byte.into());
        hash ^= mixed.wrapping_add(hash << 8);
        step = step.wrapping_add(3);
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;
    use decnet_proto::persona::ProductName;

    fn persona() -> Persona {
        let mut persona = testing::persona(1);
        persona.bait.push(BaitCredential {
            purpose: "database".into(),
            username: "app_rw".into(),
            password: "Sekret1".into(),
        });
        persona
    }

    #[test]
    fn only_accounts_for_databases_count() {
        let accounts = accounts(&persona());
        assert_eq!(accounts.len(), 1);
        assert!(accounts.iter().all(|account| account.user == "app_rw" && !account.everything));
        let without = super::accounts(&testing::persona(1));
        assert!(without.iter().all(|account| account.user == "backup") && without.len() == 1);
    }

    /// The real server had `app_rw`, `mariadb.sys`, `mysql` and `root`.
    #[test]
    fn unknown_names_are_played_as_mariadb_plays_them() {
        let persona = persona();
        let accounts = accounts(&persona);
        let product = Product::new(ProductName::Mariadb, "10.11.6-MariaDB", "Debian").unwrap();
        let says = |user: &str| match meet(&product, &persona, &accounts, user.as_bytes()) {
            Met::Unknown { says_password, .. } => says_password,
            Met::Known(_) => unreachable!("{user} is known"),
        };
        assert!(says("nobody") && says("test") && says("mysqld"));
        assert!(!says("admin"));
    }

    #[test]
    fn unknown_names_keep_their_plugin_in_mysql_8() {
        let persona = persona();
        let product = Product::new(ProductName::Mysql, "8.0.40", "Ubuntu").unwrap();
        let plugin = |user: &str| meet(&product, &persona, &[], user.as_bytes());
        let all: Vec<_> = (0..40).map(|number| plugin(&format!("user{number}"))).collect();
        assert_eq!(all, (0..40).map(|number| plugin(&format!("user{number}"))).collect::<Vec<_>>());
        assert!(all.iter().any(|met| *met != all[0]));
    }
}
