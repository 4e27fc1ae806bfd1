//! Small clients on libraries, from `tests/lab/clients`: each is called with host, user and
//! password, runs `id -un`, brings a file and reads it back, and says `ok` at its end.

use std::path::PathBuf;

use anyhow::{Result, ensure};

use super::{Login, Outcome};
use crate::{
    attacker,
    process::{command, output},
    workspace,
};

/// A library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Library {
    /// Paramiko, for Python.
    Paramiko,
    /// libssh, for C.
    Libssh,
    /// golang.org/x/crypto/ssh.
    XCrypto,
}

impl Library {
    /// Every one of them.
    pub const ALL: [Self; 3] = [Self::Paramiko, Self::Libssh, Self::XCrypto];

    /// Debian's packages that it needs.
    pub const fn packages(self) -> &'static [&'static str] {
        match self {
            Self::Paramiko => &["python3-paramiko"],
            Self::Libssh => &["libssh-dev"],
            Self::XCrypto => &["golang-go", "golang-golang-x-crypto-dev"],
        }
    }

    /// The whole conversation.
    ///
    /// # Errors
    /// When it cannot be built or does not complete.
    pub fn converse(self, login: &Login) -> Result<()> {
        let host = login.host.to_string();
        let program = self.program()?;
        let words = program.iter().map(String::as_str).chain([host.as_str(), &login.user, &login.password]);
        let mut words = words;
        let name = words.next().unwrap_or_default();
        let said = Outcome::of(&mut attacker::command(name, words))?.said()?;
        ensure!(said.lines().any(|line| line == login.user), "it is not told who it is: {said}");
        ensure!(said.trim_end().ends_with("ok"), "it does not come to its end: {said}");
        Ok(())
    }

    /// The words that start it, built if need be.
    fn program(self) -> Result<Vec<String>> {
        let source =
            |name: &str| workspace::root().join("tests/lab/clients").join(name).display().to_string();
        let built = |name: &str| -> PathBuf { workspace::lab().join(name) };
        match self {
            // Debian's interpreter, whose modules its packages bring.
            Self::Paramiko => Ok(vec!["/usr/bin/python3".to_owned(), source("paramiko_client.py")]),
            Self::Libssh => {
                let program = built("libssh-client").display().to_string();
                output(&mut command("gcc", ["-Wall", "-o", &program, &source("libssh_client.c"), "-lssh"]))?;
                Ok(vec![program])
            }
            Self::XCrypto => {
                let program = built("xcrypto-client").display().to_string();
                let mut go = command("go", ["build", "-o", &program, &source("xcrypto_client.go")]);
                // Debian puts the sources of libraries into a GOPATH, without modules.
                go.env("GO111MODULE", "off").env("GOPATH", "/usr/share/gocode").env("GOFLAGS", "");
                go.env("GOCACHE", built("go-cache"));
                output(&mut go)?;
                Ok(vec![program])
            }
        }
    }
}
