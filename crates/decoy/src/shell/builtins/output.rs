//! `echo`

use super::super::{
    dialect::Dialect,
    escape::{self, Flavour},
    interpreter::{Flow, Shell},
};

pub(super) async fn echo(shell: &mut Shell, arguments: &[Vec<u8>]) -> Flow {
    let mut words = arguments.get(1..).unwrap_or_default();
    let (mut newline, mut escapes) = (true, shell.dialect.is_dash() || shell.options.shopt("xpg_echo"));
    while let Some((word, rest)) = words.split_first() {
        let Some(letters) = word.strip_prefix(b"-").filter(|letters| !letters.is_empty()) else { break };
        let known = if shell.dialect == Dialect::Dash { b"n".as_slice() } else { b"neE" };
        if !letters.iter().all(|letter| known.contains(letter)) || shell.dialect.is_dash() && letters != b"n"
        {
            break;
        }
        for letter in letters {
            match letter {
                b'n' => newline = false,
                b'e' => escapes = true,
                _ => escapes = false,
            }
        }
        words = rest;
        if shell.dialect.is_dash() {
            break;
        }
    }
    let mut out = words.join(&b' ');
    if escapes {
        let plain = shell.dialect.is_dash();
        let (decoded, ended) = if plain {
            escape::decode_plain(&out, Flavour::Echo)
        } else {
            escape::decode(&out, Flavour::Echo)
        };
        out = decoded;
        newline &= !ended;
    }
    if newline {
        out.push(b'\n');
    }
    shell.print(out).await
}
