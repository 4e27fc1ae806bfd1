//! What is ignored, in its rows.

use decnet_event::Timestamp;
use decnet_proto::{
    alert::{IGNORES_MAX, Ignore, IgnoreId, IgnoreRequest},
    mac::Mac,
};
use ipnet::IpNet;

use super::{AlertError, Alerts, Ignores, check, ignore::Window, raise::maybe, rows};
use crate::{
    RecordError,
    sql::{Insert, Row, Value},
};

/// What covers something.
const CURRENT: &str = "SELECT id, subnet, mac, begins, ends, reason, author, created, removed FROM ignores \
                       WHERE removed IS NULL ORDER BY id";

/// A row, with its times as times.
struct Kept {
    id: IgnoreId,
    subnet: Option<IpNet>,
    mac: Option<Mac>,
    window: Window,
}

impl Alerts<'_> {
    /// The list, made to be asked often: to be read again when it has changed.
    ///
    /// # Errors
    /// [`RecordError`].
    pub fn ignores(&mut self) -> Result<Ignores, RecordError> {
        let mut ignores = Ignores::default();
        for Kept { id, subnet, mac, window } in self.0.all(CURRENT, &[], kept)? {
            ignores.add(id, subnet, mac, window);
        }
        Ok(ignores)
    }

    /// Addresses that are or ever were on the list, whatever the window and the MAC of their entries.
    pub(super) fn ignored(&mut self) -> Result<Ignores, RecordError> {
        let statement = "SELECT id, subnet, mac, begins, ends, reason, author, created, removed FROM ignores \
                         WHERE subnet IS NOT NULL";
        let mut ignored = Ignores::default();
        for Kept { id, subnet, .. } in self.0.all(statement, &[], kept)? {
            ignored.add(id, subnet, None, Window::ALWAYS);
        }
        Ok(ignored)
    }

    /// The list, in the order in which it was made.
    ///
    /// # Errors
    /// [`RecordError`].
    pub fn ignore_list(&mut self) -> Result<Vec<Ignore>, RecordError> {
        self.0.all(CURRENT, &[], ignore)
    }

    /// An entry, be it removed: an event may name it.
    ///
    /// # Errors
    /// [`AlertError::Absent`]; [`AlertError::Record`].
    pub fn ignore_fetch(&mut self, id: IgnoreId) -> Result<Ignore, AlertError> {
        let statement = "SELECT id, subnet, mac, begins, ends, reason, author, created, removed FROM ignores WHERE id = ?";
        let found = self.0.first(statement, &[Value::Int(id.0)], ignore)?;
        found.ok_or(AlertError::Absent { what: "entry" })
    }

    /// Adds an entry, in the name of `author`. What was raised before stays.
    ///
    /// # Errors
    /// [`AlertError`].
    pub fn ignore_add(
        &mut self,
        request: &IgnoreRequest,
        author: &str,
        now: Timestamp,
    ) -> Result<IgnoreId, AlertError> {
        const IGNORES: Insert = Insert {
            table: "ignores",
            columns: &["id", "subnet", "mac", "begins", "ends", "reason", "author", "created"],
        };
        let window = check::ignore(request)?;
        let count = self.0.first("SELECT COUNT(*) FROM ignores WHERE removed IS NULL", &[], |row| {
            rows::count::<usize>(row.int(0)?)
        })?;
        if count.unwrap_or(0) >= IGNORES_MAX {
            return Err(AlertError::TooMany { what: "entries", most: IGNORES_MAX });
        }
        let id = rows::next_id(self.0, "SELECT MAX(id) FROM ignores")?;
        let (subnet, mac) =
            (request.subnet.map(|net| net.to_string()), request.mac.map(|mac| mac.to_string()));
        let time = |time: Option<Timestamp>| time.map_or(Value::Null, |time| Value::Int(time.0));
        self.0.insert(
            IGNORES,
            &[
                Value::Int(id),
                maybe(subnet.as_deref()),
                maybe(mac.as_deref()),
                time(window.begins),
                time(window.ends),
                Value::Text(&request.reason),
                Value::Text(author),
                Value::Int(now.0),
            ],
        )?;
        self.note_change()?;
        Ok(IgnoreId(id))
    }

    /// Removes an entry: from now on it covers nothing.
    ///
    /// # Errors
    /// [`AlertError::Absent`]; [`AlertError::Record`].
    pub fn ignore_remove(&mut self, id: IgnoreId, now: Timestamp) -> Result<(), AlertError> {
        let statement = "UPDATE ignores SET removed = ? WHERE id = ? AND removed IS NULL";
        match self.0.run(statement, &[Value::Int(now.0), Value::Int(id.0)])? {
            0 => Err(AlertError::Absent { what: "entry" }),
            _ => Ok(self.note_change()?),
        }
    }
}

fn ignore(row: &Row<'_>) -> Result<Ignore, RecordError> {
    let Kept { id, subnet, mac, window } = kept(row)?;
    let text = |time: Option<Timestamp>| time.map(|time| time.to_string());
    let (begins, ends) = (text(window.begins), text(window.ends));
    let what = IgnoreRequest { subnet, mac, begins, ends, reason: row.text(5)?.to_owned() };
    let (author, created) = (row.text(6)?.to_owned(), Timestamp(row.int(7)?).to_string());
    Ok(Ignore { id, what, author, created, removed: text(row.int_or_none(8)?.map(Timestamp)) })
}

fn kept(row: &Row<'_>) -> Result<Kept, RecordError> {
    let wrong = |what| RecordError::Row { what };
    let subnet = row.text_or_none(1)?.map(|text| text.parse().map_err(|_| wrong("a subnet"))).transpose()?;
    let mac = row.text_or_none(2)?.map(|text| text.parse().map_err(|_| wrong("a MAC"))).transpose()?;
    let window =
        Window { begins: row.int_or_none(3)?.map(Timestamp), ends: row.int_or_none(4)?.map(Timestamp) };
    Ok(Kept { id: IgnoreId(row.int(0)?), subnet, mac, window })
}
