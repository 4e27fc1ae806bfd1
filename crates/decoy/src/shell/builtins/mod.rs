//! Commands that are part of the shell.

mod directory;
mod flow;
mod getopts;
mod help;
mod history;
mod input;
mod job;
mod limits;
mod naming;
mod options;
mod output;
mod printf;
pub(crate) mod test;
mod trap;
mod variable;
mod wait;

pub(crate) use job::signal_text;
pub(crate) use variable::attributes;

use super::{
    dialect::Dialect,
    interpreter::{Flow, Shell},
    process::BoxFuture,
};

/// A command of the shell itself.
pub(crate) struct Builtin {
    pub(crate) name: &'static str,
    /// Special in the sense of POSIX.
    pub(crate) special: bool,
    /// Which shells have it: bash, dash, BusyBox.
    shells: &'static [Dialect],
    /// Its line in `help`, after the name.
    pub(crate) synopsis: &'static str,
    pub(crate) run: for<'a> fn(&'a mut Shell, &'a [Vec<u8>]) -> BoxFuture<'a, Flow>,
}

const ALL: &[Dialect] = &[Dialect::Bash, Dialect::Dash, Dialect::Ash];
const BASH: &[Dialect] = &[Dialect::Bash];
const ASH: &[Dialect] = &[Dialect::Ash];
const NOT_DASH: &[Dialect] = &[Dialect::Bash, Dialect::Ash];
const NOT_BASH: &[Dialect] = &[Dialect::Dash, Dialect::Ash];

macro_rules! builtins {
    ($( $name:literal $special:literal $shells:ident $run:path, $synopsis:literal; )*) => {
        /// All of them, sorted by name.
        pub(crate) const TABLE: &[Builtin] = &[ $( Builtin {
            name: $name,
            special: $special,
            shells: $shells,
            synopsis: $synopsis,
            run: |shell, arguments| Box::pin($run(shell, arguments)),
        }, )* ];
    };
}

builtins! {
    "." true ALL flow::source, "filename [arguments]";
    ":" true ALL flow::nothing, "";
    "[" false ALL test::bracket, "arg... ]";
    "[[" false ASH test::double_bracket, "arg... ]]";
    "alias" false ALL naming::alias, "[-p] [name[=value] ... ]";
    "bg" false ALL job::background, "[job_spec ...]";
    "bind" false BASH flow::nothing, "[-lpsvPSVX] [-m keymap] [-f filename] [-q name] [-u name] [-r keyseq] [-x keyseq:shell-command] [keyseq:readline-function or readline-command]";
    "break" true ALL flow::leave_loop, "[n]";
    "builtin" false BASH naming::builtin, "[shell-builtin [arg ...]]";
    "caller" false BASH flow::caller, "[expr]";
    "cd" false ALL directory::change, "[-L|[-P [-e]] [-@]] [dir]";
    "chdir" false NOT_BASH directory::change, "[dir]";
    "command" false ALL naming::command, "[-pVv] command [arg ...]";
    "compgen" false BASH naming::compgen, "[-abcdefgjksuv] [-o option] [-A action] [-G globpat] [-W wordlist] [-F function] [-C command] [-X filterpat] [-P prefix] [-S suffix] [word]";
    "complete" false BASH flow::nothing, "[-abcdefgjksuv] [-pr] [-DEI] [-o option] [-A action] [-G globpat] [-W wordlist] [-F function] [-C command] [-X filterpat] [-P prefix] [-S suffix] [name ...]";
    "compopt" false BASH flow::nothing, "[-o|+o option] [-DEI] [name ...]";
    "continue" true ALL flow::next_turn, "[n]";
    "declare" false BASH variable::declare, "[-aAfFgiIlnrtux] [name[=value] ...] or declare -p [-aAfFilnrtux] [name ...]";
    "dirs" false BASH directory::list, "[-clpv] [+N] [-N]";
    "disown" false BASH job::disown, "[-h] [-ar] [jobspec ... | pid ...]";
    "echo" false ALL output::echo, "[-neE] [arg ...]";
    "enable" false BASH naming::enable, "[-a] [-dnps] [-f filename] [name ...]";
    "eval" true ALL flow::evaluate, "[arg ...]";
    "exec" true ALL flow::replace, "[-cl] [-a name] [command [argument ...]] [redirection ...]";
    "exit" true ALL flow::exit, "[n]";
    "export" true ALL variable::export, "[-fn] [name[=value] ...] or export -p";
    "false" false ALL flow::failure, "";
    "fc" false BASH history::fix, "[-e ename] [-lnr] [first] [last] or fc -s [pat=rep] [command]";
    "fg" false ALL job::foreground, "[job_spec]";
    "getopts" false ALL getopts::getopts, "optstring name [arg ...]";
    "hash" false ALL naming::hash, "[-lr] [-p pathname] [-dt] [name ...]";
    "help" false NOT_DASH help::help, "[-dms] [pattern ...]";
    "history" false NOT_DASH history::history, "[-c] [-d offset] [n] or history -anrw [filename] or history -ps arg [arg...]";
    "jobs" false ALL job::list, "[-lnprs] [jobspec ...] or jobs -x command [args]";
    "kill" false ALL job::kill, "[-s sigspec | -n signum | -sigspec] pid | jobspec ... or kill -l [sigspec]";
    "let" false NOT_DASH variable::calculate, "arg [arg ...]";
    "local" false ALL variable::local, "[option] name[=value] ...";
    "logout" false BASH flow::logout, "[n]";
    "mapfile" false BASH input::mapfile, "[-d delim] [-n count] [-O origin] [-s count] [-t] [-u fd] [-C callback] [-c quantum] [array]";
    "popd" false BASH directory::pop, "[-n] [+N | -N]";
    "printf" false ALL printf::printf, "[-v var] format [arguments]";
    "pushd" false BASH directory::push, "[-n] [+N | -N | dir]";
    "pwd" false ALL directory::print, "[-LP]";
    "read" false ALL input::read, "[-ers] [-a array] [-d delim] [-i text] [-n nchars] [-N nchars] [-p prompt] [-t timeout] [-u fd] [name ...]";
    "readarray" false BASH input::mapfile, "[-d delim] [-n count] [-O origin] [-s count] [-t] [-u fd] [-C callback] [-c quantum] [array]";
    "readonly" true ALL variable::readonly, "[-aAf] [name[=value] ...] or readonly -p";
    "return" true ALL flow::give_back, "[n]";
    "set" true ALL options::set, "[-abefhkmnptuvxBCEHPT] [-o option-name] [--] [-] [arg ...]";
    "shift" true ALL variable::shift, "[n]";
    "shopt" false BASH options::shopt, "[-pqsu] [-o] [optname ...]";
    "source" true NOT_DASH flow::source, "filename [arguments]";
    "suspend" false BASH job::suspend, "[-f]";
    "test" false ALL test::test, "[expr]";
    "times" true ALL limits::times, "";
    "trap" true ALL trap::trap, "[-lp] [[arg] signal_spec ...]";
    "true" false ALL flow::nothing, "";
    "type" false ALL naming::kind, "[-afptP] name [name ...]";
    "typeset" false BASH variable::declare, "[-aAfFgiIlnrtux] name[=value] ... or typeset -p [-aAfFilnrtux] [name ...]";
    "ulimit" false ALL limits::ulimit, "[-SHabcdefiklmnpqrstuvxPRT] [limit]";
    "umask" false ALL limits::umask, "[-p] [-S] [mode]";
    "unalias" false ALL naming::unalias, "[-a] name [name ...]";
    "unset" true ALL variable::unset, "[-f] [-v] [-n] [name ...]";
    "wait" false ALL wait::wait, "[-fn] [-p var] [id ...]";
}

/// The builtin of that name in a shell.
pub(crate) fn find(name: &[u8], dialect: Dialect) -> Option<&'static Builtin> {
    let at = TABLE.binary_search_by(|builtin| builtin.name.as_bytes().cmp(name)).ok()?;
    TABLE.get(at).filter(|builtin| builtin.shells.contains(&dialect))
}

/// All builtins of a shell.
pub(crate) fn of(dialect: Dialect) -> impl Iterator<Item = &'static Builtin> {
    TABLE.iter().filter(move |builtin| builtin.shells.contains(&dialect))
}

/// Options as letters, and what comes after them.
pub(super) struct Letters<'a> {
    pub(super) letters: Vec<u8>,
    pub(super) rest: &'a [Vec<u8>],
}

impl Shell {
    /// Reads options of a builtin, of which `known` are there; complains of others.
    pub(super) async fn letters<'a>(
        &mut self,
        builtin: &'static str,
        arguments: &'a [Vec<u8>],
        known: &[u8],
    ) -> Result<Option<Letters<'a>>, super::interpreter::Stop> {
        let mut rest = arguments.get(1..).unwrap_or_default();
        let mut letters = Vec::new();
        while let Some((argument, after)) = rest.split_first() {
            let Some(group) = argument.strip_prefix(b"-").filter(|group| !group.is_empty()) else { break };
            rest = after;
            if group == b"-" {
                break;
            }
            for letter in group {
                if !known.contains(letter) {
                    self.bad_letter(builtin, *letter).await?;
                    return Ok(None);
                }
                letters.push(*letter);
            }
        }
        Ok(Some(Letters { letters, rest }))
    }

    /// Complains of an option that is not there.
    pub(super) async fn bad_letter(&mut self, builtin: &'static str, letter: u8) -> Flow {
        let letter = char::from(letter);
        match self.dialect {
            Dialect::Bash => {
                self.complain(Some(builtin), format!("-{letter}: invalid option")).await;
                self.usage(builtin).await;
                self.status = 2;
                Ok(())
            }
            Dialect::Dash => {
                self.complain(Some(builtin), format!("Illegal option -{letter}")).await;
                self.failed_special(2)
            }
            Dialect::Ash => {
                self.complain(Some(builtin), format!("illegal option -{letter}")).await;
                self.failed_special(2)
            }
        }
    }

    /// The end of a POSIX shell's command line after an error of a builtin.
    pub(super) fn failed_special(&mut self, status: u8) -> Flow {
        self.status = status;
        if self.dialect.is_bash() { Ok(()) } else { Err(self.fatal(status)) }
    }

    /// bash's line of usage.
    pub(super) async fn usage(&mut self, builtin: &str) {
        let synopsis =
            find(builtin.as_bytes(), Dialect::Bash).map(|builtin| builtin.synopsis).unwrap_or_default();
        self.print_error(format!("{builtin}: usage: {builtin} {synopsis}\n")).await;
    }

    /// Complains and fails with status 1.
    pub(super) async fn fails(&mut self, builtin: &str, text: impl AsRef<[u8]> + Send) -> Flow {
        self.complain(Some(builtin), text).await;
        self.status = 1;
        Ok(())
    }
}

/// A number, as builtins take one.
pub(super) fn number(text: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(text.trim_ascii()).ok()?;
    text.strip_prefix('+').unwrap_or(text).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::TABLE;

    #[test]
    fn the_table_is_sorted() {
        assert!(TABLE.windows(2).all(|pair| pair[0].name < pair[1].name));
    }
}
