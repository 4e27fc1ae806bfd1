//! `join` on the command line.

use std::{
    io::{self, Read as _},
    path::PathBuf,
};

use crate::{join::Join, part::Part};

/// Longest line that is read for a token.
const TOKEN_LINE: u64 = 1024;

/// How to join.
#[derive(Clone, Debug, clap::Args)]
pub struct JoinArgs {
    /// The controller, as https://master.example:8771
    pub url: String,
    /// The token; without it, its first line on stdin
    #[arg(long, value_name = "TOKEN")]
    pub token: Option<String>,
    /// Replace the place that this host has in a swarm
    #[arg(long)]
    pub again: bool,
}

impl JoinArgs {
    /// What a part's command line says; a token that it does not name is the first line on stdin.
    ///
    /// # Errors
    /// stdin cannot be read.
    pub fn of(self, part: Part, dir: PathBuf) -> io::Result<Join> {
        let token = match self.token {
            Some(token) => token,
            None => {
                let mut line = String::new();
                io::BufRead::read_line(&mut io::stdin().lock().take(TOKEN_LINE), &mut line)?;
                line.trim().to_owned()
            }
        };
        Ok(Join { part, url: self.url, token, dir, again: self.again })
    }
}
