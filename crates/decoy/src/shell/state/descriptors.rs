//! Open descriptors of a shell.

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    caps,
    machine::Errno,
    shell::pipe::{Reader, Writer},
};

/// What a descriptor leads to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Descriptor {
    pub(crate) reader: Option<Reader>,
    pub(crate) writer: Option<Writer>,
}

impl Descriptor {
    pub(crate) fn reading(reader: Reader) -> Self {
        Self { reader: Some(reader), writer: None }
    }

    pub(crate) fn writing(writer: Writer) -> Self {
        Self { reader: None, writer: Some(writer) }
    }
}

/// Descriptors by number. Cloning is cheap.
#[derive(Clone, Debug, Default)]
pub(crate) struct Descriptors(Arc<BTreeMap<i32, Descriptor>>);

impl Descriptors {
    /// The three that everything starts with.
    pub(crate) fn standard(input: Reader, output: Writer, errors: Writer) -> Self {
        let mut this = Self::default();
        this.put(0, Descriptor::reading(input));
        this.put(1, Descriptor::writing(output));
        this.put(2, Descriptor::writing(errors));
        this
    }

    pub(crate) fn get(&self, number: i32) -> Option<&Descriptor> {
        self.0.get(&number)
    }

    /// Opens a descriptor; whether there may be one more.
    pub(crate) fn put(&mut self, number: i32, descriptor: Descriptor) -> bool {
        let fits = self.0.contains_key(&number) || self.0.len() < caps::SHELL_DESCRIPTORS;
        if fits {
            Arc::make_mut(&mut self.0).insert(number, descriptor);
        }
        fits
    }

    pub(crate) fn close(&mut self, number: i32) {
        Arc::make_mut(&mut self.0).remove(&number);
    }

    /// The lowest free number from 10 on.
    pub(crate) fn free(&self) -> i32 {
        (10..).find(|number| !self.0.contains_key(number)).unwrap_or(i32::MAX)
    }

    pub(crate) fn reader(&self, number: i32) -> Reader {
        self.get(number).and_then(|descriptor| descriptor.reader.clone()).unwrap_or_else(Reader::empty)
    }

    pub(crate) fn writer(&self, number: i32) -> Writer {
        let writer = self.get(number).and_then(|descriptor| descriptor.writer.clone());
        writer.unwrap_or_else(|| Writer::refused(Errno::BadDescriptor))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptors_have_a_bound() {
        let mut descriptors = Descriptors::standard(Reader::empty(), Writer::nowhere(), Writer::nowhere());
        let open = (3..).take_while(|number| descriptors.put(*number, Descriptor::default())).count();
        assert_eq!(open + 3, caps::SHELL_DESCRIPTORS);
        descriptors.close(3);
        assert!(descriptors.put(5_000, Descriptor::default()));
    }
}
