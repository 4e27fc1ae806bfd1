//! MariaDB as its clients and a scanner see it, the real one and ours.

use std::net::Ipv4Addr;

use anyhow::{Context, Result, ensure};

use super::{same_of_both, without_figures};
use crate::{attacker, clients::Login};

/// The series of Debian 12's releases.
const SERIES: &str = "10.11.";

/// Statements whose answer is that of the product, not of the data: one in a line, in order.
const STATEMENTS: &str = include_str!("mysql.txt");

/// The same log-in at a real server and at ours.
#[derive(Clone, Debug)]
pub struct Pair {
    /// At the real one.
    pub real: Login,
    /// At ours.
    pub ours: Login,
}

impl Pair {
    fn same(&self, what: &str, of: impl Fn(Ipv4Addr) -> Result<String>) -> Result<usize> {
        same_of_both(what, [self.real.host, self.ours.host], |host| Ok(without_release(&of(host)?)))
    }

    /// The database of our account.
    ///
    /// # Errors
    /// When it has none.
    pub fn own_database(&self) -> Result<String> {
        let databases =
            self.client("mariadb", self.ours.host, &self.ours.password, &["-NBe", "show databases"])?;
        let own = databases.lines().find(|name| *name != "information_schema");
        own.map(str::to_owned).context("an account without a database")
    }

    /// What our account is allowed, as statements that allow it.
    ///
    /// # Errors
    /// When ours does not say.
    pub fn grants(&self) -> Result<Vec<String>> {
        let said = self.client("mariadb", self.ours.host, &self.ours.password, &["-NBe", "show grants"])?;
        Ok(said.lines().map(str::to_owned).collect())
    }

    fn client(&self, program: &str, host: Ipv4Addr, password: &str, words: &[&str]) -> Result<String> {
        let (host, user) = (format!("-h{host}"), format!("-u{}", self.ours.user));
        let password = format!("-p{password}");
        let start = ["--no-defaults", "--connect-timeout=10", &host, &user, &password];
        attacker::say(program, start.iter().chain(words))
    }

    /// `mysql` is answered alike, statement by statement.
    ///
    /// # Errors
    /// When it is not.
    pub fn statements_are_answered_alike(&self) -> Result<String> {
        let (mut lines, mut differ) = (0, Vec::new());
        let own = self.own_database()?;
        for statement in STATEMENTS.lines() {
            let same = self.same(statement, |host| {
                let said = self.client("mariadb", host, &self.ours.password, &[&own, "-e", statement])?;
                // In what order engines are told is another one in each release.
                Ok(if statement == "show engines" { sorted(&said) } else { said })
            });
            match same {
                Ok(more) => lines += more,
                Err(error) => differ.push(format!("{error:#}")),
            }
        }
        ensure!(differ.is_empty(), "{}", differ.join("; "));
        Ok(format!("{} statements, {lines} lines", STATEMENTS.lines().count()))
    }

    /// Those who may not come in are refused alike.
    ///
    /// # Errors
    /// When they are not.
    pub fn refusals_are_alike(&self) -> Result<String> {
        let mut lines = 0;
        for password in ["wrong", ""] {
            lines += self.same("a wrong password", |host| {
                self.client("mariadb", host, password, &["-e", "select 1"])
            })?;
        }
        ensure!(lines > 0, "neither refuses anybody");
        Ok(format!("{lines} lines"))
    }

    /// `mysqladmin` tells the same, apart from figures.
    ///
    /// # Errors
    /// When it does not.
    pub fn an_administrator_is_told_alike(&self) -> Result<String> {
        let mut lines = 0;
        for words in [&["version"][..], &["status"], &["ping"], &["shutdown"], &["processlist"]] {
            lines += self.same(&format!("mysqladmin {}", words.join(" ")), |host| {
                let said = self.client("mariadb-admin", host, &self.ours.password, words)?;
                // How long it has been up is told in as many units as it takes.
                let lines = said.lines().filter(|line| !line.starts_with("Uptime:\t"));
                Ok(without_figures(&lines.collect::<Vec<_>>().join("\n")))
            })?;
        }
        Ok(format!("{lines} lines"))
    }

    /// nmap's scripts find the same.
    ///
    /// # Errors
    /// When they do not.
    pub fn a_scanner_finds_the_same(&self) -> Result<String> {
        let lines = self.same("nmap", |host| {
            let scripts = "mysql-info,mysql-empty-password,mysql-users,mysql-variables";
            let host = host.to_string();
            let said = attacker::say("nmap", ["-sV", "-n", "-Pn", "-p3306", "--script", scripts, &host])?;
            let part = said.lines().filter(|line| line.starts_with("3306/") || line.starts_with('|'));
            let drawn = |line: &&str| ["Thread ID:", "Salt:"].iter().any(|word| line.contains(word));
            Ok(part.filter(|line| !drawn(line)).map(in_order).collect::<Vec<_>>().join("\n"))
        })?;
        ensure!(lines > 5, "nmap says {lines} lines");
        Ok(format!("{lines} lines"))
    }
}

/// The lines of a text in alphabetical order.
fn sorted(text: &str) -> String {
    let mut lines: Vec<_> = text.lines().collect();
    lines.sort_unstable();
    lines.join("\n")
}

/// A line whose list, which nmap gives in any order, is sorted.
fn in_order(line: &str) -> String {
    let Some((name, list)) = line.split_once(": ") else { return line.to_owned() };
    let mut items: Vec<_> = list.split(", ").collect();
    items.sort_unstable();
    format!("{name}: {}", items.join(", "))
}

/// A text without the last number of MariaDB's version: ours plays a release of its series, which
/// Debian follows. Later ones name clauses otherwise.
fn without_release(text: &str) -> String {
    let text = text.replace("in 'SET'", "in 'field list'").replace("in 'WHERE'", "in 'where clause'");
    let mut parts = text.split(SERIES);
    let mut bare = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        bare.push_str(SERIES);
        bare.push_str(part.trim_start_matches(|c: char| c.is_ascii_digit()));
    }
    bare
}
