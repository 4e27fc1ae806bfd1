//! `[[ … ]]`

use super::super::{
    builtins::test,
    interpreter::{Shell, Stop},
    language::ast::{Condition, Word},
    process::BoxFuture,
    state::Content,
};
use crate::programs::regex::{Regex, Syntax};

impl Shell {
    /// The status of a condition: 0 when it is met, 1 when not, 2 after an error.
    pub(super) fn condition<'a>(&'a mut self, condition: &'a Condition) -> BoxFuture<'a, Result<u8, Stop>> {
        Box::pin(async move {
            match condition {
                Condition::Not(inner) => Ok(match self.condition(inner).await? {
                    0 => 1,
                    1 => 0,
                    other => other,
                }),
                Condition::And(all) => {
                    for condition in all {
                        match self.condition(condition).await? {
                            0 => {}
                            other => return Ok(other),
                        }
                    }
                    Ok(0)
                }
                Condition::Or(all) => {
                    let mut outcome = 1;
                    for condition in all {
                        outcome = self.condition(condition).await?;
                        if outcome == 0 {
                            break;
                        }
                    }
                    Ok(outcome)
                }
                Condition::Word(word) => Ok(u8::from(self.expand_single(word).await?.is_empty())),
                Condition::Unary(operator, word) => {
                    let operand = self.expand_single(word).await?;
                    Ok(u8::from(!test::unary(self, operator, &operand)))
                }
                Condition::Binary(left, operator, right) => self.compare(left, operator, right).await,
            }
        })
    }

    async fn compare(&mut self, left: &Word, operator: &[u8], right: &Word) -> Result<u8, Stop> {
        let value = self.expand_single(left).await?;
        match operator {
            b"=" | b"==" | b"!=" => {
                let matches = self.expand_pattern(right).await?.matches(&value);
                Ok(u8::from(matches != (operator != b"!=")))
            }
            b"=~" => self.matches_regex(&value, right).await,
            b"<" | b">" => {
                let other = self.expand_single(right).await?;
                Ok(u8::from(if operator == b"<" { value >= other } else { value <= other }))
            }
            b"-eq" | b"-ne" | b"-lt" | b"-le" | b"-gt" | b"-ge" => {
                let other = self.expand_single(right).await?;
                let (left, right) =
                    match (self.evaluate(&value, None).await, self.evaluate(&other, None).await) {
                        (Ok(left), Ok(right)) => (left, right),
                        (Err(Stop::Line), _) | (_, Err(Stop::Line)) => return Ok(1),
                        (Err(stop), _) | (_, Err(stop)) => return Err(stop),
                    };
                Ok(u8::from(!test::numbers(left, operator, right)))
            }
            _ => {
                let other = self.expand_single(right).await?;
                Ok(u8::from(!test::files(self, &value, operator, &other)))
            }
        }
    }

    /// `=~`: what was quoted means itself; groups go into `BASH_REMATCH`.
    async fn matches_regex(&mut self, value: &[u8], right: &Word) -> Result<u8, Stop> {
        let field = self.expand_marked(right).await?;
        let mut text = Vec::with_capacity(field.bytes.len());
        for (byte, quoted) in field.bytes.iter().zip(&field.quoted) {
            if *quoted && b"\\.[]()*+?{}|^$".contains(byte) {
                text.push(b'\\');
            }
            text.push(*byte);
        }
        let ignore_case = self.options.shopt("nocasematch");
        let Ok(regex) = Regex::new(&text, Syntax::Extended, ignore_case) else { return Ok(2) };
        let found = regex.find(value, 0);
        self.variables.change(b"BASH_REMATCH", |variable| {
            let groups = found.iter().flat_map(|found| {
                (0..found.count()).map(|number| (number as i64, found.group(number, value).to_vec()))
            });
            variable.content = Content::Indexed(groups.collect());
        });
        Ok(u8::from(found.is_none()))
    }
}
