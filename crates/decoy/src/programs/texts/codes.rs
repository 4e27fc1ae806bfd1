//! iconv: texts from one code to another.

use super::super::{
    context::Done,
    options::{Spec, parse},
};
use crate::shell::{Exit, Process};

/// What is known of codes: their names, and what they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Code {
    Ascii,
    Latin1,
    Latin9,
    Windows,
    Utf8,
    /// Bytes of a unit, the low one first or not, and whether a mark stands before it.
    Wide(usize, bool, bool),
}

const CODES: &[(&str, Code)] = &[
    ("ASCII", Code::Ascii),
    ("US-ASCII", Code::Ascii),
    ("ANSI_X3.4-1968", Code::Ascii),
    ("ISO-8859-1", Code::Latin1),
    ("ISO8859-1", Code::Latin1),
    ("LATIN1", Code::Latin1),
    ("ISO-8859-15", Code::Latin9),
    ("LATIN-9", Code::Latin9),
    ("CP1252", Code::Windows),
    ("WINDOWS-1252", Code::Windows),
    ("UTF-8", Code::Utf8),
    ("UTF8", Code::Utf8),
    ("UTF-16", Code::Wide(2, true, true)),
    ("UTF16", Code::Wide(2, true, true)),
    ("UTF-16LE", Code::Wide(2, true, false)),
    ("UTF16LE", Code::Wide(2, true, false)),
    ("UCS-2LE", Code::Wide(2, true, false)),
    ("UTF-16BE", Code::Wide(2, false, false)),
    ("UTF16BE", Code::Wide(2, false, false)),
    ("UCS-2BE", Code::Wide(2, false, false)),
    ("UTF-32", Code::Wide(4, true, true)),
    ("UTF32", Code::Wide(4, true, true)),
    ("UTF-32LE", Code::Wide(4, true, false)),
    ("UTF-32BE", Code::Wide(4, false, false)),
    ("UCS-4LE", Code::Wide(4, true, false)),
    ("UCS-4BE", Code::Wide(4, false, false)),
    ("UCS-4", Code::Wide(4, false, false)),
];

/// What `CP1252` has from 0x80 to 0x9f.
const WINDOWS: &str = "\u{20ac}\u{81}\u{201a}\u{192}\u{201e}\u{2026}\u{2020}\u{2021}\u{2c6}\u{2030}\u{160}\u{2039}\u{152}\u{8d}\u{17d}\u{8f}\u{90}\u{2018}\u{2019}\u{201c}\u{201d}\u{2022}\u{2013}\u{2014}\u{2dc}\u{2122}\u{161}\u{203a}\u{153}\u{9d}\u{17e}\u{178}";
/// Where Latin 9 differs from Latin 1.
const LATIN9: &[(u8, char)] = &[
    (0xa4, '\u{20ac}'),
    (0xa6, '\u{160}'),
    (0xa8, '\u{161}'),
    (0xb4, '\u{17d}'),
    (0xb8, '\u{17e}'),
    (0xbc, '\u{152}'),
    (0xbd, '\u{153}'),
    (0xbe, '\u{178}'),
];

fn find(name: &str) -> Option<Code> {
    let name = name.to_ascii_uppercase();
    CODES.iter().find(|(known, _)| *known == name).map(|(_, code)| *code)
}

/// The first character and its length; why there is none: cut off or not.
fn first(bytes: &[u8], code: Code) -> Result<(char, usize), bool> {
    let byte = *bytes.first().ok_or(true)?;
    match code {
        Code::Ascii if byte >= 0x80 => Err(false),
        Code::Ascii | Code::Latin1 => Ok((char::from(byte), 1)),
        Code::Latin9 => {
            let other = LATIN9.iter().find(|(known, _)| *known == byte).map(|(_, letter)| *letter);
            Ok((other.unwrap_or_else(|| char::from(byte)), 1))
        }
        Code::Windows => match byte {
            0x80..=0x9f => {
                let letter = WINDOWS.chars().nth(usize::from(byte - 0x80)).ok_or(false)?;
                if u32::from(letter) < 0xa0 { Err(false) } else { Ok((letter, 1)) }
            }
            _ => Ok((char::from(byte), 1)),
        },
        Code::Utf8 => {
            let window = bytes.get(..4).unwrap_or(bytes);
            let valid = match std::str::from_utf8(window) {
                Ok(text) => text,
                Err(error) if error.valid_up_to() > 0 => {
                    std::str::from_utf8(window.get(..error.valid_up_to()).unwrap_or_default())
                        .unwrap_or_default()
                }
                Err(error) => return Err(error.error_len().is_none()),
            };
            valid.chars().next().map(|letter| (letter, letter.len_utf8())).ok_or(false)
        }
        Code::Wide(size, little, _) => {
            let unit = |at: usize| {
                let unit = bytes.get(at..at + size)?;
                let fold = |value: u32, byte: &u8| value << 8 | u32::from(*byte);
                Some(if little { unit.iter().rev().fold(0, fold) } else { unit.iter().fold(0, fold) })
            };
            let value = unit(0).ok_or(true)?;
            if size == 2 && (0xd800..0xdc00).contains(&value) {
                let low = unit(2).ok_or(true)?;
                let value = 0x1_0000 + ((value & 0x3ff) << 10 | low & 0x3ff);
                return char::from_u32(value).filter(|_| low & 0xfc00 == 0xdc00).map(|l| (l, 4)).ok_or(false);
            }
            char::from_u32(value).map(|letter| (letter, size)).ok_or(false)
        }
    }
}

/// What stands for a letter where the code has none.
fn near(letter: char) -> &'static str {
    match letter {
        '\u{20ac}' => "EUR",
        '\u{2018}' | '\u{2019}' => "'",
        '\u{201c}' | '\u{201d}' => "\"",
        '\u{2013}' | '\u{2014}' => "-",
        '\u{2026}' => "...",
        '\u{a0}' => " ",
        '\u{a9}' => "(C)",
        '\u{ae}' => "(R)",
        '\u{e4}' => "a",
        '\u{f6}' => "o",
        '\u{fc}' => "u",
        '\u{df}' => "ss",
        '\u{e0}'..='\u{e3}' | '\u{e5}' => "a",
        '\u{e8}'..='\u{eb}' => "e",
        '\u{ec}'..='\u{ef}' => "i",
        '\u{f1}' => "n",
        '\u{f2}'..='\u{f5}' => "o",
        '\u{f9}'..='\u{fb}' => "u",
        '\u{e7}' => "c",
        _ => "?",
    }
}

/// Appends a letter; false when the code has none.
fn put(letter: char, code: Code, out: &mut Vec<u8>) -> bool {
    let value = u32::from(letter);
    let single = match code {
        Code::Utf8 => {
            out.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
            return true;
        }
        Code::Wide(4, little, _) => {
            out.extend(if little { value.to_le_bytes() } else { value.to_be_bytes() });
            return true;
        }
        Code::Wide(_, little, _) => {
            for unit in letter.encode_utf16(&mut [0; 2]) {
                out.extend(if little { unit.to_le_bytes() } else { unit.to_be_bytes() });
            }
            return true;
        }
        Code::Ascii => u8::try_from(value).ok().filter(u8::is_ascii),
        Code::Latin1 => u8::try_from(value).ok(),
        Code::Latin9 => match LATIN9.iter().find(|(_, known)| *known == letter) {
            Some((byte, _)) => Some(*byte),
            None => u8::try_from(value).ok().filter(|byte| LATIN9.iter().all(|(known, _)| known != byte)),
        },
        Code::Windows => match WINDOWS.chars().position(|known| known == letter) {
            Some(at) => u8::try_from(at + 0x80).ok(),
            None => u8::try_from(value).ok(),
        },
    };
    out.extend(single);
    single.is_some()
}

/// What becomes of a text, and where it went wrong: the position, and whether the input was cut.
fn converted(
    text: &[u8],
    from: Code,
    to: Code,
    skips: bool,
    nears: bool,
) -> (Vec<u8>, Option<(usize, bool)>) {
    let mut out = Vec::new();
    if let Code::Wide(_, _, true) = to {
        put('\u{feff}', to, &mut out);
    }
    let mut at = 0;
    while at < text.len() {
        let rest = text.get(at..).unwrap_or_default();
        match first(rest, from) {
            Ok(('\u{feff}', length)) if at == 0 && matches!(from, Code::Wide(_, _, true)) => at += length,
            Ok((letter, length)) => {
                if !put(letter, to, &mut out) {
                    if nears {
                        near(letter).chars().for_each(|letter| {
                            put(letter, to, &mut out);
                        });
                    } else if !skips {
                        return (out, Some((at, false)));
                    }
                }
                at += length;
            }
            Err(false) if skips => at += 1,
            Err(cut) => return (out, Some((at, cut))),
        }
    }
    (out, None)
}

fn names(given: Option<&[u8]>) -> (String, bool, bool) {
    let text = String::from_utf8_lossy(given.unwrap_or(b"UTF-8")).into_owned();
    let mut parts = text.split("//");
    let name = parts.next().unwrap_or_default().to_owned();
    let extras: Vec<String> = parts.map(str::to_ascii_uppercase).collect();
    let name = if name.is_empty() { "UTF-8".to_owned() } else { name };
    (name, extras.iter().any(|e| e == "TRANSLIT"), extras.iter().any(|e| e == "IGNORE"))
}

const USAGE: &str = "Try `iconv --help' or `iconv --usage' for more information.\n";

pub(in crate::programs) async fn iconv(process: &mut Process) -> Done {
    let spec = Spec {
        short: "f:t:o:lcs",
        long: &[
            ("from-code=", 'f'),
            ("to-code=", 't'),
            ("output=", 'o'),
            ("list", 'l'),
            ("silent", 's'),
            ("verbose", 'v'),
            ("version", 'V'),
        ],
    };
    let given = match parse(process.arguments(), spec) {
        Ok(given) => given,
        Err(wrong) => {
            process.complain(format!("iconv: {}\n{USAGE}", wrong.0)).await;
            return Ok(Exit::Code(64));
        }
    };
    if given.has('l') {
        let list: String = CODES.iter().map(|(name, _)| format!("{name}//\n")).collect();
        process.print(list).await?;
        return Ok(Exit::SUCCESS);
    }
    let (from, ..) = names(given.value('f'));
    let (to, nears, ignores) = names(given.value('t'));
    let (source, target) = match (find(&from), find(&to)) {
        (Some(source), Some(target)) => (source, target),
        (known, other) => {
            let what = match (known, other) {
                (None, None) => format!("conversions from `{from}' and to `{to}' are not supported"),
                (None, _) => format!("conversion from `{from}' is not supported"),
                _ => format!("conversion to `{to}' is not supported"),
            };
            process.complain(format!("iconv: {what}\n{USAGE}")).await;
            return Ok(Exit::FAILURE);
        }
    };
    let standard = [b"-".to_vec()];
    let (mut all, mut good) = (Vec::new(), true);
    for name in if given.operands.is_empty() { &standard[..] } else { &given.operands[..] } {
        let text = match process.read_input(name).await {
            Ok(text) => text,
            Err(error) => {
                let name = String::from_utf8_lossy(name).into_owned();
                process.complain(format!("iconv: cannot open input file `{name}': {}\n", error.text())).await;
                good = false;
                continue;
            }
        };
        process.seat.work(text.len() as u64 / 64).await;
        let (out, wrong) = converted(&text, source, target, given.has('c') || ignores, nears);
        all.extend(out);
        if let Some((at, cut)) = wrong {
            let text = match (at, cut) {
                (_, true) => "incomplete character or shift sequence at end of buffer".to_owned(),
                (at, false) => format!("illegal input sequence at position {at}"),
            };
            put_all(process, &given, all).await?;
            return Ok(process.fail(text).await);
        }
    }
    put_all(process, &given, all).await?;
    Ok(if good { Exit::SUCCESS } else { Exit::FAILURE })
}

async fn put_all(
    process: &Process,
    given: &super::super::options::Parsed,
    text: Vec<u8>,
) -> Result<(), Exit> {
    let Some(name) = given.value('o') else { return process.print(text).await };
    match process.files.write(name, &text, 0o666) {
        Ok(()) => Ok(()),
        Err(_) => Err(process.fail("unable to open output file".as_bytes()).await),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_come_back() {
        let check = |text: &str, name: &str| {
            let code = find(name).unwrap();
            let (there, wrong) = converted(text.as_bytes(), Code::Utf8, code, false, false);
            assert_eq!(wrong, None, "{name}");
            assert_eq!(converted(&there, code, Code::Utf8, false, false).0, text.as_bytes(), "{name}");
        };
        check("h\u{e9}", "latin1");
        check("\u{20ac} \u{161}", "iso-8859-15");
        check("\u{20ac}\u{2019}", "cp1252");
        for name in ["utf-16", "utf-16le", "utf-16be", "utf-32"] {
            check("h\u{e9}\u{20ac}\u{1f600}", name);
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_converted(text: Vec<u8>, from in 0..CODES.len(), to in 0..CODES.len(), skips: bool) {
            let _ = converted(&text, CODES[from].1, CODES[to].1, skips, false);
        }
    }
}
