//! Commands in running containers: data in, capped output back, never longer than allowed.

use std::{pin::Pin, time::Duration};

use bollard::{
    container::LogOutput,
    errors::Error,
    exec::{StartExecOptions, StartExecResults},
    models::ExecConfig,
};
use futures_util::{Stream, StreamExt};
use tokio::{
    io::{AsyncWrite, AsyncWriteExt},
    time::{sleep, timeout},
};

use super::{Docker, failure::refused};
use crate::{
    engine::{EXEC_OUTPUT_MAX, EXEC_TIMEOUT, ExecOutput},
    error::{Attempt, EngineError},
};

type Output = Pin<Box<dyn Stream<Item = Result<LogOutput, Error>> + Send>>;
type Input = Pin<Box<dyn AsyncWrite + Send>>;

impl Docker {
    pub(super) async fn run_in_container(
        &self,
        container: &str,
        argv: &[&str],
        stdin: &[u8],
    ) -> Result<ExecOutput, EngineError> {
        let attempt = || Attempt::Exec(container.to_owned());
        let run = run(self.client().await?, container, argv, stdin);
        let ran = timeout(EXEC_TIMEOUT, run).await;
        let ran = ran.map_err(|_| refused(attempt(), "it did not end in time"))?;
        ran.map_err(|error| self.failed(attempt(), error))
    }
}

async fn run(
    client: &bollard::Docker,
    container: &str,
    argv: &[&str],
    stdin: &[u8],
) -> Result<ExecOutput, Error> {
    let exec = client.create_exec(container, command(argv)).await?.id;
    let StartExecResults::Attached { output, input } =
        client.start_exec(&exec, None::<StartExecOptions>).await?
    else {
        return Err(Error::DockerStreamError { error: "the command was detached".to_owned() });
    };
    let (read, _) = tokio::join!(read_capped(output), write_all(input, stdin));
    Ok(ExecOutput { code: exit_code(client, &exec).await?, ..read? })
}

fn command(argv: &[&str]) -> ExecConfig {
    ExecConfig {
        attach_stdin: Some(true),
        attach_stdout: Some(true),
        attach_stderr: Some(true),
        cmd: Some(argv.iter().map(|&argument| argument.to_owned()).collect()),
        ..ExecConfig::default()
    }
}

/// A command may end without reading all of its input; its exit code tells what that means.
async fn write_all(mut input: Input, data: &[u8]) {
    if input.write_all(data).await.is_ok() {
        drop(input.shutdown().await);
    }
}

async fn read_capped(mut output: Output) -> Result<ExecOutput, Error> {
    let mut kept = ExecOutput::default();
    while let Some(part) = output.next().await {
        match part? {
            LogOutput::StdErr { message } => kept.cut |= keep(&mut kept.stderr, &message),
            part => kept.cut |= keep(&mut kept.stdout, part.as_ref()),
        }
    }
    Ok(kept)
}

/// Whether some of `data` had no room.
fn keep(kept: &mut Vec<u8>, data: &[u8]) -> bool {
    let room = EXEC_OUTPUT_MAX.saturating_sub(kept.len());
    kept.extend(data.iter().take(room));
    data.len() > room
}

/// The output can end a moment before Docker knows the exit code.
async fn exit_code(client: &bollard::Docker, exec: &str) -> Result<i64, Error> {
    loop {
        if let Some(code) = client.inspect_exec(exec).await?.exit_code {
            return Ok(code);
        }
        sleep(Duration::from_millis(20)).await;
    }
}
