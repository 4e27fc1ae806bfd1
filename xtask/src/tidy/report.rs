//! The aims of the code's shape beside what it is.

use super::Tree;
use crate::{
    source::{Area, SourceFile, Token, begins, item_length},
    tty,
};

/// A figure of the code, and what it should be.
struct Line {
    what: &'static str,
    figure: usize,
    aim: usize,
}

/// Prints the report.
pub(super) fn print(tree: &Tree) {
    println!("\n{}", tty::bold("aims"));
    for Line { what, figure, aim } in lines(tree) {
        let verdict = if figure <= aim { tty::green("ok") } else { tty::yellow("--") };
        println!("{verdict}  {what:<44} {figure:>5}   aim {aim}");
    }
    let total: usize = tree.files.iter().map(SourceFile::code_lines).sum();
    println!("    {} files, {total} lines of code", tree.files.len());
}

fn lines(tree: &Tree) -> Vec<Line> {
    let source = || tree.files.iter().filter(|file| file.area == Area::Source);
    let files = sorted(source().map(SourceFile::code_lines));
    let functions = sorted(source().flat_map(|f| f.functions()).map(|function| function.length));
    let mains = source().filter(|file| file.path.ends_with("src/main.rs"));
    let traits = sorted(source().flat_map(|file| trait_methods(&file.tokens)));
    let faults = source().map(|file| faults(&file.shipped_tokens())).sum();
    vec![
        Line { what: "lines of code of a file, median", figure: quantile(&files, 50), aim: 120 },
        Line { what: "lines of code of a file, 90 of 100", figure: quantile(&files, 90), aim: 350 },
        Line { what: "lines of code of a file, most", figure: quantile(&files, 100), aim: 600 },
        Line { what: "lines of a function, median", figure: quantile(&functions, 50), aim: 8 },
        Line { what: "lines of a function, 90 of 100", figure: quantile(&functions, 90), aim: 30 },
        Line { what: "lines of a function, most", figure: quantile(&functions, 100), aim: 80 },
        Line {
            what: "lines of a main.rs, most",
            figure: mains.map(SourceFile::code_lines).max().unwrap_or(0),
            aim: 60,
        },
        Line { what: "methods of a trait, most", figure: quantile(&traits, 100), aim: 10 },
        Line { what: "unwrap, expect and panic! outside tests", figure: faults, aim: 0 },
    ]
}

fn sorted(figures: impl Iterator<Item = usize>) -> Vec<usize> {
    let mut figures: Vec<_> = figures.collect();
    figures.sort_unstable();
    figures
}

/// The figure that `percent` of all do not exceed.
fn quantile(sorted: &[usize], percent: usize) -> usize {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or(0)
}

/// How many methods each trait has.
fn trait_methods(tokens: &[Token]) -> Vec<usize> {
    let starts = (0..tokens.len()).filter_map(|at| tokens.get(at..)).filter(|rest| begins(rest, &["trait"]));
    starts
        .map(|rest| rest.get(..item_length(rest)).unwrap_or_default())
        .map(|item| item.iter().filter(|token| token.text == "fn").count())
        .collect()
}

/// Calls that end the process where a value is missing.
fn faults(tokens: &[Token]) -> usize {
    let rests = (0..tokens.len()).filter_map(|at| tokens.get(at..));
    let is_fault = |rest: &&[Token]| {
        // A method of ours may be called `expect`; that of the standard library takes a text.
        let takes_text = rest.get(3).is_some_and(|token| token.text.starts_with('"'));
        begins(rest, &[".", "unwrap", "("])
            || begins(rest, &["panic", "!"])
            || (begins(rest, &[".", "expect", "("]) && takes_text)
    };
    rests.filter(is_fault).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_ranks() {
        assert_eq!(quantile(&[1, 2, 3, 4], 50), 2);
        assert_eq!(quantile(&[1, 2, 3, 4], 100), 4);
        assert_eq!(quantile(&[], 50), 0);
    }
}
