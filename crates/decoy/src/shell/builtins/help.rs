//! `help`

use super::{
    super::{
        interpreter::{Flow, Shell},
        start::bash_version,
    },
    find, of,
};

pub(super) async fn help(shell: &mut Shell, arguments: &[Vec<u8>]) -> Flow {
    if !shell.dialect.is_bash() {
        return built_in_commands(shell).await;
    }
    let topics: Vec<Vec<u8>> =
        arguments.iter().skip(1).filter(|word| !word.starts_with(b"-")).cloned().collect();
    if topics.is_empty() {
        return overview(shell).await;
    }
    for topic in topics {
        match find(&topic, shell.dialect) {
            Some(builtin) => {
                let line = format!("{}: {} {}\n", builtin.name, builtin.name, builtin.synopsis);
                shell.print(line).await?;
            }
            None => {
                let shown = String::from_utf8_lossy(&topic).into_owned();
                let text = format!(
                    "no help topics match `{shown}'.  Try `help help' or `man -k {shown}' or `info {shown}'."
                );
                shell.complain(Some("help"), text).await;
                shell.status = 1;
            }
        }
    }
    Ok(())
}

/// Two columns of synopses.
async fn overview(shell: &mut Shell) -> Flow {
    let distro = shell.machine().distro();
    let machine = shell.machine().persona().system.machine.clone();
    let mut out = format!(
        "GNU bash, version {} ({machine}-pc-linux-gnu)\n\
         These shell commands are defined internally.  Type `help' to see this list.\n\
         Type `help name' to find out more about the function `name'.\n\
         Use `info bash' to find out more about the shell in general.\n\
         Use `man -k' or `info' to find out more about commands not in this list.\n\n\
         A star (*) next to a name means that the command is disabled.\n\n",
        bash_version(distro)
    );
    const KEYWORDS: &[&str] = &[
        "job_spec [&]",
        "(( expression ))",
        "[[ expression ]]",
        "case WORD in [PATTERN [| PATTERN]...) COMMANDS ;;]... esac",
        "coproc [NAME] command [redirections]",
        "for NAME [in WORDS ... ] ; do COMMANDS; done",
        "for (( exp1; exp2; exp3 )); do COMMANDS; done",
        "function name { COMMANDS ; } or name () { COMMANDS ; }",
        "if COMMANDS; then COMMANDS; [ elif COMMANDS; then COMMANDS; ]... [ else COMMANDS; ] fi",
        "select NAME [in WORDS ... ;] do COMMANDS; done",
        "time [-p] pipeline",
        "until COMMANDS; do COMMANDS-2; done",
        "variables - Names and meanings of some shell variables",
        "while COMMANDS; do COMMANDS-2; done",
        "{ COMMANDS ; }",
    ];
    let mut lines: Vec<String> = KEYWORDS.iter().map(|line| (*line).to_owned()).collect();
    lines.extend(
        of(shell.dialect)
            .map(|builtin| format!("{} {}", builtin.name, builtin.synopsis).trim_end().to_owned()),
    );
    lines
        .sort_by_key(|line| line.trim_start_matches(|letter: char| !letter.is_ascii_alphabetic()).to_owned());
    let rows = lines.len().div_ceil(2);
    let cell = |text: &str, width: usize| {
        if text.len() > width {
            format!("{}>", text.get(..width - 1).unwrap_or_default())
        } else {
            text.to_owned()
        }
    };
    for row in 0..rows {
        let left = lines.get(row).map(|line| cell(line, 36)).unwrap_or_default();
        let right = lines.get(row + rows).map(|line| cell(line, 36)).unwrap_or_default();
        out.push_str(&format!(" {left:<38} {right}\n"));
    }
    shell.print(out).await
}

/// What `help` of BusyBox's shell lists.
async fn built_in_commands(shell: &mut Shell) -> Flow {
    let mut out = String::from("Built-in commands:\n------------------\n");
    let mut column = 0;
    for builtin in of(shell.dialect) {
        out.push(if column == 0 { '\t' } else { ' ' });
        out.push_str(builtin.name);
        column += 1 + builtin.name.len();
        if column > 60 {
            out.push('\n');
            column = 0;
        }
    }
    if column > 0 {
        out.push('\n');
    }
    shell.print(out).await
}
