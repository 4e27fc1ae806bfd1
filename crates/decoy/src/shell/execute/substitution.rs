//! Command substitution, and lists that run beside a command.

use std::sync::{Arc, Mutex, PoisonError};

use super::super::{
    interpreter::{Flow, Shell, Stop},
    language::ast::{Action, Command, Descriptor as Target, List},
    pipe::{Reader, Writer},
    state::Descriptor,
};
use crate::{caps, machine::Open};

impl Shell {
    /// Runs a list in a subshell; what it says on standard output, and its status.
    pub(crate) async fn capture(&mut self, list: &Arc<List>) -> Result<(Vec<u8>, u8), Stop> {
        if let Some(path) = self.only_reads(list).await? {
            return Ok(self.slurp(&path).await);
        }
        let (mut child, forked) = self.fork().await?;
        let output = Arc::new(Mutex::new(Vec::new()));
        let writer = Writer::bytes(Arc::clone(&output), caps::SHELL_EXPANSION);
        child.descriptors.put(1, Descriptor::writing(writer));
        if self.dialect.is_bash() {
            child.options.errexit = self.options.errexit && self.options.shopt("inherit_errexit");
        }
        let list = Arc::clone(list);
        let run = async move {
            let flow = child.run_list(&list).await;
            let status = child.finish(flow).await;
            drop(forked);
            status
        };
        let statuses = self.wait_for(vec![Box::pin(run)], b"").await?;
        let output = std::mem::take(&mut *output.lock().unwrap_or_else(PoisonError::into_inner));
        Ok((output, statuses.last().copied().unwrap_or(0)))
    }

    /// `$(< file)`
    async fn only_reads(&mut self, list: &List) -> Result<Option<Vec<u8>>, Stop> {
        let [item] = list.items.as_slice() else { return Ok(None) };
        let [command] = item.first.commands.as_slice() else { return Ok(None) };
        let Command::Simple(simple) = &**command else { return Ok(None) };
        let [redirect] = simple.redirects.as_slice() else { return Ok(None) };
        let plain = self.dialect.is_bash()
            && item.rest.is_empty()
            && simple.words.is_empty()
            && simple.assignments.is_empty()
            && redirect.descriptor == Target::Usual;
        match &redirect.action {
            Action::Read(word) if plain => self.expand_single(word).await.map(Some),
            _ => Ok(None),
        }
    }

    async fn slurp(&mut self, path: &[u8]) -> (Vec<u8>, u8) {
        match self.files.open(path, Open::reading()) {
            Ok(handle) => (Reader::file(handle).read_to_end(caps::SHELL_EXPANSION).await, 0),
            Err(error) => {
                self.complain(None, [path, b": ", error.text().as_bytes()].concat()).await;
                (Vec::new(), 1)
            }
        }
    }

    /// Runs a list beside the command, reading from `input`.
    pub(crate) async fn beside(&mut self, list: &Arc<List>, input: Reader) -> Flow {
        let (mut child, forked) = self.fork().await?;
        child.descriptors.put(0, Descriptor::reading(input));
        // What writes to it must be closed in the child, or it never ends.
        for number in 10..self.descriptors.free() {
            child.descriptors.close(number);
        }
        let list = Arc::clone(list);
        self.seat.spawn(async move {
            let flow = child.run_list(&list).await;
            child.finish(flow).await;
            drop(forked);
        });
        Ok(())
    }
}
