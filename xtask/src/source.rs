//! Rust files as flat lists of tokens: enough to measure and to look for paths.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, anyhow};
use lab::workspace;
use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};

use crate::metadata::Package;

/// What a file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Area {
    /// What is shipped.
    Source,
    /// Tests: below a folder `tests/`, or a module that only tests have.
    Tests,
}

/// A Rust file.
pub(crate) struct SourceFile {
    /// Path from the root of the workspace.
    pub(crate) path: PathBuf,
    /// Name of its package.
    pub(crate) package: String,
    pub(crate) area: Area,
    pub(crate) text: String,
    /// Its tokens without comments, documentation among them.
    pub(crate) tokens: Vec<Token>,
}

/// A token, or one half of a pair of brackets.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) text: String,
    /// Lines, from 1; they differ where a literal runs over several.
    pub(crate) first_line: usize,
    pub(crate) last_line: usize,
}

/// A function with a body.
pub(crate) struct Function {
    pub(crate) name: String,
    pub(crate) line: usize,
    /// Lines that hold code, from `fn` to the closing brace.
    pub(crate) length: usize,
}

impl SourceFile {
    /// Every file of these packages.
    pub(crate) fn load_all(packages: &[Package]) -> Result<Vec<Self>> {
        let mut files = Vec::new();
        for package in packages {
            for (folder, area) in [("src", Area::Source), ("tests", Area::Tests)] {
                let mut paths = Vec::new();
                rust_files(&package.folder().join(folder), &mut paths)?;
                for path in paths {
                    files.push(Self::load(&path, package, area)?);
                }
            }
        }
        let modules: Vec<_> = files.iter().flat_map(Self::test_modules).collect();
        for file in &mut files {
            let stem = file.path.with_extension("");
            if stem.starts_with("tests") || modules.iter().any(|module| stem.starts_with(module)) {
                file.area = Area::Tests;
            }
        }
        Ok(files)
    }

    /// Paths, without extension, of the files that `#[cfg(test)] mod NAME;` makes modules.
    fn test_modules(&self) -> Vec<PathBuf> {
        let folder = match self.path.file_stem().and_then(|stem| stem.to_str()) {
            Some("lib" | "main" | "mod") | None => self.path.parent().map(PathBuf::from).unwrap_or_default(),
            Some(_) => self.path.with_extension(""),
        };
        test_modules(&self.tokens).into_iter().map(|name| folder.join(name)).collect()
    }

    fn load(path: &Path, package: &Package, area: Area) -> Result<Self> {
        let text = fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
        let tokens = tokens(&text).with_context(|| format!("reading {}", path.display()))?;
        let path = path.strip_prefix(workspace::root()).unwrap_or(path).to_path_buf();
        Ok(Self { path, package: package.name.clone(), area, text, tokens })
    }

    /// The tokens without those of items marked `#[cfg(test)]`.
    pub(crate) fn shipped_tokens(&self) -> Vec<Token> {
        without_tests(&self.tokens)
    }

    /// How many lines hold code.
    pub(crate) fn code_lines(&self) -> usize {
        code_lines(&self.tokens)
    }

    /// The functions that have a body.
    pub(crate) fn functions(&self) -> Vec<Function> {
        functions(&self.tokens)
    }

    /// `path:line`, for messages.
    pub(crate) fn at(&self, line: usize) -> String {
        format!("{}:{line}", self.path.display())
    }
}

fn rust_files(folder: &Path, paths: &mut Vec<PathBuf>) -> Result<()> {
    if !folder.is_dir() {
        return Ok(());
    }
    let entries = fs::read_dir(folder).with_context(|| format!("listing {}", folder.display()))?;
    let mut entries = entries.map(|entry| entry.map(|e| e.path())).collect::<std::io::Result<Vec<_>>>()?;
    entries.sort();
    for path in entries {
        if path.is_dir() {
            // A package below another's `tests/` is listed by itself.
            if !path.join("Cargo.toml").exists() {
                rust_files(&path, paths)?;
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            paths.push(path);
        }
    }
    Ok(())
}

/// The tokens of a text, without comments.
pub(crate) fn tokens(text: &str) -> Result<Vec<Token>> {
    let stream: TokenStream = text.parse().map_err(|error| anyhow!("not Rust: {error}"))?;
    let mut tokens = Vec::new();
    flatten(stream, &mut tokens);
    Ok(without_documentation(&tokens))
}

fn flatten(stream: TokenStream, out: &mut Vec<Token>) {
    for tree in stream {
        match tree {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::None => ("", ""),
                };
                out.push(token(open.to_owned(), group.span_open()));
                flatten(group.stream(), out);
                out.push(token(close.to_owned(), group.span_close()));
            }
            leaf => out.push(token(leaf.to_string(), leaf.span())),
        }
    }
}

fn token(text: String, span: Span) -> Token {
    Token { text, first_line: span.start().line, last_line: span.end().line }
}

/// Whether the texts of `tokens` begin with `pattern`.
pub(crate) fn begins(tokens: &[Token], pattern: &[&str]) -> bool {
    tokens.len() >= pattern.len() && tokens.iter().zip(pattern).all(|(token, text)| token.text == *text)
}

/// How many tokens up to and including the bracket that closes the first one in `tokens`.
pub(crate) fn pair_length(tokens: &[Token]) -> usize {
    let mut depth = 0usize;
    for (at, token) in tokens.iter().enumerate() {
        match token.text.as_str() {
            "(" | "{" | "[" => depth += 1,
            ")" | "}" | "]" => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return at + 1;
        }
    }
    tokens.len()
}

/// A comment of documentation reads as an attribute.
fn without_documentation(tokens: &[Token]) -> Vec<Token> {
    skipping(tokens, |rest| {
        if begins(rest, &["#", "[", "doc", "="]) {
            6
        } else if begins(rest, &["#", "!", "[", "doc", "="]) {
            7
        } else {
            0
        }
    })
}

fn without_tests(tokens: &[Token]) -> Vec<Token> {
    let mark = ["#", "[", "cfg", "(", "test", ")", "]"];
    skipping(tokens, |rest| if begins(rest, &mark) { item_length(rest) } else { 0 })
}

/// How many tokens an item has: up to its first semicolon or brace pair outside brackets.
pub(crate) fn item_length(tokens: &[Token]) -> usize {
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        match token.text.as_str() {
            ";" => return at + 1,
            "{" => return at + pair_length(tokens.get(at..).unwrap_or_default()),
            "(" | "[" => at += pair_length(tokens.get(at..).unwrap_or_default()),
            _ => at += 1,
        }
    }
    at
}

/// The tokens but those that `length` tells to leave out, asked at each place.
fn skipping(tokens: &[Token], length: impl Fn(&[Token]) -> usize) -> Vec<Token> {
    let mut kept = Vec::new();
    let mut rest = tokens;
    while let Some((first, after)) = rest.split_first() {
        let skip = length(rest);
        if skip == 0 {
            kept.push(first.clone());
            rest = after;
        } else {
            rest = rest.get(skip..).unwrap_or_default();
        }
    }
    kept
}

/// Names of modules in other files that only tests have.
fn test_modules(tokens: &[Token]) -> Vec<String> {
    let rests = (0..tokens.len()).filter_map(|at| tokens.get(at..));
    let conditions = rests.filter(|rest| begins(rest, &["#", "[", "cfg", "("]));
    let items = conditions.filter_map(|rest| {
        let condition = rest.get(1..=pair_length(rest.get(1..)?))?;
        let item = rest.get(condition.len() + 1..)?;
        let visible = item.iter().take_while(|token| token.text != "mod").count();
        let module = item.get(visible..).filter(|_| visible <= 4)?;
        let is_test = condition.iter().any(|token| token.text == "test");
        let is_file = module.get(2).is_some_and(|token| token.text == ";");
        (is_test && is_file).then(|| module.get(1).map(|name| name.text.clone())).flatten()
    });
    items.collect()
}

fn code_lines(tokens: &[Token]) -> usize {
    tokens.iter().flat_map(|token| token.first_line..=token.last_line).collect::<BTreeSet<_>>().len()
}

fn functions(tokens: &[Token]) -> Vec<Function> {
    let mut functions = Vec::new();
    for (at, window) in tokens.windows(2).enumerate() {
        let [keyword, name] = window else { continue };
        if keyword.text != "fn" || !name.text.starts_with(|c: char| c.is_alphabetic() || c == '_') {
            continue;
        }
        let rest = tokens.get(at..).unwrap_or_default();
        let item = rest.get(..item_length(rest)).unwrap_or_default();
        if item.last().is_some_and(|token| token.text == "}") {
            let length = code_lines(item);
            functions.push(Function { name: name.text.clone(), line: keyword.first_line, length });
        }
    }
    functions
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(tokens: &[Token]) -> String {
        tokens.iter().map(|token| token.text.as_str()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn comments_count_as_no_code() {
        let tokens = tokens("//! a\n/// b\n// c\nfn f() {\n\n    1;\n}\n").unwrap();
        assert_eq!(code_lines(&tokens), 3);
        assert_eq!(texts(&tokens), "fn f ( ) { 1 ; }");
    }

    #[test]
    fn items_of_tests_are_left_out() {
        let tokens = tokens("struct A; #[cfg(test)] #[rustfmt::skip] mod t { fn x() {} } struct B;").unwrap();
        assert_eq!(texts(&without_tests(&tokens)), "struct A ; struct B ;");
    }

    #[test]
    fn modules_of_tests_are_found() {
        let text = "#[cfg(test)] mod a; #[cfg(any(test, feature = \"x\"))] pub mod b; #[cfg(unix)] mod c; \
                    #[cfg(test)] mod d { fn e() {} } mod f;";
        assert_eq!(test_modules(&tokens(text).unwrap()), ["a", "b"]);
    }

    #[test]
    fn functions_are_measured_from_keyword_to_brace() {
        let text = "trait T { fn a(); }\ntype F = fn(u8);\nfn b()\nwhere\n{\n    // note\n    1;\n}";
        let found = functions(&tokens(text).unwrap());
        let found: Vec<_> = found.iter().map(|f| (f.name.as_str(), f.line, f.length)).collect();
        assert_eq!(found, [("b", 3, 5)]);
    }
}
