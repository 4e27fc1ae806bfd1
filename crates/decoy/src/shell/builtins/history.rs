//! `history` and `fc`.

use super::{
    super::interpreter::{Flow, Shell},
    number,
};

pub(super) async fn history(shell: &mut Shell, arguments: &[Vec<u8>]) -> Flow {
    let mut rest = arguments.iter().skip(1);
    match rest.next().map(Vec::as_slice) {
        None => list(shell, usize::MAX).await,
        Some(b"-c") => {
            shell.history.clear();
            Ok(())
        }
        Some(option @ (b"-w" | b"-a")) => {
            let path = rest.next().cloned().or_else(|| shell.history_file());
            if let Some(path) = path {
                shell.history.save(&shell.files, &path, option == b"-a", shell.history_size("HISTFILESIZE"));
            }
            Ok(())
        }
        Some(b"-r" | b"-n") => {
            let path = rest.next().cloned().or_else(|| shell.history_file());
            if let Some(content) = path.and_then(|path| shell.files.read(&path).ok()) {
                shell.history.load(&content);
            }
            Ok(())
        }
        Some(b"-d") => delete(shell, rest.next().cloned().unwrap_or_default()).await,
        Some(b"-s") => {
            let line: Vec<Vec<u8>> = rest.cloned().collect();
            shell.history.drop_last();
            let now = shell.machine().now().seconds;
            shell.history.add(line.join(&b' '), now);
            Ok(())
        }
        Some(b"-p") => {
            let words: Vec<u8> = rest.flat_map(|word| [&word[..], b"\n"].concat()).collect();
            shell.print(words).await
        }
        Some(option) if option.starts_with(b"-") && option.len() > 1 => {
            let letter = option.get(1).copied().unwrap_or_default();
            shell.bad_letter("history", letter).await
        }
        Some(count) => match number(count).and_then(|count| usize::try_from(count).ok()) {
            Some(count) => list(shell, count).await,
            None => shell.fails("history", [count, b": numeric argument required"].concat()).await,
        },
    }
}

async fn list(shell: &mut Shell, most: usize) -> Flow {
    let form =
        shell.variables.scalar(b"HISTTIMEFORMAT").map(|form| String::from_utf8_lossy(form).into_owned());
    let mut out = Vec::new();
    let count = shell.history.len();
    for (place, (line, time)) in shell.history.iter().enumerate().skip(count.saturating_sub(most)) {
        let number = place + 1 + shell.history.dropped();
        let head = if shell.dialect.is_bash() { format!("{number:5}  ") } else { format!("{number:4} ") };
        out.extend_from_slice(head.as_bytes());
        if let Some(form) = &form {
            out.extend_from_slice(crate::machine::calendar::format(time, form).as_bytes());
        }
        out.extend_from_slice(line);
        out.push(b'\n');
    }
    shell.print(out).await
}

async fn delete(shell: &mut Shell, place: Vec<u8>) -> Flow {
    let count = i64::try_from(shell.history.len()).unwrap_or(i64::MAX);
    let at = number(&place).map(|at| if at < 0 { at + count + 1 } else { at });
    match at.and_then(|at| usize::try_from(at - 1).ok()).filter(|at| *at < shell.history.len()) {
        Some(at) => {
            shell.history.remove(at);
            Ok(())
        }
        None => shell.fails("history", [&place[..], b": history position out of range"].concat()).await,
    }
}

pub(super) async fn fix(shell: &mut Shell, arguments: &[Vec<u8>]) -> Flow {
    if arguments.get(1).is_some_and(|option| option.starts_with(b"-l")) {
        let mut out = Vec::new();
        let count = shell.history.len();
        for (at, (line, _)) in shell.history.iter().enumerate().skip(count.saturating_sub(16)) {
            out.extend([format!("{}\t ", at + 1).as_bytes(), line, b"\n"].concat());
        }
        return shell.print(out).await;
    }
    shell.fails("fc", "no command found").await
}
