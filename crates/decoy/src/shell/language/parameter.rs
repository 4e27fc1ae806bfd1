//! `${…}`

use super::{
    ast::{Operation, Parameter, Part, Subscript, Which, Word},
    fault::{Fault, Problem},
    parser::Parser,
    quoting::{Parts, Quoted},
};

impl Parser<'_> {
    /// After `${`, which began at `start`.
    pub(super) fn braced_parameter(&mut self, start: usize, double: bool) -> Result<Part, Fault> {
        self.deeper()?;
        let line = self.line;
        let bash = self.dialect.is_bash();
        let mut parameter = Parameter {
            name: Vec::new(),
            subscript: None,
            indirect: false,
            operation: Operation::Value,
            text: Vec::new(),
        };
        let length = self.begins_length();
        if length {
            self.bump();
        } else if bash
            && self.byte() == Some(b'!')
            && !matches!(self.byte_at(1), Some(b'}' | b':' | b'-' | b'=' | b'?' | b'+'))
        {
            self.bump();
            parameter.indirect = true;
        }
        parameter.name = self.parameter_name();
        if bash && !parameter.name.is_empty() && self.byte() == Some(b'[') {
            parameter.subscript = Some(self.subscript()?);
        }
        parameter.operation = if parameter.name.is_empty() {
            Operation::Bad
        } else if length {
            Operation::Length
        } else {
            self.operation(&mut parameter, double)?
        };
        self.close_brace(&mut parameter, line, double)?;
        parameter.text = self.slice(start, self.at).to_vec();
        self.depth -= 1;
        Ok(Part::Parameter(Box::new(parameter)))
    }

    /// The closing brace; what stands before it makes the substitution a bad one.
    fn close_brace(&mut self, parameter: &mut Parameter, line: u32, double: bool) -> Result<(), Fault> {
        let mut open = 0_usize;
        loop {
            match self.byte() {
                None if self.dialect.is_bash() => {
                    return Err(Fault { problem: Problem::Unclosed(b'}'), line });
                }
                None if double => return Err(Fault { problem: Problem::Unclosed(b'"'), line }),
                None => return Err(Fault { problem: Problem::MissingBrace, line }),
                Some(b'}') if open == 0 => {
                    self.bump();
                    return Ok(());
                }
                Some(byte) => {
                    open = match byte {
                        b'{' => open + 1,
                        b'}' => open - 1,
                        _ => open,
                    };
                    parameter.operation = Operation::Bad;
                    self.bump();
                }
            }
        }
    }

    /// Whether a `#` here asks for a length rather than being the parameter.
    fn begins_length(&self) -> bool {
        if self.byte() != Some(b'#') {
            return false;
        }
        let ends = |at: usize| matches!(self.byte_at(at), Some(b'}' | b'['));
        match self.byte_at(1) {
            Some(byte) if byte.is_ascii_alphanumeric() || byte == b'_' => true,
            Some(b'@' | b'*' | b'#' | b'?' | b'-' | b'$' | b'!') => ends(2),
            _ => false,
        }
    }

    fn parameter_name(&mut self) -> Vec<u8> {
        let rest = self.rest();
        let length = match rest.first() {
            Some(first) if first.is_ascii_digit() => {
                rest.iter().take_while(|byte| byte.is_ascii_digit()).count()
            }
            Some(first) if first.is_ascii_alphabetic() || *first == b'_' => {
                rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count()
            }
            Some(b'@' | b'*' | b'#' | b'?' | b'-' | b'$' | b'!') => 1,
            _ => 0,
        };
        let name = rest.get(..length).unwrap_or_default().to_vec();
        self.at += length;
        name
    }

    fn subscript(&mut self) -> Result<Subscript, Fault> {
        match (self.byte_at(1), self.byte_at(2)) {
            (Some(b'@'), Some(b']')) => {
                self.at += 3;
                Ok(Subscript::Each)
            }
            (Some(b'*'), Some(b']')) => {
                self.at += 3;
                Ok(Subscript::Joined)
            }
            _ => Ok(Subscript::At(self.subscript_word()?)),
        }
    }

    /// `[…]`
    pub(super) fn subscript_word(&mut self) -> Result<Word, Fault> {
        self.bump();
        let mut parts = Parts::default();
        let mut open = 0_usize;
        loop {
            match self.byte() {
                None => return Err(self.fault(Problem::Unclosed(b']'))),
                Some(b']') if open == 0 => {
                    self.bump();
                    return Ok(Word { parts: parts.0 });
                }
                Some(byte @ (b'[' | b']')) => {
                    open = if byte == b'[' { open + 1 } else { open - 1 };
                    parts.plain(byte);
                    self.bump();
                }
                Some(_) => self.unquoted(&mut parts)?,
            }
        }
    }

    fn operation(&mut self, parameter: &mut Parameter, double: bool) -> Result<Operation, Fault> {
        let Some(byte) = self.byte() else { return Ok(Operation::Value) };
        let (bash, dash) = (self.dialect.is_bash(), self.dialect.is_dash());
        let colon = byte == b':' && matches!(self.byte_at(1), Some(b'-' | b'=' | b'?' | b'+'));
        let kind = if colon { self.byte_at(1) } else { Some(byte) };
        match kind {
            Some(kind @ (b'-' | b'=' | b'?' | b'+')) => {
                self.at += 1 + usize::from(colon);
                let word = self.operand(double, false, &[])?;
                Ok(match kind {
                    b'-' => Operation::Default(colon, word),
                    b'=' => Operation::Assign(colon, word),
                    b'?' => Operation::Require(colon, word),
                    _ => Operation::Alternative(colon, word),
                })
            }
            Some(kind @ (b'#' | b'%')) => {
                self.bump();
                let long = self.byte() == Some(kind);
                if long {
                    self.bump();
                }
                let word = self.operand(double, true, &[])?;
                Ok(if kind == b'#' {
                    Operation::StripPrefix(long, word)
                } else {
                    Operation::StripSuffix(long, word)
                })
            }
            Some(b':') if !dash => {
                self.bump();
                let from = self.slice_bound(b":")?;
                let length = if self.byte() == Some(b':') {
                    self.bump();
                    Some(self.slice_bound(&[])?)
                } else {
                    None
                };
                Ok(Operation::Slice(from, length))
            }
            Some(b'/') if !dash => self.replacement(double),
            Some(kind @ (b'^' | b',' | b'~')) if bash => {
                self.bump();
                let all = self.byte() == Some(kind);
                if all {
                    self.bump();
                }
                let pattern = self.operand(double, true, &[])?;
                let upper = match kind {
                    b'^' => Some(true),
                    b',' => Some(false),
                    _ => None,
                };
                let pattern = Some(pattern).filter(|word| !word.parts.is_empty());
                Ok(Operation::Case { upper, all, pattern })
            }
            Some(b'@') if bash => Ok(self.transformation(parameter)),
            Some(b'*') if parameter.indirect && self.byte_at(1) == Some(b'}') => {
                self.bump();
                parameter.indirect = false;
                Ok(Operation::Names(true))
            }
            _ => Ok(Operation::Value),
        }
        .map(|operation| keys(parameter, operation))
    }

    fn transformation(&mut self, parameter: &mut Parameter) -> Operation {
        if parameter.indirect && self.byte_at(1) == Some(b'}') {
            self.bump();
            parameter.indirect = false;
            return Operation::Names(false);
        }
        match (self.byte_at(1), self.byte_at(2)) {
            (
                Some(kind @ (b'Q' | b'U' | b'u' | b'L' | b'E' | b'P' | b'A' | b'a' | b'K' | b'k')),
                Some(b'}'),
            ) => {
                self.at += 2;
                Operation::Transform(kind)
            }
            _ => Operation::Value,
        }
    }

    fn replacement(&mut self, double: bool) -> Result<Operation, Fault> {
        self.bump();
        let which = match self.byte() {
            Some(b'/') => Which::All,
            Some(b'#') => Which::Prefix,
            Some(b'%') => Which::Suffix,
            _ => Which::First,
        };
        if which != Which::First {
            self.bump();
        }
        let pattern = self.operand(double, true, b"/")?;
        let by = if self.byte() == Some(b'/') {
            self.bump();
            self.operand(double, true, &[])?
        } else {
            Word::default()
        };
        Ok(Operation::Replace { which, pattern, by })
    }

    /// The word of an operation, up to the brace that closes it or a byte of `stops`.
    fn operand(&mut self, double: bool, pattern: bool, stops: &[u8]) -> Result<Word, Fault> {
        let mut parts = Parts::default();
        loop {
            match self.byte() {
                None | Some(b'}') => return Ok(Word { parts: parts.0 }),
                Some(byte) if stops.contains(&byte) => return Ok(Word { parts: parts.0 }),
                Some(b'\\') if double && self.byte_at(1) == Some(b'}') => {
                    parts.quoted(b'}');
                    self.at += 2;
                }
                Some(b'"') if double => {
                    self.bump();
                    let inner = self.quoted_parts(Quoted::Double)?;
                    parts.0.push(Part::Double(inner));
                }
                Some(_) if double && !pattern => self.quoted_step(&mut parts, Quoted::Double)?,
                Some(_) => self.unquoted(&mut parts)?,
            }
        }
    }

    /// A number of `${x:a:b}`: an expression, in which `?:` and parentheses may stand.
    fn slice_bound(&mut self, stops: &[u8]) -> Result<Word, Fault> {
        let mut parts = Parts::default();
        let (mut open, mut choices) = (0_usize, 0_usize);
        loop {
            match self.byte() {
                None | Some(b'}') => break,
                Some(byte) if open == 0 && choices == 0 && stops.contains(&byte) => break,
                Some(b'"') => self.bump(),
                Some(byte) => {
                    match byte {
                        b'(' => open += 1,
                        b')' => open = open.saturating_sub(1),
                        b'?' => choices += 1,
                        b':' => choices = choices.saturating_sub(1),
                        _ => {}
                    }
                    self.quoted_step(&mut parts, Quoted::Double)?;
                }
            }
        }
        Ok(Word { parts: vec![Part::Double(parts.0)] })
    }
}

/// `${!x[@]}` asks for the keys of an array.
fn keys(parameter: &mut Parameter, operation: Operation) -> Operation {
    let whole = matches!(parameter.subscript, Some(Subscript::Each | Subscript::Joined));
    if parameter.indirect && whole && operation == Operation::Value {
        parameter.indirect = false;
        return Operation::Keys;
    }
    operation
}
