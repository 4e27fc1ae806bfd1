//! `set -o` and `shopt`.

use super::super::dialect::Dialect;

/// Options of `set`, by their letters and names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Options {
    pub(crate) allexport: bool,
    pub(crate) errexit: bool,
    pub(crate) noglob: bool,
    pub(crate) noexec: bool,
    pub(crate) nounset: bool,
    pub(crate) verbose: bool,
    pub(crate) xtrace: bool,
    pub(crate) noclobber: bool,
    pub(crate) pipefail: bool,
    pub(crate) monitor: bool,
    pub(crate) history: bool,
    pub(crate) notify: bool,
    pub(crate) histexpand: bool,
    pub(crate) ignoreeof: bool,
    pub(crate) vi: bool,
    pub(crate) posix: bool,
    pub(crate) physical: bool,
    /// Options of `shopt` that differ from their default.
    pub(crate) shopt: Vec<(&'static str, bool)>,
}

/// Options of `set -o` in bash, in the order in which it lists them; letter or nothing.
pub(crate) const BASH: &[(&str, Option<u8>)] = &[
    ("allexport", Some(b'a')),
    ("braceexpand", Some(b'B')),
    ("emacs", None),
    ("errexit", Some(b'e')),
    ("errtrace", Some(b'E')),
    ("functrace", Some(b'T')),
    ("hashall", Some(b'h')),
    ("histexpand", Some(b'H')),
    ("history", None),
    ("ignoreeof", None),
    ("interactive-comments", None),
    ("keyword", Some(b'k')),
    ("monitor", Some(b'm')),
    ("noclobber", Some(b'C')),
    ("noexec", Some(b'n')),
    ("noglob", Some(b'f')),
    ("nolog", None),
    ("notify", Some(b'b')),
    ("nounset", Some(b'u')),
    ("onecmd", Some(b't')),
    ("physical", Some(b'P')),
    ("pipefail", None),
    ("posix", None),
    ("privileged", Some(b'p')),
    ("verbose", Some(b'v')),
    ("vi", None),
    ("xtrace", Some(b'x')),
];

/// Options of dash, in its order.
pub(crate) const DASH: &[(&str, Option<u8>)] = &[
    ("errexit", Some(b'e')),
    ("noglob", Some(b'f')),
    ("ignoreeof", Some(b'I')),
    ("interactive", Some(b'i')),
    ("monitor", Some(b'm')),
    ("noexec", Some(b'n')),
    ("stdin", Some(b's')),
    ("xtrace", Some(b'x')),
    ("verbose", Some(b'v')),
    ("vi", Some(b'V')),
    ("emacs", Some(b'E')),
    ("noclobber", Some(b'C')),
    ("allexport", Some(b'a')),
    ("notify", Some(b'b')),
    ("nounset", Some(b'u')),
    ("nolog", None),
    ("debug", None),
];

/// `shopt` of bash 5.2 with what is on by default in a shell that is not interactive.
pub(crate) const SHOPT: &[(&str, bool)] = &[
    ("autocd", false),
    ("assoc_expand_once", false),
    ("cdable_vars", false),
    ("cdspell", false),
    ("checkhash", false),
    ("checkjobs", false),
    ("checkwinsize", true),
    ("cmdhist", true),
    ("compat31", false),
    ("compat32", false),
    ("compat40", false),
    ("compat41", false),
    ("compat42", false),
    ("compat43", false),
    ("compat44", false),
    ("complete_fullquote", true),
    ("direxpand", false),
    ("dirspell", false),
    ("dotglob", false),
    ("execfail", false),
    ("expand_aliases", false),
    ("extdebug", false),
    ("extglob", false),
    ("extquote", true),
    ("failglob", false),
    ("force_fignore", true),
    ("globasciiranges", true),
    ("globskipdots", true),
    ("globstar", false),
    ("gnu_errfmt", false),
    ("histappend", false),
    ("histreedit", false),
    ("histverify", false),
    ("hostcomplete", true),
    ("huponexit", false),
    ("inherit_errexit", false),
    ("interactive_comments", true),
    ("lastpipe", false),
    ("lithist", false),
    ("localvar_inherit", false),
    ("localvar_unset", false),
    ("login_shell", false),
    ("mailwarn", false),
    ("no_empty_cmd_completion", false),
    ("nocaseglob", false),
    ("nocasematch", false),
    ("noexpand_translation", false),
    ("nullglob", false),
    ("patsub_replacement", true),
    ("progcomp", true),
    ("progcomp_alias", false),
    ("promptvars", true),
    ("restricted_shell", false),
    ("shift_verbose", false),
    ("sourcepath", true),
    ("varredir_close", false),
    ("xpg_echo", false),
];

/// Letters of `$-` in the order in which bash puts them.
const LETTERS: &[u8] = b"abefhkmnptuvxBCEHPT";

impl Options {
    /// Options as a shell starts with them.
    pub(crate) fn at_start(dialect: Dialect, interactive: bool) -> Self {
        Self {
            monitor: interactive,
            history: interactive && dialect.is_bash(),
            histexpand: interactive && dialect.is_bash(),
            ..Self::default()
        }
    }

    /// Whether an option of `set -o` is on.
    pub(crate) fn get(&self, name: &str, interactive: bool) -> bool {
        match name {
            "braceexpand" | "hashall" | "interactive-comments" => true,
            "emacs" => interactive && !self.vi,
            "interactive" => interactive,
            _ => self.clone().place_mut(name).is_some_and(|on| *on),
        }
    }

    fn place_mut(&mut self, name: &str) -> Option<&mut bool> {
        Some(match name {
            "allexport" => &mut self.allexport,
            "errexit" => &mut self.errexit,
            "noglob" => &mut self.noglob,
            "noexec" => &mut self.noexec,
            "nounset" => &mut self.nounset,
            "verbose" => &mut self.verbose,
            "xtrace" => &mut self.xtrace,
            "noclobber" => &mut self.noclobber,
            "pipefail" => &mut self.pipefail,
            "monitor" => &mut self.monitor,
            "history" => &mut self.history,
            "notify" => &mut self.notify,
            "histexpand" => &mut self.histexpand,
            "ignoreeof" => &mut self.ignoreeof,
            "vi" => &mut self.vi,
            "posix" => &mut self.posix,
            "physical" => &mut self.physical,
            _ => return None,
        })
    }

    /// Sets an option of `set -o`; whether there is one of that name.
    pub(crate) fn set(&mut self, name: &str, on: bool, dialect: Dialect) -> bool {
        let table = if dialect.is_bash() { BASH } else { DASH };
        let known =
            table.iter().any(|(known, _)| *known == name) || (name == "pipefail" && !dialect.is_dash());
        if let Some(place) = self.place_mut(name) {
            *place = on;
        }
        known
    }

    /// The name of the option with this letter.
    pub(crate) fn named(letter: u8, dialect: Dialect) -> Option<&'static str> {
        let table = if dialect.is_bash() { BASH } else { DASH };
        table.iter().find(|(_, known)| *known == Some(letter)).map(|(name, _)| *name)
    }

    /// Whether an option of `shopt` is on.
    pub(crate) fn shopt(&self, name: &str) -> bool {
        let own = self.shopt.iter().rev().find(|(known, _)| *known == name);
        let default = SHOPT.iter().find(|(known, _)| *known == name);
        own.or(default).is_some_and(|(_, on)| *on)
    }

    /// Sets an option of `shopt`; whether there is one of that name.
    pub(crate) fn set_shopt(&mut self, name: &str, on: bool) -> bool {
        let Some((name, _)) = SHOPT.iter().find(|(known, _)| *known == name) else { return false };
        self.shopt.retain(|(known, _)| known != name);
        self.shopt.push((name, on));
        true
    }

    /// `$-`
    pub(crate) fn letters(&self, dialect: Dialect, start: &[u8]) -> Vec<u8> {
        let interactive = start.contains(&b'i');
        let mut out = Vec::new();
        let order: &[u8] = if dialect.is_bash() { LETTERS } else { b"efImnxvVECabu" };
        for letter in order {
            let name = Self::named(*letter, dialect).unwrap_or_default();
            if self.get(name, interactive) && *letter != b'E' {
                out.push(*letter);
            }
        }
        if interactive {
            // bash keeps its letters sorted but for those of the start, which come where they do.
            let at = out.iter().position(|letter| *letter > b'i').unwrap_or(out.len());
            let at = if dialect.is_bash() { at } else { 0 };
            out.insert(at, b'i');
        }
        out.extend(start.iter().filter(|letter| **letter == b's' || **letter == b'c' && !dialect.is_dash()));
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_those_of_bash() {
        let interactive = Options::at_start(Dialect::Bash, true);
        assert_eq!(interactive.letters(Dialect::Bash, b"is"), b"himBHs");
        assert_eq!(Options::at_start(Dialect::Bash, false).letters(Dialect::Bash, b"c"), b"hBc");
    }

    #[test]
    fn options_are_set_by_name() {
        let mut options = Options::default();
        assert!(options.set("pipefail", true, Dialect::Bash));
        assert!(!options.set("nonsense", true, Dialect::Bash));
        assert!(options.pipefail);
        assert!(options.shopt("cmdhist"));
        assert!(options.set_shopt("cmdhist", false));
        assert!(!options.shopt("cmdhist"));
    }
}
