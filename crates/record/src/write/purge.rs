//! Empties the record, for whoever tries things out.
//!
//! How far the log is kept and which numbers came stays, and so do the words that those speak of: what
//! was purged does not come again. Ids of events and conversations are not used again.

use super::note_last;
use crate::{RecordError, sql::Connection, text::forget};

/// How many rows were removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Purged {
    /// Events.
    pub events: u64,
    /// Conversations.
    pub sessions: u64,
    /// Attackers.
    pub attackers: u64,
    /// What was learnt of them.
    pub bounties: u64,
    /// Secrets that they showed.
    pub credentials: u64,
    /// Entries of captured files; the files stay.
    pub artifacts: u64,
}

/// Removes all of it, in the transaction that is under way.
pub(super) fn purge(connection: &mut Connection) -> Result<Purged, RecordError> {
    note_last(connection)?;
    forget(connection, i64::MAX)?;
    for statement in [
        "DELETE FROM blocks",
        "DELETE FROM tallies",
        "DELETE FROM quarters",
        "DELETE FROM commands",
        "DELETE FROM contacts",
        "DELETE FROM sightings",
    ] {
        connection.run(statement, &[])?;
    }
    Ok(Purged {
        events: connection.run("DELETE FROM events", &[])?,
        sessions: connection.run("DELETE FROM sessions", &[])?,
        attackers: connection.run("DELETE FROM attackers", &[])?,
        bounties: connection.run("DELETE FROM bounties", &[])?,
        credentials: connection.run("DELETE FROM credentials", &[])?,
        artifacts: connection.run("DELETE FROM artifacts", &[])?,
    })
}

#[cfg(test)]
mod tests {
    use decnet_event::Kind;

    use super::*;
    use crate::write::tests::{Line, attempt, batch, command, number, open, rows};

    /// Everything that is told of attackers, with a number behind it that says from where on.
    fn lines(from: u64) -> Vec<Line> {
        let kinds = [Kind::Connect {}, attempt("root", "x", "rejected"), command("ls"), command("id")];
        (from..).zip(kinds).map(|(seq, kind)| Line::new(seq, kind)).collect()
    }

    #[test]
    fn what_was_purged_is_gone_and_what_comes_is_kept_as_ever() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = open(folder.path());
        writer.apply(&batch(&lines(1)), &[]).unwrap();
        let all = "SELECT COUNT(*) + (SELECT COUNT(*) FROM sessions) + (SELECT COUNT(*) FROM attackers)
            + (SELECT COUNT(*) FROM bounties) + (SELECT COUNT(*) FROM credentials)
            + (SELECT COUNT(*) FROM sightings) + (SELECT COUNT(*) FROM contacts) + (SELECT COUNT(*) FROM commands)
            + (SELECT COUNT(*) FROM tallies) + (SELECT COUNT(*) FROM quarters) + (SELECT COUNT(*) FROM blocks)
            FROM events";
        assert!(number(writer.connection(), all) > 9);
        let purged = writer.purge().unwrap();
        let expect =
            Purged { events: 4, sessions: 1, attackers: 1, bounties: 1, credentials: 1, artifacts: 0 };
        assert_eq!(purged, expect);
        assert_eq!(number(writer.connection(), all), 0);
        assert_eq!(writer.purge().unwrap(), Purged::default());
        // It came before; what has not, comes, and of an attacker who was known once as well.
        let again = [lines(1), lines(5)].concat();
        let applied = writer.apply(&batch(&again), &[]).unwrap();
        assert_eq!((applied.events, applied.duplicates, applied.newest), (4, 4, 8));
        let connection = writer.connection();
        assert_eq!(rows(connection, "SELECT id, first_event, events FROM sessions"), ["2|5|4"]);
        let counts = "SELECT events, bounties, credentials, commands, deckies FROM attackers";
        assert_eq!(rows(connection, counts), ["4|1|1|2|1"]);
        assert_eq!(rows(connection, "SELECT uses FROM credentials"), ["1"]);
        assert_eq!(number(connection, "SELECT SUM(events) FROM tallies WHERE word = 0"), 4);
    }
}
