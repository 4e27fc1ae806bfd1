//! The first administrator: the password is told once, to whoever may read it.

use std::io::{IsTerminal as _, Write as _};

use anyhow::Context as _;
use decnet_record::Record;

use super::{accounts::now, settings::Settings};
use crate::fleet::write_private;

/// Makes the first administrator where there is no user, and tells the password: on the terminal, or where
/// there is none in a file for the owner of the record alone. It is in no log.
pub(super) async fn first_admin(record: &Record, settings: &Settings) -> anyhow::Result<()> {
    let asked = record.clone();
    let made = tokio::task::spawn_blocking(move || asked.accounts(|accounts| accounts.first_admin(now())));
    let Some(admin) = made.await?.context("cannot make the first administrator")? else { return Ok(()) };
    let (name, password) = (&admin.username, admin.password.as_password().expose());
    let mut terminal = std::io::stdout();
    if terminal.is_terminal() {
        writeln!(terminal, "The first user is {name}, with the password {password}")?;
        writeln!(terminal, "It is shown this once, and has to be changed.")?;
        return Ok(());
    }
    let file = settings.first_password();
    let text = format!("{name} {password}\n");
    write_private(&file, text.as_bytes()).with_context(|| format!("cannot write {}", file.display()))?;
    tracing::info!(
        "the first user is {name}; the password is in {}, and has to be changed: then the file goes",
        file.display()
    );
    Ok(())
}
