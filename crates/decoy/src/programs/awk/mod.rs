//! awk, as far as people use it on one line and a bit more.

mod call;
mod format;
mod lexer;
mod outside;
mod parse;
mod run;
mod tree;
mod value;

pub(super) use self::format::printf;
use self::{
    outside::{Ask, MOST, Outside, answer},
    run::Machine,
};
use super::{context::Done, options::Spec};
use crate::{
    caps,
    machine::{Distro, Line},
    shell::{Exit, Process},
};

/// Which awk it is.
fn product(process: &Process) -> &'static str {
    match (process.machine.distro().line(), process.machine.distro()) {
        (Line::Debian, Distro::Kali) | (Line::RedHat | Line::Arch, _) => "gawk",
        (Line::Debian, _) => "mawk",
        _ => "busybox",
    }
}

fn version(product: &str) -> &'static str {
    if product == "mawk" {
        "mawk 1.3.4 20200120\nCopyright 2008-2019,2020, Thomas E. Dickey\nCopyright 1991-1996,2014, Michael D. Brennan\n\n\
         random-funcs:       srandom/random\nregex-funcs:        internal\ncompiled limits:\nsprintf buffer      8192\n\
         maximum-integer     2147483647\n"
    } else {
        "GNU Awk 5.1.0, API: 3.0 (GNU MPFR 4.1.0, GNU MP 6.2.1)\n"
    }
}

pub(super) async fn awk(process: &mut Process) -> Done {
    let given = process
        .options(
            Spec {
                short: "+F:v:f:W:",
                long: &[("version", 'V'), ("field-separator=", 'F'), ("assign=", 'v'), ("file=", 'f')],
            },
            2,
        )
        .await?;
    let product = product(process);
    if given.has('V') || given.value('W') == Some(b"version") {
        process.print(version(product)).await?;
        return Ok(Exit::SUCCESS);
    }
    let mut operands = given.operands.clone();
    let mut program = Vec::new();
    for (_, name) in given.options.iter().filter(|(letter, _)| *letter == 'f') {
        let name = name.clone().unwrap_or_default();
        match process.read_input(&name).await {
            Ok(text) => program.extend(text),
            Err(_) => {
                let text = [product.as_bytes(), b": couldn't open file ", &name, b"\n"].concat();
                process.complain(text).await;
                return Ok(Exit::Code(2));
            }
        }
    }
    if !given.has('f') {
        if operands.is_empty() {
            let text = if product == "mawk" {
                "Usage: mawk [Options] [Program] [file ...]\n"
            } else {
                "Usage: awk [POSIX or GNU style options] -f progfile [--] file ...\n"
            };
            process.complain(text).await;
            return Ok(Exit::Code(2));
        }
        program = operands.remove(0);
    }
    let variables: Vec<(Vec<u8>, Vec<u8>)> = given
        .options
        .iter()
        .filter_map(|(letter, value)| match (letter, value) {
            ('F', Some(value)) => {
                Some((b"FS".to_vec(), if value == b"t" { b"\t".to_vec() } else { value.clone() }))
            }
            ('v', Some(value)) => assignment(value),
            _ => None,
        })
        .collect();
    let inputs = inputs(process, product, operands, program_reads(&program)).await;
    let Ok(inputs) = inputs else { return Ok(Exit::Code(2)) };
    run(process, &program, &variables, &inputs).await
}

/// Runs a program until it needs nothing more from outside.
async fn run(
    process: &mut Process,
    program: &[u8],
    variables: &[(Vec<u8>, Vec<u8>)],
    inputs: &[Input],
) -> Done {
    let product = product(process);
    let (mut answers, mut told, mut spent) = (Vec::new(), Told::default(), 0);
    loop {
        let environment = process.environment.clone();
        // Nothing of the run waits; it is over before anything else happens.
        let outcome = {
            let mut machine = Machine::new(environment, variables.to_vec(), inputs.to_vec());
            machine.outside = Outside::knowing(&answers);
            parse::parse(program)
                .map(|program| machine.run(&program))
                .map(|status| (status, machine.out, machine.files, machine.outside))
        };
        let (status, out, files, outside) = match outcome {
            Ok(outcome) => outcome,
            Err((line, near)) => return Ok(misread(process, product, program, line, &near).await),
        };
        // What is written to a terminal is seen at once.
        let held = match &outside.need {
            Some((Ask::Input(..), _)) | None if !process.output.is_terminal() => outside.flushed,
            _ => out.len(),
        };
        told.tell(process, product, out.get(..held).unwrap_or(&out), &files).await?;
        match outside.need {
            Some((ask, left)) if answers.len() < MOST && spent < caps::AWK_STEPS * 8 => {
                spent += caps::AWK_STEPS.saturating_sub(left);
                answers.push(answer(process, ask).await);
                tokio::task::yield_now().await;
            }
            _ => {
                for (command, text) in outside.pipes {
                    answer(process, Ask::Input(command, text)).await;
                }
                told.tell(process, product, &out, &files).await?;
                return Ok(Exit::Code(status));
            }
        }
    }
}

async fn misread(process: &Process, product: &str, program: &[u8], line: usize, near: &str) -> Exit {
    let called = process.called();
    let text = match product {
        "mawk" => format!("{called}: line {line}: syntax error at or near {near}\n"),
        "gawk" => format!(
            "awk: cmd. line:{line}: {}\nawk: cmd. line:{line}: ^ syntax error\n",
            String::from_utf8_lossy(program)
        ),
        _ => format!("awk: cmd. line:{line}: Unexpected token\n"),
    };
    process.complain(text).await;
    Exit::Code(if product == "gawk" || product == "busybox" { 1 } else { 2 })
}

/// How much of what the program wrote has been written.
#[derive(Default)]
struct Told {
    out: usize,
    files: Vec<usize>,
}

impl Told {
    /// Writes what is new.
    async fn tell(
        &mut self,
        process: &Process,
        product: &str,
        out: &[u8],
        files: &[(Vec<u8>, bool, Vec<u8>)],
    ) -> Result<(), Exit> {
        for (at, (name, append, text)) in files.iter().enumerate() {
            let before = self.files.get(at).copied();
            let new = text.get(before.unwrap_or(0)..).unwrap_or_default().to_vec();
            if before.is_none() || !new.is_empty() {
                written(process, product, vec![(name.clone(), *append || before.is_some(), new)]).await;
            }
            match self.files.get_mut(at) {
                Some(place) => *place = text.len(),
                None => self.files.push(text.len()),
            }
        }
        let new = out.get(self.out..).unwrap_or_default().to_vec();
        self.out = self.out.max(out.len());
        process.print(new).await
    }
}

/// Writes what the program wrote into files.
async fn written(process: &Process, product: &str, files: Vec<(Vec<u8>, bool, Vec<u8>)>) {
    for (name, append, text) in files {
        let done = match name.as_slice() {
            b"/dev/stderr" => {
                process.complain(&text).await;
                continue;
            }
            _ if append => process.files.append(&name, &text, 0o666),
            _ => process.files.write(&name, &text, 0o666),
        };
        if done.is_err() {
            process.complain([product.as_bytes(), b": cannot open ", &name, b"\n"].concat()).await;
        }
    }
}

/// Whether a program reads its input at all: one of `BEGIN` alone does not.
fn program_reads(program: &[u8]) -> bool {
    match parse::parse(program) {
        Ok(program) => program.rules.iter().any(|(pattern, _)| !matches!(pattern, tree::Pattern::Begin)),
        Err(_) => false,
    }
}

/// `name=value`.
fn assignment(text: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let at = text.iter().position(|b| *b == b'=')?;
    let name = text.get(..at)?;
    let fine = name.first().is_some_and(|b| b.is_ascii_alphabetic() || *b == b'_')
        && name.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'_');
    fine.then(|| (name.to_vec(), text.get(at + 1..).unwrap_or_default().replace_escapes()))
}

trait Escapes {
    fn replace_escapes(&self) -> Vec<u8>;
}

impl Escapes for [u8] {
    fn replace_escapes(&self) -> Vec<u8> {
        String::from_utf8_lossy(self).replace("\\t", "\t").replace("\\n", "\n").into_bytes()
    }
}

/// A number as `%g` prints it.
pub(super) fn shown_general(number: f64) -> String {
    value::general(number, 6, false)
}

/// What is read: names with their text, and assignments between them.
#[derive(Clone)]
pub(super) enum Input {
    Text(Vec<u8>, Vec<u8>),
    Assign(Vec<u8>, Vec<u8>),
}

async fn inputs(
    process: &Process,
    product: &str,
    operands: Vec<Vec<u8>>,
    reads: bool,
) -> Result<Vec<Input>, ()> {
    let mut out = Vec::new();
    if !reads {
        return Ok(out);
    }
    let mut files = 0;
    let mut total = 0;
    for operand in operands {
        if let Some((name, value)) = assignment(&operand) {
            out.push(Input::Assign(name, value));
            continue;
        }
        files += 1;
        match process.read_input(&operand).await {
            Ok(text) => {
                total += text.len();
                if total <= caps::PROGRAM_INPUT * 2 {
                    out.push(Input::Text(operand, text));
                }
            }
            Err(error) => {
                let text = match product {
                    "mawk" => format!(
                        "{} cannot open {} ({})\n",
                        process.called() + ":",
                        String::from_utf8_lossy(&operand),
                        error.text()
                    ),
                    "gawk" => format!(
                        "awk: fatal: cannot open file `{}' for reading: {}\n",
                        String::from_utf8_lossy(&operand),
                        error.text()
                    ),
                    _ => format!("awk: {}: {}\n", String::from_utf8_lossy(&operand), error.text()),
                };
                process.complain(text).await;
                return Err(());
            }
        }
    }
    if files == 0 {
        out.push(Input::Text(Vec::new(), process.input.read_to_end(caps::PROGRAM_INPUT).await));
    }
    Ok(out)
}

/// Runs a program over a text; for tests and fuzzing.
#[cfg(any(test, feature = "testing"))]
pub(super) fn runs(program: &[u8], text: &[u8]) -> Option<Vec<u8>> {
    let program = parse::parse(program).ok()?;
    let mut machine = Machine::new(Vec::new(), Vec::new(), vec![Input::Text(Vec::new(), text.to_vec())]);
    machine.run(&program);
    Some(machine.out)
}

#[cfg(test)]
mod tests {
    use super::runs;

    fn check(program: &str, text: &str, expect: &str) {
        let out = runs(program.as_bytes(), text.as_bytes()).unwrap_or_else(|| panic!("{program}"));
        assert_eq!(String::from_utf8_lossy(&out), expect, "{program}");
    }

    #[test]
    fn programs_of_one_line_do_what_they_do_in_mawk() {
        check("{print $1}", "a b\nc d\n", "a\nc\n");
        check("NR==1{print $NF}", "a b\nc d\n", "b\n");
        check("{s+=$1} END{print s, NR}", "1\n2.5\n", "3.5 2\n");
        check("/x/{n++} END{print n+0}", "x\ny\nxx\n", "2\n");
        check("{printf \"%-5s|%03d|%.2f\\n\", $1, $2, $3}", "ab 7 3.14159\n", "ab   |007|3.14\n");
        check("BEGIN{FS=\":\"} $3>=1000 && $1!=\"n\"{print $1}", "a:x:1000\nn:x:2000\nb:x:5\n", "a\n");
        check("{a[$1]++} END{for(k in a) print k, a[k]}", "x\nx\n", "x 2\n");
        check("{print length($0), toupper(substr($0,2,2)), index($0,\"c\")}", "abcd\n", "4 BC 3\n");
        check("{gsub(/a/,\"<&>\"); print}", "banana\n", "b<a>n<a>n<a>\n");
        check("{n=split($0,p,\",\"); print n, p[1], p[n]}", "a,b,c\n", "3 a c\n");
        check("BEGIN{for(i=0;i<3;i++) printf \"%d \", i; print \"\"}", "", "0 1 2 \n");
        check("BEGIN{while(i<2){i++; if(i==1) continue; print i}}", "", "2\n");
        check("{$2=\"X\"; print; print NF}", "a b c\n", "a X c\n3\n");
        check(
            "BEGIN{print 1e6, 0.1+0.2, 1/3, 100000000, 2^10, -3%2}",
            "",
            "1000000 0.3 0.333333 100000000 1024 -1\n",
        );
        check("function f(x){return x*2} BEGIN{print f(21)}", "", "42\n");
        check("NR%2", "1\n2\n3\n", "1\n3\n");
        check("!seen[$0]++", "a\nb\na\n", "a\nb\n");
        check("{print $1\"-\"$2}", "a b\n", "a-b\n");
        check("/b/,/d/", "a\nb\nc\nd\ne\n", "b\nc\nd\n");
        check("$1 ~ /^a/ {print NR\": \"$0}", "ab\nba\n", "1: ab\n");
        check(
            "BEGIN{printf \"%s %c%c %x %o %e\\n\", \"s\", 65, \"BC\", 255, 8, 12345.678}",
            "",
            "s AB ff 10 1.234568e+04\n",
        );
        check("BEGIN { x[\"a\",1]=2; if ((\"a\",1) in x) print \"in\" }", "", "in\n");
        check("{ print ($1 > 5) }", "9\n", "1\n");
        check("END{print $0}", "a\nb\n", "b\n");
        check("BEGIN{printf(\"%5.1f%%\\n\", 12.34)}", "", " 12.3%\n");
    }

    #[test]
    fn programs_that_never_end_are_ended() {
        assert!(runs(b"BEGIN{while(1) x=x \"aaaaaaaaaaaaaaaa\"}", b"").is_some());
        assert!(runs(b"function f(){f()} BEGIN{f()}", b"").is_some());
        assert!(runs(b"BEGIN{for(;;) print \"x\"}", b"").is_some());
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_a_program_or_not(text in "[a-z{}()$0-9+*/\"~!;= \\[\\],.-]{0,60}") {
            let _ = runs(text.as_bytes(), b"a b c\n1 2 3\n");
        }
    }
}
