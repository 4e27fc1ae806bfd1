//! `wait`.

use std::task::Poll;

use super::{
    super::{
        interpreter::{Flow, Shell},
        process::{BoxFuture, Exit},
        state::JobState,
    },
    number, signal_text,
};

pub(super) async fn wait(shell: &mut Shell, arguments: &[Vec<u8>]) -> Flow {
    let bash = shell.dialect.is_bash();
    let (mut any, mut variable) = (false, None);
    let mut rest = arguments.get(1..).unwrap_or_default();
    while let Some((option, more)) = rest.split_first() {
        match option.as_slice() {
            b"-n" if !shell.dialect.is_dash() => any = true,
            b"-p" if bash => variable = more.first().cloned(),
            b"-f" if bash => {}
            b"--" => rest = more,
            [b'-', letter, ..] => return bad_option(shell, *letter).await,
            _ => {}
        }
        if !option.starts_with(b"-") || option == b"--" {
            break;
        }
        rest = more.get(usize::from(option == b"-p")..).unwrap_or_default();
    }
    if any {
        return wait_for_any(shell, rest, variable).await;
    }
    if rest.is_empty() {
        let numbers: Vec<usize> =
            shell.jobs.iter().filter(|job| !job.stopped).map(|job| job.number).collect();
        for number in numbers {
            wait_for(shell, number).await?;
        }
        shell.status = 0;
        return Ok(());
    }
    for id in rest {
        match shell.jobs.find(id) {
            Some(number) => wait_for(shell, number).await?,
            None => no_child(shell, id).await,
        }
    }
    Ok(())
}

async fn bad_option(shell: &mut Shell, letter: u8) -> Flow {
    if shell.dialect.is_dash() {
        shell.complain(Some("wait"), [b"Illegal option -", &[letter][..]].concat()).await;
        return Err(shell.fatal(2));
    }
    shell.complain(Some("wait"), [b"-", &[letter][..], b": invalid option"].concat()).await;
    shell.usage("wait").await;
    shell.status = 2;
    Ok(())
}

async fn no_child(shell: &mut Shell, id: &[u8]) {
    shell.status = 127;
    if !shell.dialect.is_bash() {
        return;
    }
    let text = match number(id) {
        Some(pid) => format!("pid {pid} is not a child of this shell").into_bytes(),
        None if id.starts_with(b"%") => [id, b": no such job"].concat(),
        None => [b"`", id, b"': not a pid or valid job spec"].concat(),
    };
    shell.complain(Some("wait"), text).await;
    if number(id).is_none() && !id.starts_with(b"%") {
        shell.status = 1;
    }
}

/// `wait -n`: the first of these jobs that ends, or of all.
async fn wait_for_any(shell: &mut Shell, ids: &[Vec<u8>], variable: Option<Vec<u8>>) -> Flow {
    let mut numbers = Vec::new();
    for id in ids {
        match shell.jobs.find(id) {
            Some(number) => numbers.push(number),
            None => {
                shell.complain(Some("wait"), [&id[..], b": no such job"].concat()).await;
            }
        }
    }
    if ids.is_empty() {
        numbers = shell.jobs.iter().filter(|job| !job.stopped).map(|job| job.number).collect();
    }
    let mut waits: Vec<BoxFuture<'static, usize>> = Vec::new();
    for number in numbers {
        let Some(job) = shell.jobs.get_mut(number) else { continue };
        let mut ended = job.ended.clone();
        waits.push(Box::pin(async move {
            // Cut off, it ended as well.
            let _ = ended.wait_for(Option::is_some).await;
            number
        }));
    }
    if waits.is_empty() {
        shell.status = 127;
        return Ok(());
    }
    let first = std::future::poll_fn(move |context| {
        let mut ready = waits.iter_mut().filter_map(|wait| match wait.as_mut().poll(context) {
            Poll::Ready(number) => Some(number),
            Poll::Pending => None,
        });
        ready.next().map_or(Poll::Pending, Poll::Ready)
    });
    let number = shell.or_signal(first).await?;
    let pid = shell.jobs.get_mut(number).map(|job| job.pid);
    wait_for(shell, number).await?;
    if let Some((name, pid)) = variable.zip(pid) {
        shell.variables.set(&name, pid.to_string());
    }
    Ok(())
}

/// Waits for a job, and forgets it.
async fn wait_for(shell: &mut Shell, number: usize) -> Flow {
    let Some(job) = shell.jobs.get_mut(number) else { return Ok(()) };
    let exit = if let JobState::Ended(exit) = job.state() {
        exit
    } else {
        let mut ended = job.ended.clone();
        let exit = shell
            .or_signal(async move { ended.wait_for(Option::is_some).await.ok().and_then(|exit| *exit) })
            .await?;
        let killed = shell.jobs.get_mut(number).and_then(|job| job.killed);
        exit.unwrap_or(Exit::Signal(killed.unwrap_or("KILL")))
    };
    shell.status = exit.status();
    if shell.interactive {
        return Ok(());
    }
    if let (Some(job), Exit::Signal(name)) = (shell.jobs.remove(number), exit) {
        let line = match shell.dialect.is_bash() {
            true => shell.told_signal(signal_text(name), job.pid, &job.text),
            false => [signal_text(name).as_bytes(), b"\n"].concat(),
        };
        let silent: &[&str] =
            if shell.dialect.is_bash() { &["INT", "TERM", "PIPE"] } else { &["INT", "PIPE"] };
        if !silent.contains(&name) {
            shell.print_error(line).await;
        }
    }
    Ok(())
}
