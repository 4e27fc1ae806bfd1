//! A file of the client's.

use super::{Client, Next};
use crate::{
    End,
    mysql::{
        answer::Style,
        failure::Failure,
        product::{Family, LOCAL_FILES},
        wire::Broken,
    },
};

impl Client<'_, '_> {
    /// Asks the client for a file of its own, which it may send, and keeps it.
    pub(super) async fn ask_file(&mut self, path: &[u8], _table: &str, style: Style) -> Result<Next, End> {
        if self.capabilities & LOCAL_FILES == 0 {
            let failure = if self.service.product.family == Family::MariaDb {
                Failure::new(
                    4166,
                    "HY000",
                    "The used command is not allowed because the MariaDB server or client has disabled the local infile capability",
                )
            } else {
                Failure::new(1148, "42000", "The used command is not allowed with this MySQL version")
            };
            return self.fail(&failure).await;
        }
        self.wire.say(&[b"\xfb".as_slice(), path].concat()).await?;
        let mut artifact = None;
        let mut lines = 0;
        loop {
            let message = match self.wire.read(self.service.product.longest_packet()).await {
                Ok(message) => message,
                Err(Broken::End(end)) => return Err(end),
                Err(broken) => {
                    self.broken(broken).await?;
                    return Ok(Next::Close);
                }
            };
            if message.length == 0 {
                break;
            }
            lines += message.payload.iter().filter(|byte| **byte == b'\n').count();
            let writer = artifact.get_or_insert_with(|| self.wire.conn.artifact(path, "upload"));
            writer.write(&message.payload).await;
        }
        if let Some(artifact) = artifact {
            artifact.finish();
        }
        let info = format!("Records: {lines}  Deleted: 0  Skipped: 0  Warnings: 0");
        let packet = style.done(lines as u64, 0, 0, &info, None);
        self.wire.say(&packet).await?;
        Ok(Next::On)
    }
}
