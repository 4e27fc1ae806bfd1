//! What came of a frame that is not whole.

/// The beginning of a frame; while there is none it takes no memory.
#[derive(Debug, Default)]
pub(crate) struct Rest(Vec<u8>);

impl Rest {
    /// Bytes that are kept.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Lets `take` take whole frames off what is kept and `bytes` behind it, and keeps what it
    /// leaves.
    pub(crate) fn feed<E>(
        &mut self,
        bytes: &[u8],
        take: impl FnOnce(&mut &[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        if self.0.is_empty() {
            // The usual case: what came is not copied before it is understood.
            let mut rest = bytes;
            take(&mut rest)?;
            self.0 = rest.to_vec();
            return Ok(());
        }
        self.0.extend_from_slice(bytes);
        let mut rest = self.0.as_slice();
        take(&mut rest)?;
        let left = rest.len();
        if left == 0 {
            self.0 = Vec::new();
        } else {
            self.0.drain(..self.0.len() - left);
        }
        Ok(())
    }
}
