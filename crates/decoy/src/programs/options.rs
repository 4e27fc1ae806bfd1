//! Options as `getopt_long` reads them, and what it says of wrong ones.

/// What a program takes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spec {
    /// Letters, each followed by `:` when it takes an argument, `::` when it may; a `+` at the
    /// beginning lets the first operand end the options.
    pub(super) short: &'static str,
    /// Words with the letter that they stand for; ending in `=` with an argument, in `?` when it may have one.
    pub(super) long: &'static [(&'static str, char)],
}

/// What was given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Parsed {
    /// Letters in order, with their arguments.
    pub(super) options: Vec<(char, Option<Vec<u8>>)>,
    /// The rest.
    pub(super) operands: Vec<Vec<u8>>,
}

impl Parsed {
    pub(super) fn has(&self, letter: char) -> bool {
        self.options.iter().any(|(name, _)| *name == letter)
    }

    /// The argument that was given last.
    pub(super) fn value(&self, letter: char) -> Option<&[u8]> {
        self.options.iter().rev().find(|(name, _)| *name == letter)?.1.as_deref()
    }

    /// Which of the letters was given last.
    pub(super) fn last_of(&self, letters: &str) -> Option<char> {
        self.options.iter().rev().map(|(name, _)| *name).find(|name| letters.contains(*name))
    }
}

/// Why options are wrong, in the words of glibc, without the program's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wrong(pub(super) String);

/// Reads the arguments of a program.
pub(super) fn parse(arguments: &[Vec<u8>], spec: Spec) -> Result<Parsed, Wrong> {
    let mut out = Parsed::default();
    let mut rest = arguments.iter();
    let (stops, short) = spec.short.strip_prefix('+').map_or((false, spec.short), |short| (true, short));
    while let Some(argument) = rest.next() {
        match argument.as_slice() {
            b"--" => {
                out.operands.extend(rest.cloned());
                break;
            }
            [b'-', b'-', word @ ..] => long(word, spec, &mut rest, &mut out)?,
            [b'-', letters @ ..] if !letters.is_empty() => cluster(letters, short, &mut rest, &mut out)?,
            _ => {
                out.operands.push(argument.clone());
                if stops {
                    out.operands.extend(rest.cloned());
                    break;
                }
            }
        }
    }
    Ok(out)
}

fn cluster(
    letters: &[u8],
    short: &str,
    rest: &mut std::slice::Iter<'_, Vec<u8>>,
    out: &mut Parsed,
) -> Result<(), Wrong> {
    let mut at = 0;
    while let Some(letter) = letters.get(at).copied() {
        at += 1;
        let name = char::from(letter);
        let place = short.find(name).filter(|_| letter != b':');
        let Some(after) = place.and_then(|place| short.get(place + 1..)) else {
            return Err(Wrong(format!("invalid option -- '{name}'")));
        };
        if !after.starts_with(':') {
            out.options.push((name, None));
            continue;
        }
        let attached = letters.get(at..).filter(|text| !text.is_empty()).map(<[u8]>::to_vec);
        let value =
            if after.starts_with("::") { attached } else { attached.or_else(|| rest.next().cloned()) };
        if value.is_none() && !after.starts_with("::") {
            return Err(Wrong(format!("option requires an argument -- '{name}'")));
        }
        out.options.push((name, value));
        break;
    }
    Ok(())
}

fn long(
    word: &[u8],
    spec: Spec,
    rest: &mut std::slice::Iter<'_, Vec<u8>>,
    out: &mut Parsed,
) -> Result<(), Wrong> {
    let text = String::from_utf8_lossy(word).into_owned();
    let (name, value) = match text.split_once('=') {
        Some((name, _)) => (name.to_owned(), word.get(name.len() + 1..).map(<[u8]>::to_vec)),
        None => (text.clone(), None),
    };
    let bare = |known: &&'static str| known.trim_end_matches(['=', '?']);
    let known = spec.long.iter().filter(|(known, _)| bare(known).starts_with(&name)).collect::<Vec<_>>();
    let exact = known.iter().find(|(known, _)| bare(known) == name);
    let same = known.windows(2).all(|pair| matches!(pair, [a, b] if a.1 == b.1));
    let (found, letter) = match (exact, known.as_slice()) {
        (Some(found), _) => **found,
        (None, []) => return Err(Wrong(format!("unrecognized option '--{text}'"))),
        (None, [first, ..]) if same => **first,
        (None, several) => {
            let list: Vec<String> = several.iter().map(|(known, _)| format!("'--{}'", bare(known))).collect();
            return Err(Wrong(format!("option '--{name}' is ambiguous; possibilities: {}", list.join(" "))));
        }
    };
    let whole = bare(&found);
    let value = match (found.chars().last(), value) {
        (Some('='), None) => match rest.next() {
            Some(value) => Some(value.clone()),
            None => return Err(Wrong(format!("option '--{whole}' requires an argument"))),
        },
        (Some('=' | '?'), value) => value,
        (_, Some(_)) => return Err(Wrong(format!("option '--{whole}' doesn't allow an argument"))),
        (_, None) => None,
    };
    out.options.push((letter, value));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPEC: Spec =
        Spec { short: "abn:c::", long: &[("all", 'a'), ("lines=", 'n'), ("color?", 'c'), ("allow", 'b')] };

    fn check(arguments: &str, expect: &str) {
        let arguments: Vec<Vec<u8>> = arguments.split_whitespace().map(|word| word.into()).collect();
        let shown = match parse(&arguments, SPEC) {
            Ok(parsed) => {
                let options: Vec<String> = parsed
                    .options
                    .iter()
                    .map(|(letter, value)| {
                        format!(
                            "{letter}{}",
                            value
                                .as_ref()
                                .map_or(String::new(), |v| format!("={}", String::from_utf8_lossy(v)))
                        )
                    })
                    .collect();
                let operands: Vec<String> =
                    parsed.operands.iter().map(|o| String::from_utf8_lossy(o).into_owned()).collect();
                format!("{} | {}", options.join(" "), operands.join(" "))
            }
            Err(Wrong(text)) => text,
        };
        assert_eq!(shown, expect);
    }

    #[test]
    fn options_are_read_as_glibc_reads_them() {
        check("-ab x -n5 y -n 6", "a b n=5 n=6 | x y");
        check("--lines=3 --lines 4 --color --color=always -- -a", "n=3 n=4 c c=always | -a");
        check("-z", "invalid option -- 'z'");
        check("-n", "option requires an argument -- 'n'");
        check("--li", "option '--lines' requires an argument");
        check("--foo=1", "unrecognized option '--foo=1'");
        check("--al", "option '--al' is ambiguous; possibilities: '--all' '--allow'");
        check("--all=x", "option '--all' doesn't allow an argument");
        check("- a", " | - a");
    }

    proptest::proptest! {
        #[test]
        fn any_arguments_are_read(arguments in proptest::collection::vec(proptest::collection::vec(proptest::num::u8::ANY, 0..12), 0..6)) {
            let _ = parse(&arguments, SPEC);
        }
    }
}
