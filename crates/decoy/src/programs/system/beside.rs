//! Other programs, run from a program: waited for, or left to run beside it.

use std::sync::Arc;

use crate::{
    machine::{Errno, Running},
    shell::{
        Exit, Process,
        pipe::{Reader, Writer},
    },
};

/// Runs a program and waits for it; says what the kernel said when it could not.
pub(super) async fn run(process: &mut Process, args: Vec<Vec<u8>>) -> Result<Exit, Errno> {
    process.execute(args).await
}

/// Runs a command line in `sh`, as `system` of C does.
pub(super) async fn shell(process: &mut Process, command: &[u8]) -> Exit {
    let args = vec![b"sh".to_vec(), b"-c".to_vec(), command.to_vec()];
    process.execute(args).await.unwrap_or(Exit::Code(127))
}

/// A process that is seen to run on when its visit ends.
struct Lasting(Option<Running>);

impl Drop for Lasting {
    fn drop(&mut self) {
        if let Some(running) = self.0.take() {
            running.leave();
        }
    }
}

/// Runs a program under a process called `title`, without a terminal, and does not wait for it.
pub(super) fn start(process: &Process, title: &[u8], args: Vec<Vec<u8>>) {
    let Some(forked) = process.seat.fork() else { return };
    let directory = process.files.directory().to_vec();
    let shown = [&[title.to_vec()][..], process.arguments()].concat();
    let running = process.seat.presence().start(1, &process.account, &shown, &directory);
    let pid = running.pid();
    let mut child = Process {
        args: shown,
        environment: process.environment.clone(),
        account: process.account.clone(),
        input: Reader::empty(),
        output: Writer::nowhere(),
        errors: Writer::nowhere(),
        files: process.files.as_process(pid),
        machine: Arc::clone(&process.machine),
        seat: Arc::clone(&process.seat),
        pid,
        parent: 1,
    };
    let mut lasting = Lasting(Some(running));
    process.seat.spawn(async move {
        let _ = child.execute(args).await;
        drop(lasting.0.take());
        drop(forked);
    });
}
