//! A file on the server.

use std::sync::OnceLock;

/// A file.
#[derive(Debug)]
pub(crate) struct Resource {
    /// Its content.
    pub body: Box<[u8]>,
    /// Its media type, where the product knows one.
    pub media: Option<&'static str>,
    /// Its language, where its name tells one.
    pub language: Option<&'static str>,
    /// When it was last changed, in microseconds since the Unix epoch.
    pub modified: i64,
    packed: OnceLock<Box<[u8]>>,
}

impl Resource {
    /// A file with this content.
    pub(crate) fn new(body: Vec<u8>, media: Option<&'static str>, modified: i64) -> Self {
        Self { body: body.into(), media, language: None, modified, packed: OnceLock::new() }
    }

    /// The file compressed; `pack` does it the first time.
    pub(crate) fn gzip(&self, pack: impl FnOnce(&[u8]) -> Vec<u8>) -> &[u8] {
        self.packed.get_or_init(|| pack(&self.body).into())
    }
}
