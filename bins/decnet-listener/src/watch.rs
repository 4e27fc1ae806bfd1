//! Where reports come from.

use std::{fs, path::PathBuf, sync::Arc};

use decnet_membership::Membership;

use crate::{alarm::Alarm, deriver::Derived, door::Hall, relay::Relayed};

/// Everything that is told of.
#[derive(Debug)]
pub(crate) struct Watch {
    pub(crate) membership: Arc<Membership>,
    pub(crate) hall: Arc<Hall>,
    /// Whether what comes can be made durable.
    pub(crate) keeping: Arc<Alarm>,
    pub(crate) derived: Arc<Derived>,
    /// How handing on goes, if that is what is done.
    pub(crate) relayed: Option<Relayed>,
    pub(crate) spool: PathBuf,
}

impl Watch {
    /// Bytes of the spool on disk; what cannot be read is left out.
    pub(crate) fn spool_bytes(&self) -> u64 {
        let entries = fs::read_dir(&self.spool).into_iter().flatten().flatten();
        let metadata = entries.filter_map(|entry| entry.metadata().ok());
        metadata.filter(fs::Metadata::is_file).map(|metadata| metadata.len()).sum()
    }
}
