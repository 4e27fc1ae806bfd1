//! From text to expression.

use super::{Node, Syntax};

const DEPTH: usize = 60;
const REPEATS: u32 = 255;

type Parsed<T> = Result<T, &'static str>;

struct Parser<'a> {
    text: &'a [u8],
    at: usize,
    syntax: Syntax,
    groups: usize,
    closed: Vec<usize>,
    depth: usize,
}

/// Reads a whole expression; also says how many groups it has.
pub(super) fn parse(text: &[u8], syntax: Syntax) -> Parsed<(Node, usize)> {
    if syntax == Syntax::Fixed {
        return Ok((Node::Sequence(text.iter().copied().map(Node::Byte).collect()), 0));
    }
    let mut parser = Parser { text, at: 0, syntax, groups: 0, closed: Vec::new(), depth: 0 };
    let node = parser.alternatives()?;
    if parser.at < text.len() {
        return Err("Unmatched ) or \\)");
    }
    Ok((node, parser.groups))
}

impl Parser<'_> {
    fn peek(&self, offset: usize) -> Option<u8> {
        self.text.get(self.at + offset).copied()
    }

    fn is_extended(&self) -> bool {
        self.syntax != Syntax::Basic
    }

    /// Whether an operator is next: bare in extended syntax, behind a backslash in basic.
    fn operator(&self, sign: u8) -> bool {
        if self.is_extended() {
            self.peek(0) == Some(sign)
        } else {
            self.peek(0) == Some(b'\\') && self.peek(1) == Some(sign)
        }
    }

    fn skip_operator(&mut self) {
        self.at += if self.is_extended() { 1 } else { 2 };
    }

    fn alternatives(&mut self) -> Parsed<Node> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err("Memory exhausted");
        }
        let mut all = vec![self.sequence()?];
        while self.operator(b'|') {
            self.skip_operator();
            all.push(self.sequence()?);
        }
        self.depth -= 1;
        Ok(if all.len() == 1 { all.remove(0) } else { Node::Either(all) })
    }

    fn sequence(&mut self) -> Parsed<Node> {
        let mut out: Vec<Node> = Vec::new();
        while self.at < self.text.len()
            && !self.operator(b'|')
            && !(self.operator(b')') && (self.depth > 1 || !self.is_extended()))
        {
            let first = out.is_empty() || out == [Node::Start];
            let node = self.atom(first)?;
            let node = self.repeated(node)?;
            out.push(node);
        }
        Ok(Node::Sequence(out))
    }

    fn repeated(&mut self, mut node: Node) -> Parsed<Node> {
        loop {
            let (least, most) = if self.peek(0) == Some(b'*') {
                self.at += 1;
                (0, u32::MAX)
            } else if self.operator(b'+') {
                self.skip_operator();
                (1, u32::MAX)
            } else if self.operator(b'?') {
                self.skip_operator();
                (0, 1)
            } else if self.operator(b'{') {
                match self.interval()? {
                    Some(range) => range,
                    None => return Ok(node),
                }
            } else {
                return Ok(node);
            };
            let lazy = self.syntax == Syntax::Perl && self.peek(0) == Some(b'?');
            self.at += usize::from(lazy);
            node = Node::Repeat { node: Box::new(node), least, most, greedy: !lazy };
        }
    }

    /// `{n,m}`; in extended syntax what is no interval is text.
    fn interval(&mut self) -> Parsed<Option<(u32, u32)>> {
        let start = self.at;
        self.skip_operator();
        let least = self.digits();
        let mut most = least;
        if self.peek(0) == Some(b',') {
            self.at += 1;
            most = self.digits().or(Some(u32::MAX));
        }
        let closed = if self.is_extended() { self.peek(0) == Some(b'}') } else { self.operator(b'}') };
        match (closed, least.or(most.map(|_| 0)), most) {
            (true, Some(least), Some(most)) if least <= most && least <= REPEATS => {
                self.skip_operator();
                Ok(Some((least, if most == u32::MAX { most } else { most.min(REPEATS) })))
            }
            (true, ..) => Err("Invalid content of \\{\\}"),
            (false, ..) if self.is_extended() => {
                self.at = start;
                Ok(None)
            }
            (false, ..) => Err("Unmatched \\{"),
        }
    }

    fn digits(&mut self) -> Option<u32> {
        let mut value = None;
        while let Some(digit) = self.peek(0).filter(u8::is_ascii_digit) {
            value = Some(value.unwrap_or(0_u32).saturating_mul(10).saturating_add(u32::from(digit - b'0')));
            self.at += 1;
        }
        value
    }

    fn atom(&mut self, first: bool) -> Parsed<Node> {
        let byte = self.peek(0).unwrap_or_default();
        if self.operator(b'(') {
            return self.group();
        }
        self.at += 1;
        Ok(match byte {
            b'.' => Node::Any,
            b'[' => return self.set(),
            b'^' if self.is_extended() || first => Node::Start,
            b'$' if self.is_extended() || self.ends_here() => Node::End,
            b'*' if first => Node::Byte(b'*'),
            b'\\' => return self.escaped(),
            byte => Node::Byte(byte),
        })
    }

    /// Whether a dollar that was just read is at an end in basic syntax.
    fn ends_here(&self) -> bool {
        self.at >= self.text.len() || self.operator(b')') || self.operator(b'|')
    }

    fn group(&mut self) -> Parsed<Node> {
        self.skip_operator();
        let silent = self.syntax == Syntax::Perl
            && self.text.get(self.at..).is_some_and(|rest| rest.starts_with(b"?:"));
        let number = if silent {
            self.at += 2;
            None
        } else {
            self.groups += 1;
            Some(self.groups)
        };
        let inside = self.alternatives()?;
        if !self.operator(b')') {
            return Err("Unmatched ( or \\(");
        }
        self.skip_operator();
        self.closed.extend(number);
        Ok(Node::Group(Box::new(inside), number))
    }

    fn escaped(&mut self) -> Parsed<Node> {
        let Some(byte) = self.peek(0) else { return Err("Trailing backslash") };
        self.at += 1;
        let class = |test: fn(&u8) -> bool, wanted: bool| {
            let mut set = Box::new([false; 256]);
            for byte in 0..=255_u8 {
                if let Some(place) = set.get_mut(usize::from(byte)) {
                    *place = test(&byte) == wanted;
                }
            }
            Node::Set(set)
        };
        Ok(match byte {
            b'w' => class(is_word, true),
            b'W' => class(is_word, false),
            b's' => class(u8::is_ascii_whitespace, true),
            b'S' => class(u8::is_ascii_whitespace, false),
            b'd' if self.syntax == Syntax::Perl => class(u8::is_ascii_digit, true),
            b'D' if self.syntax == Syntax::Perl => class(u8::is_ascii_digit, false),
            b'b' => Node::WordEdge(true),
            b'B' => Node::WordEdge(false),
            b'<' => Node::WordStart,
            b'>' => Node::WordEnd,
            b'`' => Node::Start,
            b'n' => Node::Byte(b'\n'),
            b't' => Node::Byte(b'\t'),
            b'1'..=b'9' => {
                let number = usize::from(byte - b'0');
                if !self.closed.contains(&number) {
                    return Err("Invalid back reference");
                }
                Node::Back(number)
            }
            byte => Node::Byte(byte),
        })
    }

    fn set(&mut self) -> Parsed<Node> {
        const OPEN: &str = "Unmatched [, [^, [:, [., or [=";
        let mut set = Box::new([false; 256]);
        let negated = self.peek(0) == Some(b'^');
        self.at += usize::from(negated);
        let begin = self.at;
        loop {
            let byte = self.peek(0).ok_or(OPEN)?;
            self.at += 1;
            match byte {
                b']' if self.at > begin + 1 => break,
                b'[' if self.peek(0) == Some(b':') => self.class(&mut set)?,
                first => {
                    let first = if first == b'\\' && self.syntax == Syntax::Perl {
                        self.perl_escape(&mut set)?
                    } else {
                        Some(first)
                    };
                    let Some(first) = first else { continue };
                    let mut last = first;
                    if self.peek(0) == Some(b'-') && self.peek(1).is_some_and(|b| b != b']') {
                        last = self.peek(1).unwrap_or(first);
                        self.at += 2;
                        if last < first {
                            return Err("Invalid range end");
                        }
                    }
                    for byte in first..=last {
                        if let Some(place) = set.get_mut(usize::from(byte)) {
                            *place = true;
                        }
                    }
                }
            }
        }
        if negated {
            set.iter_mut().for_each(|place| *place = !*place);
        }
        Ok(Node::Set(set))
    }

    fn perl_escape(&mut self, set: &mut [bool; 256]) -> Parsed<Option<u8>> {
        let byte = self.peek(0).ok_or("Unmatched [, [^, [:, [., or [=")?;
        self.at += 1;
        let test: fn(&u8) -> bool = match byte {
            b'd' => u8::is_ascii_digit,
            b'w' => is_word,
            b's' => u8::is_ascii_whitespace,
            b'n' => return Ok(Some(b'\n')),
            b't' => return Ok(Some(b'\t')),
            byte => return Ok(Some(byte)),
        };
        mark(set, test);
        Ok(None)
    }

    fn class(&mut self, set: &mut [bool; 256]) -> Parsed<()> {
        let rest = self.text.get(self.at + 1..).unwrap_or_default();
        let end = rest.windows(2).position(|pair| pair == b":]").ok_or("Unmatched [, [^, [:, [., or [=")?;
        let name = rest.get(..end).unwrap_or_default();
        let test = class_of(name).ok_or("Invalid character class name")?;
        self.at += end + 3;
        mark(set, test);
        Ok(())
    }
}

/// Puts all bytes that pass a test into a set.
fn mark(set: &mut [bool; 256], test: fn(&u8) -> bool) {
    for (byte, place) in (0..=255_u8).zip(set.iter_mut()) {
        *place |= test(&byte);
    }
}

/// The test of a named class.
pub(in crate::programs) fn class_of(name: &[u8]) -> Option<fn(&u8) -> bool> {
    Some(match name {
        b"alpha" => u8::is_ascii_alphabetic,
        b"digit" => u8::is_ascii_digit,
        b"alnum" => u8::is_ascii_alphanumeric,
        b"upper" => u8::is_ascii_uppercase,
        b"lower" => u8::is_ascii_lowercase,
        b"space" => |b| b.is_ascii_whitespace() || *b == 11,
        b"blank" => |b| matches!(b, b' ' | b'\t'),
        b"punct" => u8::is_ascii_punctuation,
        b"print" => |b| (b' '..=b'~').contains(b),
        b"graph" => u8::is_ascii_graphic,
        b"cntrl" => u8::is_ascii_control,
        b"xdigit" => u8::is_ascii_hexdigit,
        _ => return None,
    })
}

pub(super) fn is_word(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || *byte == b'_'
}
