//! Asking before something that cannot be taken back.

use std::io::{self, BufRead as _, IsTerminal as _, Read as _, Write as _};

use crate::failure::{Misuse, note};

/// Whether to ask.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub(crate) struct Confirmation {
    /// Do not ask
    #[arg(short, long)]
    pub(crate) yes: bool,
}

/// Longest answer that is read, in bytes.
const ANSWER_MAX: u64 = 64;

impl Confirmation {
    /// Whether to go on: with `--yes`, or when somebody at the terminal agrees to `what`. Who does not
    /// agree is told that nothing was done.
    ///
    /// # Errors
    /// Nobody can be asked.
    pub(crate) fn given(self, what: &str) -> anyhow::Result<bool> {
        if self.yes {
            return Ok(true);
        }
        if !io::stdin().is_terminal() {
            return Err(Misuse(format!("{what}: there is no terminal to ask at, so it takes --yes")).into());
        }
        let mut stderr = io::stderr().lock();
        write!(stderr, "{what}? [y/N] ")?;
        stderr.flush()?;
        let mut answer = String::new();
        io::stdin().lock().take(ANSWER_MAX).read_line(&mut answer)?;
        let agrees = matches!(answer.trim(), "y" | "Y" | "yes" | "Yes");
        if !agrees {
            drop(stderr);
            note("nothing was done");
        }
        Ok(agrees)
    }
}
