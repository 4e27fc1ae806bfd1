//! find, which, whereis.

mod glob;
mod parse;
mod test;
mod which;

pub(super) use self::glob::glob;
#[cfg(any(test, feature = "testing"))]
pub(super) use self::parse::reads;
pub(super) use self::which::{whereis, which};

use self::{
    parse::{Parser, Test},
    test::passes,
};
use super::context::Done;
use crate::{
    caps,
    machine::{Errno, Metadata, files::path},
    shell::{Exit, Process},
};

/// A command of `-exec … +` and the files that it is given.
type Batch = (Vec<Vec<u8>>, Vec<Vec<u8>>);

struct Visit {
    path: Vec<u8>,
    depth: usize,
    metadata: Metadata,
}

struct Outcome {
    out: Vec<u8>,
    prune: bool,
    quit: bool,
    status: u8,
}

pub(super) async fn find(process: &mut Process) -> Done {
    let arguments = process.arguments().to_vec();
    let arguments: Vec<Vec<u8>> =
        arguments.into_iter().skip_while(|a| matches!(a.as_slice(), b"-H" | b"-L" | b"-P")).collect();
    let starts =
        |a: &Vec<u8>| a.starts_with(b"-") && a.len() > 1 || matches!(a.as_slice(), b"(" | b"!" | b")" | b",");
    let split = arguments.iter().position(starts).unwrap_or(arguments.len());
    let (places, words) = arguments.split_at(split);
    let parsed = {
        let mut parser = Parser {
            words,
            at: 0,
            least: 0,
            most: usize::MAX,
            acts: false,
            depth: 0,
            batches: 0,
            process: Some(process),
        };
        match parser.either() {
            Ok(_) if parser.at < words.len() => Err("invalid expression; you have too many ')'".to_owned()),
            Ok(test) => Ok((test, parser.least, parser.most, parser.acts, parser.batches)),
            Err(text) => Err(text),
        }
    };
    let (test, least, most, acts, batches) = match parsed {
        Ok(parsed) => parsed,
        Err(text) => {
            let text = if process.is_busybox() {
                format!("{}\n", text.replace("unknown predicate `", "unrecognized: ").trim_end_matches('\''))
            } else {
                format!("{text}\n")
            };
            process.complain(format!("find: {text}")).await;
            return Ok(Exit::FAILURE);
        }
    };
    let deep = words.iter().any(|w| matches!(w.as_slice(), b"-depth" | b"-delete" | b"-d"));
    let test = if acts { test } else { Test::And(vec![test, Test::Print(b'\n')]) };
    let places = if places.is_empty() { vec![b".".to_vec()] } else { places.to_vec() };
    let mut status = 0;
    let mut collected: Vec<Batch> = vec![(Vec::new(), Vec::new()); batches];
    let mut seen = 0;
    for place in places {
        let code = walk(process, place, &test, (least, most, deep), &mut collected, &mut seen).await?;
        status = status.max(code & 0x7f);
        if code & 0x80 != 0 {
            break;
        }
    }
    for (command, files) in collected {
        for files in files.chunks(500) {
            let args: Vec<Vec<u8>> = command.iter().chain(files).cloned().collect();
            if run(process, args).await != 0 {
                status = 1;
            }
        }
    }
    Ok(Exit::Code(status))
}

async fn run(process: &mut Process, args: Vec<Vec<u8>>) -> u8 {
    let name = args.first().cloned().unwrap_or_default();
    match process.execute(args).await {
        Ok(exit) => exit.status(),
        Err(error) => {
            let text = [b"find: ", &process.quote(&name)[..], b": ", error.text().as_bytes(), b"\n"].concat();
            process.complain(text).await;
            1
        }
    }
}

async fn walk(
    process: &mut Process,
    place: Vec<u8>,
    test: &Test,
    (least, most, deep): (usize, usize, bool),
    collected: &mut [Batch],
    seen: &mut usize,
) -> Result<u8, Exit> {
    let mut status = 0;
    let metadata = match process.files.lstat(&place) {
        Ok(metadata) => metadata,
        Err(error) => {
            complain(process, &place, error).await;
            return Ok(1);
        }
    };
    // A directory waits behind what is in it when depth comes first.
    let mut queue = vec![(Visit { path: place, depth: 0, metadata }, false)];
    while let Some((visit, done)) = queue.pop() {
        *seen += 1;
        if *seen > caps::PROGRAM_FILES {
            break;
        }
        if seen.is_multiple_of(64) {
            tokio::task::yield_now().await;
        }
        let is_directory = visit.metadata.is_directory();
        let mut outcome = Outcome { out: Vec::new(), prune: false, quit: false, status: 0 };
        let now = !deep || done || !is_directory;
        if now && visit.depth >= least {
            evaluate(process, test, &visit, &mut outcome, collected).await?;
            status = status.max(outcome.status);
            process.print(&outcome.out).await?;
            if outcome.quit {
                return Ok(status | 0x80);
            }
        }
        if !is_directory || done || outcome.prune || visit.depth >= most {
            continue;
        }
        let entries = process.files.read_dir(&visit.path);
        let (path, depth) = (visit.path.clone(), visit.depth);
        if deep {
            queue.push((visit, true));
        }
        match entries {
            Ok(entries) => {
                for entry in entries.into_iter().rev() {
                    let path = path::join(&path, &entry.name);
                    if let Ok(metadata) = process.files.lstat(&path) {
                        queue.push((Visit { path, depth: depth + 1, metadata }, false));
                    }
                }
            }
            Err(error) => {
                complain(process, &path, error).await;
                status = 1;
            }
        }
    }
    Ok(status)
}

async fn complain(process: &Process, name: &[u8], error: Errno) {
    let name = if process.is_busybox() { name.to_vec() } else { process.quote(name) };
    process.complain([b"find: ", name.as_slice(), b": ", error.text().as_bytes(), b"\n"].concat()).await;
}

/// Whether a file passes; what has effects happens on the way.
fn evaluate<'a>(
    process: &'a mut Process,
    test: &'a Test,
    visit: &'a Visit,
    outcome: &'a mut Outcome,
    collected: &'a mut [Batch],
) -> crate::shell::BoxFuture<'a, Result<bool, Exit>> {
    Box::pin(async move {
        Ok(match test {
            Test::And(all) => {
                for test in all {
                    if !evaluate(process, test, visit, outcome, collected).await? || outcome.quit {
                        return Ok(false);
                    }
                }
                true
            }
            Test::Or(all) => {
                for test in all {
                    if evaluate(process, test, visit, outcome, collected).await? {
                        return Ok(true);
                    }
                }
                false
            }
            Test::Not(test) => !evaluate(process, test, visit, outcome, collected).await?,
            Test::Delete => delete(process, visit, outcome).await,
            Test::Exec(command, false, _) => {
                if !outcome.out.is_empty() {
                    process.print(std::mem::take(&mut outcome.out)).await?;
                }
                let args = command.iter().map(|part| replaced(part, &visit.path)).collect();
                run(process, args).await == 0
            }
            Test::Exec(command, true, number) => {
                if let Some((known, files)) = collected.get_mut(*number) {
                    known.clone_from(command);
                    files.push(visit.path.clone());
                }
                true
            }
            simple => passes(process, simple, visit, outcome),
        })
    })
}

fn replaced(part: &[u8], path: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = part;
    while let Some(at) = rest.windows(2).position(|pair| pair == b"{}") {
        out.extend_from_slice(rest.get(..at).unwrap_or_default());
        out.extend_from_slice(path);
        rest = rest.get(at + 2..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
    out
}

async fn delete(process: &Process, visit: &Visit, outcome: &mut Outcome) -> bool {
    if visit.path == b"." {
        return true;
    }
    let removed = if visit.metadata.is_directory() {
        process.files.rmdir(&visit.path)
    } else {
        process.files.unlink(&visit.path)
    };
    match removed {
        Ok(()) => true,
        Err(error) => {
            let text = [
                b"find: cannot delete ",
                &process.quote(&visit.path)[..],
                b": ",
                error.text().as_bytes(),
                b"\n",
            ]
            .concat();
            process.complain(text).await;
            outcome.status = 1;
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_in_the_shell() {
        let check = |pattern: &str, name: &str, expect| {
            assert_eq!(glob(pattern.as_bytes(), name.as_bytes()), expect, "{pattern} {name}")
        };
        check("*.txt", "a.txt", true);
        check("a?c", "abc", true);
        check("[a-c]*", "bx", true);
        check("[!a]*", "abc", false);
        check("*a*b", "xaxb", true);
        check("*a*b", "xaxc", false);
        check("\\*", "*", true);
        check("", "", true);
        check("[", "[", true);
    }

    #[test]
    fn expressions_are_read() {
        let check = |text: &str, expect| {
            let words: Vec<Vec<u8>> = text.split_whitespace().map(|w| w.as_bytes().to_vec()).collect();
            assert_eq!(reads(&words), expect, "{text}");
        };
        check("-name *.c -o ( -type f -size +10k ) -exec rm {} ;", true);
        check("-exec rm {} +", true);
        check("-perm -4000 -mtime -1 -newer x", false);
        check("-foo", false);
        check("( -name x", false);
        check("-name", false);
        check(&"( ".repeat(500), false);
    }

    proptest::proptest! {
        #[test]
        fn any_words_are_an_expression_or_not(words in proptest::collection::vec("[-a-z(){};!+,0-9*]{0,8}", 0..8), pattern in proptest::collection::vec(proptest::num::u8::ANY, 0..20), name in proptest::collection::vec(proptest::num::u8::ANY, 0..20)) {
            let words: Vec<Vec<u8>> = words.into_iter().map(String::into_bytes).collect();
            let _ = reads(&words);
            let _ = glob(&pattern, &name);
        }
    }
}
