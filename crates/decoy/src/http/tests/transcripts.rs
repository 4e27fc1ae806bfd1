//! The same input to ours and to the real product: `transcripts/` holds what Apache 2.4.62, nginx
//! 1.22.1 and nginx 1.18.0 of Debian answered, byte for byte.
//!
//! A file is a list of cases: `# name`, then `> ` what is sent and `< ` what comes back, with
//! `\r`, `\n`, `\\` and `\xHH` for those bytes; `= name` is the body of an earlier case.
//! `{date}`, `{modified}`, `{tag}`, `{boundary}`, `{allow}`, `{gzip}`,
//! `{length}` and `{day}` stand for what moves.

use std::{collections::BTreeMap, sync::Arc};

use decnet_proto::{persona::ProductName, service::ServiceId};

use super::{Web, web_with_files};
use crate::{
    Host,
    testing::{self, Pace},
};

const FILES: &[(&str, &str)] = &[
    (
        "/index.html",
        "<html><head><title>x</title></head>\n<body><p>It works, and this is the front page.</p></body>\n</html>\n",
    ),
    (
        "/t.txt",
        "line 00 of 12\nline 01 of 12\nline 02 of 12\nline 03 of 12\nline 04 of 12\nline 05 of 12\nline 06 of 12\nline 07 of 12\nline 08 of 12\nline 09 of 12\nline 10 of 12\nline 11 of 12\n",
    ),
    ("/d/a.txt", "aaa\n"),
    ("/d/b.sql", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n"),
    ("/b.sql", "content of b.sql\n"),
    ("/.env", "content of .env\n"),
    ("/x.php", "content of x.php\n"),
    ("/noext", "content of noext\n"),
    ("/s.json", "content of s.json\n"),
];

struct Case {
    name: String,
    input: Vec<u8>,
    output: Vec<u8>,
}

fn cases(text: &str) -> Vec<Case> {
    let mut bodies: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    let mut cases: Vec<Case> = Vec::new();
    for line in text.lines() {
        let last = cases.last_mut();
        match (line.split_at_checked(2), last) {
            (Some(("# ", name)), _) => {
                cases.push(Case { name: name.into(), input: Vec::new(), output: Vec::new() });
            }
            (Some(("> ", rest)), Some(case)) => case.input.extend(unescape(rest)),
            (Some(("< ", rest)), Some(case)) => {
                case.output.extend(unescape(rest));
                let head_end = case.output.windows(4).position(|w| w == b"\r\n\r\n").map(|at| at + 4);
                bodies
                    .insert(case.name.clone(), head_end.map_or(Vec::new(), |at| case.output[at..].to_vec()));
            }
            (Some(("= ", other)), Some(case)) => case.output.extend(&bodies[other]),
            _ => assert!(line.is_empty(), "{line:?} is no line of a transcript"),
        }
    }
    cases
}

fn unescape(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match (byte, (byte == b'\\').then(|| bytes.next().unwrap())) {
            (_, Some(b'r')) => out.push(b'\r'),
            (_, Some(b'n')) => out.push(b'\n'),
            (_, Some(b'x')) => {
                let digits = [bytes.next().unwrap(), bytes.next().unwrap()];
                out.push(u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap());
            }
            (_, Some(other)) => out.push(other),
            (byte, None) => out.push(byte),
        }
    }
    out
}

/// Puts the names back in for what moves.
fn generalise(output: &[u8]) -> String {
    let text: String = output.iter().map(|b| char::from(*b)).collect();
    let mut out = String::new();
    for line in text.split_inclusive('\n') {
        let (end, bare) = match line.strip_suffix("\r\n") {
            Some(bare) => ("\r\n", bare),
            None => ("", line),
        };
        let general = match bare.split_once(": ") {
            Some(("Allow", methods)) if methods.len() > 8 => "Allow: {allow}".to_owned(),
            Some(("Date", _)) => "Date: {date}".to_owned(),
            Some(("Last-Modified", _)) => "Last-Modified: {modified}".to_owned(),
            Some(("ETag", tag)) => {
                let weak = if tag.starts_with("W/") { "W/" } else { "" };
                let coded = if tag.ends_with("-gzip\"") { "-gzip" } else { "" };
                format!("ETag: {weak}\"{{tag}}{coded}\"")
            }
            _ => bare.to_owned(),
        };
        out.push_str(&general);
        out.push_str(end);
    }
    if let Some(at) = out.find("boundary=") {
        let boundary: String = out[at + 9..].chars().take_while(char::is_ascii_alphanumeric).collect();
        out = out.replace(&boundary, "{boundary}");
    }
    // Compressors of the same kind differ in their choices.
    if let (Some(at), true) = (out.find("\r\n\r\n"), out.contains("\r\nContent-Encoding: gzip\r\n")) {
        let head = out[..at].lines().map(|line| match line.split_once(": ") {
            Some(("Content-Length", _)) => "Content-Length: {length}\r\n".to_owned(),
            _ => format!("{line}\r\n"),
        });
        out = format!("{}\r\n{{gzip}}", head.collect::<String>());
    }
    days(&out)
}

/// `{day}` for each date of a listing.
fn days(text: &str) -> String {
    let shape = |window: &str| {
        window.is_ascii()
            && window.bytes().zip(b"0000-00-00 00:00".iter()).all(|(byte, form)| match form {
                b'0' => byte.is_ascii_digit(),
                other => byte == *other,
            })
    };
    let mut out = String::new();
    let mut rest = text;
    while !rest.is_empty() {
        match rest.get(..16).filter(|window| shape(window)) {
            Some(_) => {
                out.push_str("{day}");
                rest = &rest[16..];
            }
            None => {
                let first = rest.chars().next().unwrap();
                out.push(first);
                rest = &rest[first.len_utf8()..];
            }
        }
    }
    out
}

/// The tag and date of `/t.txt`, for conditions.
fn validators(host: &Arc<Host>, web: &Web) -> (String, String) {
    let answer = super::get(host, web, "/t.txt");
    let value = |name: &str| {
        let line = answer.lines().find(|line| line.starts_with(name)).unwrap();
        line[name.len()..].trim().to_owned()
    };
    (value("ETag:"), value("Last-Modified:"))
}

fn check(name: ProductName, version: &str, transcripts: &str) {
    let host = testing::host(1);
    let web = web_with_files(&host, name, version, FILES);
    let (tag, modified) = validators(&host, &web);
    let mut wrong = String::new();
    let cases = cases(transcripts);
    assert!(cases.len() > 15);
    for case in cases {
        let input = String::from_utf8_lossy(&case.input).into_owned();
        let has_marks = input.contains("{tag}") || input.contains("{modified}");
        let input = match has_marks {
            true => input.replace("\"{tag}\"", &tag).replace("{modified}", &modified).into_bytes(),
            false => case.input.clone(),
        };
        let expect: String = case.output.iter().map(|b| char::from(*b)).collect();
        for pace in [Pace::Whole, Pace::OneByte] {
            let (output, ..) = testing::dialogue(&web, ServiceId::Http, &host, &input, pace);
            let output = generalise(&output);
            if output != expect {
                wrong.push_str(&format!("--- {} {pace:?}\nreal {expect:?}\nours {output:?}\n", case.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn apache_answers_as_the_real_one() {
    check(ProductName::Apache, "2.4.62", include_str!("../transcripts/apache.txt"));
}

/// What changed with release 1.21.1.
#[test]
fn older_nginx_answers_as_the_real_one() {
    check(ProductName::Nginx, "1.18.0", include_str!("../transcripts/nginx_1_18.txt"));
}

#[test]
fn nginx_answers_as_the_real_one() {
    check(ProductName::Nginx, "1.22.1", include_str!("../transcripts/nginx.txt"));
}
