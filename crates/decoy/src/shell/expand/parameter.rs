//! `$name` and `${…}`: which values are meant.

use super::{Fields, operation, word::Manner};
use crate::shell::{
    interpreter::{Flow, Shell, Stop},
    language::{
        ast::{Operation, Parameter, Subscript, Word},
        is_name,
    },
    state::{Assigned, Content},
};

/// The values of a parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Values {
    Unset,
    One(Vec<u8>),
    /// Several; joined when the parameter is `*`.
    Many(Vec<Vec<u8>>, bool),
}

impl Values {
    fn is_unset(&self) -> bool {
        match self {
            Self::Unset => true,
            Self::One(_) => false,
            Self::Many(values, _) => values.is_empty(),
        }
    }

    fn is_empty(&self) -> bool {
        match self {
            Self::Unset => true,
            Self::One(value) => value.is_empty(),
            Self::Many(values, _) => values.iter().all(Vec::is_empty),
        }
    }
}

impl Shell {
    /// Expands a parameter into fields.
    pub(super) async fn parameter(
        &mut self,
        parameter: &Parameter,
        manner: Manner,
        fields: &mut Fields,
    ) -> Flow {
        if parameter.operation == Operation::Bad {
            return Err(self.bad_substitution(parameter).await);
        }
        let resolved;
        let parameter = if parameter.indirect {
            match self.resolve(parameter).await? {
                Some(named) => {
                    resolved = named;
                    &resolved
                }
                None => return Ok(()),
            }
        } else {
            parameter
        };
        let values = self.values(parameter).await?;
        match &parameter.operation {
            Operation::Default(colon, word) if lacks(&values, *colon) => {
                self.alternative(word, manner, fields).await
            }
            Operation::Alternative(colon, word) => {
                if lacks(&values, *colon) {
                    Ok(())
                } else {
                    self.alternative(word, manner, fields).await
                }
            }
            Operation::Assign(colon, word) if lacks(&values, *colon) => {
                let value = self.expand_value(word).await?;
                self.assign_default(parameter, &value).await?;
                self.result(&value, manner, fields);
                Ok(())
            }
            Operation::Require(colon, word) if lacks(&values, *colon) => {
                Err(self.required(parameter, *colon, word).await)
            }
            Operation::Default(..) | Operation::Assign(..) | Operation::Require(..) => {
                self.emit(values, manner, fields);
                Ok(())
            }
            _ => {
                self.unset_check(parameter, &values).await?;
                let values = self.operate(parameter, values).await?;
                self.emit(values, manner, fields);
                Ok(())
            }
        }
    }

    /// The word of `${x-word}` and its kin.
    async fn alternative(&mut self, word: &Word, manner: Manner, fields: &mut Fields) -> Flow {
        self.parts(&word.parts, Manner { plain_split: manner.split, ..manner }, fields).await
    }

    /// Adds values to fields.
    pub(super) fn emit(&self, values: Values, manner: Manner, fields: &mut Fields) {
        match values {
            Values::Unset => {}
            Values::One(value) => self.result(&value, manner, fields),
            Values::Many(values, joined) => {
                let one =
                    if joined { manner.quoted || !manner.split } else { !manner.split && !manner.quoted };
                if one {
                    let separator = match self.variables.scalar(b"IFS") {
                        None => vec![b' '],
                        Some(separators) if joined => separators.first().copied().into_iter().collect(),
                        Some(_) => vec![b' '],
                    };
                    self.result(&values.join(&separator[..]), manner, fields);
                    return;
                }
                for (at, value) in values.iter().enumerate() {
                    if at > 0 {
                        fields.cut();
                    }
                    self.result(value, manner, fields);
                }
            }
        }
    }

    async fn bad_substitution(&mut self, parameter: &Parameter) -> Stop {
        match self.dialect {
            crate::shell::dialect::Dialect::Bash => {
                let text = [&parameter.text[..], b": bad substitution"].concat();
                self.complain(None, text).await;
                self.fatal(1)
            }
            crate::shell::dialect::Dialect::Dash => {
                self.complain(None, "Bad substitution").await;
                self.fatal(2)
            }
            crate::shell::dialect::Dialect::Ash => {
                self.complain(None, "syntax error: bad substitution").await;
                self.fatal(2)
            }
        }
    }

    /// `${!x…}`: the parameter that the value names.
    async fn resolve(&mut self, parameter: &Parameter) -> Result<Option<Parameter>, Stop> {
        let plain = Parameter { operation: Operation::Value, indirect: false, ..parameter.clone() };
        let name = match self.values(&plain).await? {
            Values::One(name) => name,
            Values::Many(names, _) => names.concat(),
            Values::Unset => {
                if matches!(parameter.operation, Operation::Value) {
                    let text = [&parameter.name[..], b": invalid indirect expansion"].concat();
                    self.complain(None, text).await;
                    return Err(self.fatal(1));
                }
                Vec::new()
            }
        };
        let bare = name.split(|byte| *byte == b'[').next().unwrap_or_default();
        let special = matches!(name.as_slice(), [b'@' | b'*' | b'#' | b'?' | b'-' | b'$' | b'!']);
        if !is_name(bare) && !special && !name.iter().all(u8::is_ascii_digit) {
            let text = [&name[..], b": invalid variable name"].concat();
            self.complain(None, text).await;
            return Err(self.fatal(1));
        }
        let inside = name.get(bare.len() + 1..name.len().saturating_sub(1)).unwrap_or_default();
        let subscript = match inside {
            b"" => None,
            b"@" => Some(Subscript::Each),
            b"*" => Some(Subscript::Joined),
            index => Some(Subscript::At(Word::from_plain(index))),
        };
        let name = if special { name } else { bare.to_vec() };
        Ok(Some(Parameter { name, subscript, indirect: false, ..parameter.clone() }))
    }

    /// The values that name and subscript mean.
    pub(super) async fn values(&mut self, parameter: &Parameter) -> Result<Values, Stop> {
        match parameter.name.as_slice() {
            b"@" => return Ok(Values::Many(self.positional.to_vec(), false)),
            b"*" => return Ok(Values::Many(self.positional.to_vec(), true)),
            _ => {}
        }
        let name = self.referred(&parameter.name);
        match &parameter.subscript {
            None => Ok(self.value(&name).map_or(Values::Unset, Values::One)),
            Some(Subscript::At(word)) => {
                let element = self.element(&name, word).await?;
                Ok(element.map_or(Values::Unset, Values::One))
            }
            Some(whole) => {
                let joined = matches!(whole, Subscript::Joined);
                let values = match self.variables.get(&name).map(|variable| &variable.content) {
                    Some(Content::Indexed(values)) => values.values().cloned().collect(),
                    Some(Content::Associative(values)) => values.values().cloned().collect(),
                    Some(Content::Scalar(value)) => vec![value.clone()],
                    _ => Vec::new(),
                };
                Ok(Values::Many(values, joined))
            }
        }
    }

    /// The variable that a `declare -n` leads to.
    pub(crate) fn referred(&self, name: &[u8]) -> Vec<u8> {
        let mut name = name.to_vec();
        for _ in 0..8 {
            match self.variables.get(&name) {
                Some(variable) if variable.reference => match variable.scalar() {
                    Some(target) if is_name(target) => name = target.to_vec(),
                    _ => break,
                },
                _ => break,
            }
        }
        name
    }

    async fn element(&mut self, name: &[u8], word: &Word) -> Result<Option<Vec<u8>>, Stop> {
        let text = self.expand_single(word).await?;
        if self.variables.is_associative(name) {
            return Ok(match self.variables.get(name).map(|variable| &variable.content) {
                Some(Content::Associative(values)) => values.get(&text).cloned(),
                _ => None,
            });
        }
        let index = self.evaluate(&text, None).await?;
        Ok(match self.variables.get(name).map(|variable| &variable.content) {
            Some(Content::Indexed(values)) => {
                let end = values.keys().next_back().map_or(0, |last| last + 1);
                values.get(&if index < 0 { index + end } else { index }).cloned()
            }
            Some(Content::Scalar(value)) if index == 0 || index == -1 => Some(value.clone()),
            _ => None,
        })
    }

    async fn unset_check(&mut self, parameter: &Parameter, values: &Values) -> Flow {
        let many = matches!(values, Values::Many(..));
        if !self.options.nounset || many || !values.is_unset() {
            return Ok(());
        }
        if matches!(parameter.operation, Operation::Names(_) | Operation::Keys) {
            return Ok(());
        }
        let what = if self.dialect.is_bash() { ": unbound variable" } else { ": parameter not set" };
        let text = [&parameter.name[..], what.as_bytes()].concat();
        self.complain(None, text).await;
        Err(self.fatal(if self.dialect.is_bash() { 127 } else { 2 }))
    }

    async fn required(&mut self, parameter: &Parameter, colon: bool, word: &Word) -> Stop {
        let text = match self.expand_single(word).await {
            Ok(text) => text,
            Err(stop) => return stop,
        };
        let bash = self.dialect.is_bash();
        let text = match (text.is_empty(), colon) {
            (false, _) => text,
            (true, true) => {
                if bash {
                    b"parameter null or not set".to_vec()
                } else {
                    b"parameter not set or null".to_vec()
                }
            }
            (true, false) => b"parameter not set".to_vec(),
        };
        let text = [&parameter.name[..], b": ", &text].concat();
        self.complain(None, text).await;
        self.fatal(if bash { 127 } else { 2 })
    }

    async fn assign_default(&mut self, parameter: &Parameter, value: &[u8]) -> Flow {
        if !is_name(&parameter.name) {
            let text = match self.dialect.is_bash() {
                true => [b"$", &parameter.name[..], b": cannot assign in this way"].concat(),
                false => [&parameter.name[..], b": bad variable name"].concat(),
            };
            self.complain(None, text).await;
            return Err(self.fatal(if self.dialect.is_bash() { 1 } else { 2 }));
        }
        let assigned = match &parameter.subscript {
            Some(Subscript::At(word)) => {
                let index = self.expand_single(word).await?;
                if self.variables.is_associative(&parameter.name) {
                    self.variables.set_key(&parameter.name, index, value.to_vec())
                } else {
                    let index = self.evaluate(&index, None).await?;
                    self.variables.set_element(&parameter.name, index, value.to_vec())
                }
            }
            _ => self.variables.set(&parameter.name, value),
        };
        self.assigned(&parameter.name, assigned).await
    }

    /// Says what was wrong with an assignment.
    pub(crate) async fn assigned(&mut self, name: &[u8], assigned: Assigned) -> Flow {
        let text: &[u8] = match (assigned, self.dialect.is_bash()) {
            (Assigned::Done, _) => return Ok(()),
            (Assigned::TooLarge, _) => return Err(self.too_large().await),
            (Assigned::BadSubscript, _) => b": bad array subscript",
            (Assigned::ReadOnly, true) => b": readonly variable",
            (Assigned::ReadOnly, false) => b": is read only",
        };
        let text = [name, text].concat();
        self.complain(None, text).await;
        let status = if self.dialect.is_bash() { 1 } else { 2 };
        Err(self.fatal(status))
    }

    async fn operate(&mut self, parameter: &Parameter, values: Values) -> Result<Values, Stop> {
        match &parameter.operation {
            Operation::Length => Ok(Values::One(operation::length(&values).to_string().into_bytes())),
            Operation::Names(joined) => {
                let all = self.variables.all();
                let names = all.keys().filter(|name| name.starts_with(&parameter.name));
                let names = names.map(|name| name.to_vec()).collect();
                Ok(Values::Many(names, *joined))
            }
            Operation::Keys => Ok(self.keys(parameter)),
            Operation::StripPrefix(long, word) => {
                let pattern = self.expand_pattern(word).await?;
                Ok(operation::each(values, |value| operation::strip_prefix(value, &pattern, *long)))
            }
            Operation::StripSuffix(long, word) => {
                let pattern = self.expand_pattern(word).await?;
                Ok(operation::each(values, |value| operation::strip_suffix(value, &pattern, *long)))
            }
            Operation::Replace { which, pattern, by } => {
                let pattern = self.expand_pattern(pattern).await?;
                let by = self.expand_marked(by).await?;
                let ampersand = self.dialect.is_bash();
                Ok(operation::each(values, |value| {
                    operation::replace(value, &pattern, *which, &by, ampersand)
                }))
            }
            Operation::Case { upper, all, pattern } => {
                let pattern = match pattern {
                    Some(word) => Some(self.expand_pattern(word).await?),
                    None => None,
                };
                Ok(operation::each(values, |value| {
                    operation::change_case(value, *upper, *all, pattern.as_ref())
                }))
            }
            Operation::Slice(from, length) => {
                let from = self.arithmetic(from).await?;
                let length = match length {
                    Some(word) => Some(self.arithmetic(word).await?),
                    None => None,
                };
                self.slice(parameter, values, from, length).await
            }
            Operation::Transform(kind) => Ok(self.transform(parameter, values, *kind)),
            _ => Ok(values),
        }
    }

    fn keys(&self, parameter: &Parameter) -> Values {
        let joined = matches!(parameter.subscript, Some(Subscript::Joined));
        let keys = match self.variables.get(&parameter.name).map(|variable| &variable.content) {
            Some(Content::Indexed(values)) => values.keys().map(|key| key.to_string().into_bytes()).collect(),
            Some(Content::Associative(values)) => values.keys().cloned().collect(),
            Some(Content::Scalar(_)) => vec![b"0".to_vec()],
            _ => Vec::new(),
        };
        Values::Many(keys, joined)
    }

    async fn slice(
        &mut self,
        parameter: &Parameter,
        values: Values,
        from: i64,
        length: Option<i64>,
    ) -> Result<Values, Stop> {
        let sliced = match values {
            Values::Unset => return Ok(Values::Unset),
            Values::One(value) => operation::slice_text(&value, from, length).map(Values::One),
            Values::Many(mut values, joined) => {
                // Of the parameters, number 0 is the shell itself.
                if matches!(parameter.name.as_slice(), b"@" | b"*") {
                    values.insert(0, self.name.clone());
                }
                operation::slice_list(values, from, length).map(|values| Values::Many(values, joined))
            }
        };
        match sliced {
            Some(values) => Ok(values),
            None => {
                let text = format!("{}: substring expression < 0", length.unwrap_or(0));
                self.complain(None, text).await;
                Err(self.fatal(1))
            }
        }
    }

    fn transform(&self, parameter: &Parameter, values: Values, kind: u8) -> Values {
        match kind {
            b'U' => operation::each(values, |value| value.to_ascii_uppercase()),
            b'L' => operation::each(values, |value| value.to_ascii_lowercase()),
            b'u' => operation::each(values, |value| operation::change_case(value, Some(true), false, None)),
            b'Q' => operation::each(values, super::quote),
            b'E' => operation::each(values, |value| {
                crate::shell::escape::decode(value, crate::shell::escape::Flavour::Dollar).0
            }),
            b'P' => operation::each(values, |value| self.prompt_text(value)),
            b'a' => {
                let variable = self.variables.get(&parameter.name);
                Values::One(variable.map(crate::shell::builtins::attributes).unwrap_or_default())
            }
            b'A' => match values {
                Values::One(value) => {
                    Values::One([&parameter.name[..], b"=", &super::quote(&value)].concat())
                }
                values => values,
            },
            _ => values,
        }
    }
}

fn lacks(values: &Values, colon: bool) -> bool {
    if colon { values.is_empty() } else { values.is_unset() }
}
