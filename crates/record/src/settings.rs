//! Settings that are changed while the API runs, and so are kept with what it keeps.

use crate::{
    Reader, RecordError, open,
    sql::{Connection, Mode},
};

/// A setting: a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Setting {
    /// How many deckies a fleet may have that is deployed through the API.
    DeploymentLimit,
}

impl Setting {
    /// The name under which it stands in `state`.
    const fn name(self) -> &'static str {
        match self {
            Self::DeploymentLimit => "deployment_limit",
        }
    }

    /// Keeps a value of it.
    pub(crate) fn keep(self, connection: &mut Connection, value: i64) -> Result<(), RecordError> {
        let kept = connection
            .transaction(Mode::Write, |connection| open::set_number(connection, self.name(), value));
        kept.map_err(|error| error.during("keep a setting"))
    }
}

impl Reader {
    /// The value of a setting, if one was ever kept.
    ///
    /// # Errors
    /// [`RecordError`], as for every question.
    pub fn setting(&self, setting: Setting) -> Result<Option<i64>, RecordError> {
        self.ask("read a setting", |connection| open::number(connection, setting.name()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Patience, write::tests::open};

    #[test]
    fn a_setting_is_what_was_said_last() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = open(folder.path());
        let reader = Reader::open(folder.path().join("record.db"), Patience::default()).unwrap();
        assert_eq!(reader.setting(Setting::DeploymentLimit).unwrap(), None);
        for value in [7, 500] {
            Setting::DeploymentLimit.keep(writer.connection(), value).unwrap();
            assert_eq!(reader.setting(Setting::DeploymentLimit).unwrap(), Some(value));
        }
    }
}
