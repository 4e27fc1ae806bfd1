//! Matching, with a bound on its effort.

use super::{Node, Regex, parser::is_word};
use crate::caps;

/// Where an expression and its groups matched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Match {
    /// Start and end; the whole is group 0.
    groups: Vec<Option<(usize, usize)>>,
}

impl Match {
    pub(crate) fn start(&self) -> usize {
        self.groups.first().copied().flatten().map_or(0, |(start, _)| start)
    }

    pub(crate) fn end(&self) -> usize {
        self.groups.first().copied().flatten().map_or(0, |(_, end)| end)
    }

    /// How many groups there are, the whole among them.
    pub(crate) fn count(&self) -> usize {
        self.groups.len()
    }

    /// What a group matched.
    pub(crate) fn group<'a>(&self, number: usize, text: &'a [u8]) -> &'a [u8] {
        self.groups
            .get(number)
            .copied()
            .flatten()
            .and_then(|(start, end)| text.get(start..end))
            .unwrap_or_default()
    }
}

/// Start and end of each group.
type Groups = Vec<Option<(usize, usize)>>;

struct Matcher<'a> {
    regex: &'a Regex,
    text: &'a [u8],
    groups: Groups,
    steps: usize,
    depth: usize,
    best: Option<(usize, Groups)>,
}

/// What is left to match, as a list that lives on the stack.
#[derive(Clone, Copy)]
enum Rest<'a> {
    Done,
    Node(&'a Node, &'a Rest<'a>),
    Nodes(&'a [Node], &'a Rest<'a>),
    Close(usize, usize, &'a Rest<'a>),
    Again { node: &'a Node, count: u32, least: u32, most: u32, greedy: bool, from: usize, rest: &'a Rest<'a> },
}

pub(super) fn find(regex: &Regex, text: &[u8], from: usize) -> Option<Match> {
    let mut matcher = Matcher {
        regex,
        text,
        groups: vec![None; regex.groups + 1],
        steps: caps::REGEX_STEPS,
        depth: 0,
        best: None,
    };
    let anchored = begins_at_start(&regex.root);
    for start in from..=text.len() {
        if anchored && start > 0 {
            return None;
        }
        if !text.get(start..).unwrap_or_default().starts_with(&regex.literal) {
            continue;
        }
        matcher.groups.fill(None);
        matcher.best = None;
        matcher.go(Rest::Node(&regex.root, &Rest::Done), start);
        if let Some((end, mut groups)) = matcher.best.take() {
            if let Some(whole) = groups.first_mut() {
                *whole = Some((start, end));
            }
            return Some(Match { groups });
        }
        if matcher.steps == 0 {
            return None;
        }
    }
    None
}

fn begins_at_start(node: &Node) -> bool {
    match node {
        Node::Start => true,
        Node::Sequence(nodes) => nodes.first().is_some_and(begins_at_start),
        Node::Group(node, _) => begins_at_start(node),
        Node::Either(nodes) => nodes.iter().all(begins_at_start),
        _ => false,
    }
}

/// Frames on the stack; deeper matches are given up.
const DEPTH: usize = 1_200;

impl Matcher<'_> {
    /// Tries everything that follows; true ends the search. Where alternatives compete, the longest counts.
    fn go(&mut self, rest: Rest<'_>, at: usize) -> bool {
        if self.steps == 0 || self.depth >= DEPTH {
            return false;
        }
        self.steps -= 1;
        self.depth += 1;
        let found = self.step(rest, at);
        self.depth -= 1;
        found
    }

    fn step(&mut self, rest: Rest<'_>, at: usize) -> bool {
        match rest {
            Rest::Done => {
                if self.best.as_ref().is_none_or(|(end, _)| at > *end) {
                    self.best = Some((at, self.groups.clone()));
                }
                // Only alternatives can make a longer match than the first.
                at == self.text.len() || !has_choice(&self.regex.root)
            }
            Rest::Nodes(nodes, rest) => self.sequence(nodes, rest, at),
            Rest::Close(number, start, rest) => {
                let before = self.groups.get(number).copied().flatten();
                self.set(number, Some((start, at)));
                let found = self.go(*rest, at);
                if !found {
                    self.set(number, before);
                }
                found
            }
            Rest::Again { node, count, least, most, greedy, from, rest } => {
                if at == from && count > least {
                    return self.go(*rest, at);
                }
                self.repeat((node, count, least, most, greedy), rest, at)
            }
            Rest::Node(node, rest) => self.node(node, rest, at),
        }
    }

    /// One after the other; single bytes take no frame.
    fn sequence(&mut self, mut nodes: &[Node], rest: &Rest<'_>, mut at: usize) -> bool {
        while let Some((first, others)) = nodes.split_first() {
            if is_single(first) {
                if !self.single(first, at) {
                    return false;
                }
                at += 1;
            } else if matches!(
                first,
                Node::Start | Node::End | Node::WordEdge(_) | Node::WordStart | Node::WordEnd
            ) {
                if !self.holds(first, at) {
                    return false;
                }
            } else {
                return self.go(Rest::Node(first, &Rest::Nodes(others, rest)), at);
            }
            nodes = others;
        }
        self.go(*rest, at)
    }

    fn set(&mut self, number: usize, value: Option<(usize, usize)>) {
        if let Some(place) = self.groups.get_mut(number) {
            *place = value;
        }
    }

    fn node(&mut self, node: &Node, rest: &Rest<'_>, at: usize) -> bool {
        match node {
            Node::Sequence(nodes) => self.go(Rest::Nodes(nodes, rest), at),
            Node::Either(nodes) => nodes.iter().any(|node| self.go(Rest::Node(node, rest), at)),
            Node::Group(inside, Some(number)) => {
                self.go(Rest::Node(inside, &Rest::Close(*number, at, rest)), at)
            }
            Node::Group(inside, None) => self.go(Rest::Node(inside, rest), at),
            Node::Repeat { node, least, most, greedy } if is_single(node) => {
                self.run(node, (*least, *most, *greedy), rest, at)
            }
            Node::Repeat { node, least, most, greedy } => {
                self.repeat((node, 0, *least, *most, *greedy), rest, at)
            }
            Node::Back(number) => {
                let (start, end) = self.groups.get(*number).copied().flatten().unwrap_or((0, 0));
                let text = self.text;
                let wanted = text.get(start..end).unwrap_or_default();
                text.get(at..).unwrap_or_default().starts_with(wanted) && self.go(*rest, at + wanted.len())
            }
            Node::Byte(_) | Node::Any | Node::Set(_) => self.single(node, at) && self.go(*rest, at + 1),
            _ => self.holds(node, at) && self.go(*rest, at),
        }
    }

    /// A run of single bytes, without a frame for each.
    fn run(
        &mut self,
        node: &Node,
        (least, most, greedy): (u32, u32, bool),
        rest: &Rest<'_>,
        at: usize,
    ) -> bool {
        let longest = self.text.len().saturating_sub(at).min(most as usize);
        let least = least as usize;
        if !greedy {
            for count in 0..=longest {
                if count >= least && self.go(*rest, at + count) {
                    return true;
                }
                if !self.single(node, at + count) {
                    return false;
                }
            }
            return false;
        }
        let count = (0..longest).take_while(|offset| self.single(node, at + offset)).count();
        if count < least {
            return false;
        }
        (least..=count).rev().any(|count| self.go(*rest, at + count))
    }

    fn repeat(
        &mut self,
        (node, count, least, most, greedy): (&Node, u32, u32, u32, bool),
        rest: &Rest<'_>,
        at: usize,
    ) -> bool {
        let again = Rest::Again { node, count: count + 1, least, most, greedy, from: at, rest };
        if count < least {
            return self.go(Rest::Node(node, &again), at);
        }
        if !greedy {
            return self.go(*rest, at) || count < most && self.go(Rest::Node(node, &again), at);
        }
        count < most && self.go(Rest::Node(node, &again), at) || self.go(*rest, at)
    }

    fn single(&self, node: &Node, at: usize) -> bool {
        let Some(byte) = self.text.get(at).copied() else { return false };
        match node {
            Node::Byte(wanted) => {
                byte == *wanted || self.regex.ignore_case && byte.eq_ignore_ascii_case(wanted)
            }
            Node::Any => true,
            Node::Set(set) => {
                let has = |byte: u8| set.get(usize::from(byte)).copied().unwrap_or(false);
                has(byte)
                    || self.regex.ignore_case
                        && (has(byte.to_ascii_lowercase()) || has(byte.to_ascii_uppercase()))
            }
            Node::Group(inside, None) => self.single(inside, at),
            _ => false,
        }
    }

    fn holds(&self, node: &Node, at: usize) -> bool {
        let word = |at: Option<usize>| at.and_then(|at| self.text.get(at)).is_some_and(is_word);
        let (before, after) = (word(at.checked_sub(1)), word(Some(at)));
        match node {
            Node::Start => at == 0,
            Node::End => at == self.text.len(),
            Node::WordEdge(edge) => (before != after) == *edge,
            Node::WordStart => !before && after,
            Node::WordEnd => before && !after,
            _ => false,
        }
    }
}

fn is_single(node: &Node) -> bool {
    matches!(node, Node::Byte(_) | Node::Any | Node::Set(_))
}

fn has_choice(node: &Node) -> bool {
    match node {
        Node::Either(_) => true,
        Node::Sequence(nodes) => nodes.iter().any(has_choice),
        Node::Group(node, _) | Node::Repeat { node, .. } => has_choice(node),
        _ => false,
    }
}
