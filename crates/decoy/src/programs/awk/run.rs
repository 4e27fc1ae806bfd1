//! Running a program.

use std::{
    collections::{BTreeMap, HashMap},
    rc::Rc,
};

use super::{
    Input,
    tree::{Expr, Pattern, Program, Stat},
    value::Value,
};
use crate::{
    caps,
    programs::regex::{Regex, Syntax},
};

/// What ends a statement early.
pub(super) enum Flow {
    Next,
    Exit,
    Break,
    Continue,
    Return(Value),
}

type Ran = Result<(), Flow>;
type Array = BTreeMap<Vec<u8>, Value>;

/// State of a run.
pub(super) struct Machine {
    pub(super) variables: HashMap<String, Value>,
    pub(super) arrays: HashMap<String, Array>,
    /// Values of the parameters of the functions being called.
    pub(super) frames: Vec<HashMap<String, Value>>,
    pub(super) functions: HashMap<String, Rc<super::tree::Function>>,
    fields: Vec<Vec<u8>>,
    pub(super) record: Vec<u8>,
    inputs: std::collections::VecDeque<Input>,
    current: std::collections::VecDeque<Vec<u8>>,
    pub(super) out: Vec<u8>,
    /// Files written: name, whether added to, text.
    pub(super) files: Vec<(Vec<u8>, bool, Vec<u8>)>,
    pub(super) outside: super::outside::Outside,
    status: u8,
    pub(super) steps: usize,
    pub(super) depth: usize,
    pub(super) seed: u64,
    regexes: HashMap<Vec<u8>, Option<Regex>>,
}

impl Machine {
    pub(super) fn new(
        environment: Vec<(Vec<u8>, Vec<u8>)>,
        variables: Vec<(Vec<u8>, Vec<u8>)>,
        inputs: Vec<Input>,
    ) -> Self {
        let mut this = Self {
            variables: HashMap::new(),
            arrays: HashMap::new(),
            frames: Vec::new(),
            functions: HashMap::new(),
            fields: Vec::new(),
            record: Vec::new(),
            inputs: inputs.into(),
            current: std::collections::VecDeque::new(),
            out: Vec::new(),
            files: Vec::new(),
            outside: super::outside::Outside::default(),
            status: 0,
            steps: caps::AWK_STEPS,
            depth: 0,
            seed: 0x2545_f491_4f6c_dd1d,
            regexes: HashMap::new(),
        };
        for (name, value) in [
            ("FS", " "),
            ("OFS", " "),
            ("ORS", "\n"),
            ("RS", "\n"),
            ("SUBSEP", "\x1c"),
            ("OFMT", "%.6g"),
            ("CONVFMT", "%.6g"),
        ] {
            this.variables.insert(name.into(), Value::Text(value.into()));
        }
        for name in ["NR", "NF", "FNR"] {
            this.variables.insert(name.into(), Value::Number(0.0));
        }
        for (name, value) in variables {
            this.variables.insert(String::from_utf8_lossy(&name).into_owned(), Value::Input(value));
        }
        let array = environment.into_iter().map(|(name, value)| (name, Value::Input(value))).collect();
        this.arrays.insert("ENVIRON".into(), array);
        this
    }

    pub(super) fn run(&mut self, program: &Program) -> u8 {
        self.functions = program.functions.clone();
        let begin = program.rules.iter().filter(|(pattern, _)| matches!(pattern, Pattern::Begin));
        let mut over = false;
        for (_, body) in begin {
            over |= body.as_ref().is_some_and(|body| matches!(self.stat(body), Err(Flow::Exit)));
        }
        let mut active = vec![false; program.rules.len()];
        if program.rules.iter().any(|(pattern, _)| !matches!(pattern, Pattern::Begin)) {
            while !over && self.read() {
                over = self.record_through(program, &mut active);
            }
        }
        for (_, body) in program.rules.iter().filter(|(pattern, _)| matches!(pattern, Pattern::End)) {
            if over && self.steps == 0 {
                break;
            }
            if body.as_ref().is_some_and(|body| matches!(self.stat(body), Err(Flow::Exit))) {
                break;
            }
        }
        self.status
    }

    /// Runs every rule on the record; true when the program is over.
    fn record_through(&mut self, program: &Program, active: &mut [bool]) -> bool {
        for (number, (pattern, body)) in program.rules.iter().enumerate() {
            let is_active = active.get(number).copied().unwrap_or(false);
            let applies = match pattern {
                Pattern::Begin | Pattern::End => false,
                Pattern::Always => true,
                Pattern::When(condition) => self.eval(condition).is_true(),
                Pattern::Range(first, last) => {
                    let begins = is_active || self.eval(first).is_true();
                    let ends = begins && self.eval(last).is_true();
                    if let Some(place) = active.get_mut(number) {
                        *place = begins && !ends;
                    }
                    begins
                }
            };
            if !applies {
                continue;
            }
            let ran = match body {
                Some(body) => self.stat(body),
                None => {
                    let line = [self.record.as_slice(), b"\n"].concat();
                    self.say(&line);
                    Ok(())
                }
            };
            match ran {
                Err(Flow::Next) => return false,
                Err(Flow::Exit) => return true,
                _ => {}
            }
        }
        false
    }

    fn say(&mut self, text: &[u8]) {
        if self.out.len() < caps::PROGRAM_INPUT {
            self.out.extend_from_slice(text);
        } else {
            self.steps = 0;
        }
    }

    /// The next record.
    pub(super) fn read(&mut self) -> bool {
        loop {
            if let Some(record) = self.current.pop_front() {
                self.set_record(record);
                for name in ["NR", "FNR"] {
                    let next = self.get(name).number() + 1.0;
                    self.variables.insert(name.into(), Value::Number(next));
                }
                return true;
            }
            match self.inputs.pop_front() {
                None => return false,
                Some(Input::Assign(name, value)) => {
                    self.variables.insert(String::from_utf8_lossy(&name).into_owned(), Value::Input(value));
                }
                Some(Input::Text(name, text)) => {
                    self.variables.insert("FILENAME".into(), Value::Input(name));
                    self.variables.insert("FNR".into(), Value::Number(0.0));
                    self.current = self.records(&text).into();
                }
            }
        }
    }

    pub(super) fn records(&mut self, text: &[u8]) -> Vec<Vec<u8>> {
        let separator = self.get("RS").text();
        if text.is_empty() {
            return Vec::new();
        }
        match separator.as_slice() {
            [] => {
                let text = String::from_utf8_lossy(text).into_owned();
                text.split("\n\n")
                    .map(|part| part.trim_matches('\n').as_bytes().to_vec())
                    .filter(|part| !part.is_empty())
                    .collect()
            }
            [byte] => {
                let body = text.strip_suffix(&[*byte]).unwrap_or(text);
                body.split(|b| b == byte).map(<[u8]>::to_vec).collect()
            }
            other => {
                let other = other.to_vec();
                let mut parts = self.split(text, &other);
                if parts.last().is_some_and(|last| last.is_empty() || last == b"\n") {
                    parts.pop();
                }
                parts
            }
        }
    }

    pub(super) fn set_record(&mut self, record: Vec<u8>) {
        let separator = self.get("FS").text();
        self.fields = self.split(&record, &separator);
        self.record = record;
        self.variables.insert("NF".into(), Value::Number(self.fields.len() as f64));
    }

    /// Parts of a text as `FS` separates them.
    pub(super) fn split(&mut self, text: &[u8], separator: &[u8]) -> Vec<Vec<u8>> {
        if text.is_empty() {
            return Vec::new();
        }
        match separator {
            b" " => text
                .split(u8::is_ascii_whitespace)
                .filter(|part| !part.is_empty())
                .map(<[u8]>::to_vec)
                .collect(),
            [] => text.iter().map(|b| vec![*b]).collect(),
            [byte] if *byte != b'\\' && *byte != b'|' || separator == b"|" => {
                text.split(|b| Some(b) == separator.first()).map(<[u8]>::to_vec).collect()
            }
            _ => {
                let Some(regex) = self.regex(separator) else { return vec![text.to_vec()] };
                let (mut out, mut at, mut from) = (Vec::new(), 0, 0);
                while let Some(found) = regex.find(text, from).filter(|found| found.end() > found.start()) {
                    out.push(text.get(at..found.start()).unwrap_or_default().to_vec());
                    at = found.end();
                    from = at;
                }
                out.push(text.get(at..).unwrap_or_default().to_vec());
                out
            }
        }
    }

    pub(super) fn regex(&mut self, text: &[u8]) -> Option<Regex> {
        if self.regexes.len() > 200 {
            self.regexes.clear();
        }
        self.regexes
            .entry(text.to_vec())
            .or_insert_with(|| Regex::new(text, Syntax::Extended, false).ok())
            .clone()
    }

    pub(super) fn get(&self, name: &str) -> Value {
        if let Some(value) = self.frames.last().and_then(|frame| frame.get(name)) {
            return value.clone();
        }
        self.variables.get(name).cloned().unwrap_or(Value::Nothing)
    }

    pub(super) fn set(&mut self, name: &str, value: Value) {
        if let Some(place) = self.frames.last_mut().and_then(|frame| frame.get_mut(name)) {
            *place = value;
            return;
        }
        let fields = name == "NF";
        let count = value.number();
        if self.variables.len() < 4_096 {
            self.variables.insert(name.into(), value);
        }
        if fields {
            self.fields.resize((count.max(0.0) as usize).min(4_096), Vec::new());
            self.rebuild();
        }
    }

    pub(super) fn field(&self, number: usize) -> Value {
        match number {
            0 => Value::Input(self.record.clone()),
            number => self.fields.get(number - 1).map_or(Value::Nothing, |field| Value::Input(field.clone())),
        }
    }

    pub(super) fn set_field(&mut self, number: usize, text: Vec<u8>) {
        if number == 0 {
            self.set_record(text);
            return;
        }
        let number = number.min(4_096);
        if self.fields.len() < number {
            self.fields.resize(number, Vec::new());
            self.variables.insert("NF".into(), Value::Number(number as f64));
        }
        if let Some(place) = self.fields.get_mut(number - 1) {
            *place = text;
        }
        self.rebuild();
    }

    fn rebuild(&mut self) {
        let separator = self.get("OFS").text();
        self.record = self.fields.join(separator.as_slice());
    }

    /// An element of an array by what its index says.
    pub(super) fn key(&mut self, index: &[Expr]) -> Vec<u8> {
        let parts: Vec<Vec<u8>> = index.iter().map(|part| self.eval(part).text()).collect();
        let separator = self.get("SUBSEP").text();
        parts.join(separator.as_slice())
    }

    /// The array that a name means; a parameter may stand for another.
    pub(super) fn array(&mut self, name: &str) -> &mut Array {
        let name = self.alias(name);
        self.arrays.entry(name).or_default()
    }

    pub(super) fn alias(&self, name: &str) -> String {
        match self.frames.last().and_then(|frame| frame.get(name)) {
            Some(Value::Text(target)) if target.starts_with(b"\0array ") => {
                String::from_utf8_lossy(target.get(7..).unwrap_or_default()).into_owned()
            }
            Some(_) => format!("{name} {}", self.frames.len()),
            None => name.to_owned(),
        }
    }

    pub(super) fn work(&mut self) -> bool {
        self.steps = self.steps.saturating_sub(1);
        self.steps > 0
    }

    /// Counts the bytes that a step copies.
    pub(super) fn spend(&mut self, bytes: usize) {
        self.steps = self.steps.saturating_sub(bytes / 32);
    }

    pub(super) fn stat(&mut self, stat: &Stat) -> Ran {
        if !self.work() {
            return Err(Flow::Exit);
        }
        match stat {
            Stat::Block(all) => all.iter().try_for_each(|stat| self.stat(stat)),
            Stat::Expr(expr) => {
                self.eval(expr);
                Ok(())
            }
            Stat::Print(values, format, target) => {
                self.print(values, *format, target.as_ref());
                Ok(())
            }
            Stat::If(condition, then, other) => {
                if self.eval(condition).is_true() {
                    self.stat(then)
                } else {
                    other.as_ref().map_or(Ok(()), |other| self.stat(other))
                }
            }
            Stat::While(condition, body) => self.repeat(None, Some(condition), None, body, false),
            Stat::Do(body, condition) => self.repeat(None, Some(condition), None, body, true),
            Stat::For(first, condition, step, body) => {
                self.repeat(first.as_deref(), condition.as_ref(), step.as_deref(), body, false)
            }
            Stat::ForIn(name, array, body) => self.each(name, array, body),
            Stat::Next => Err(Flow::Next),
            Stat::Break => Err(Flow::Break),
            Stat::Continue => Err(Flow::Continue),
            Stat::Exit(status) => {
                if let Some(status) = status {
                    self.status = (self.eval(status).number() as i64).to_le_bytes()[0];
                }
                Err(Flow::Exit)
            }
            Stat::Return(value) => {
                let value = value.as_ref().map_or(Value::Nothing, |value| self.eval(value));
                Err(Flow::Return(value))
            }
            Stat::Delete(name, None) => {
                self.array(name).clear();
                Ok(())
            }
            Stat::Delete(name, Some(index)) => {
                let key = self.key(index);
                self.array(name).remove(&key);
                Ok(())
            }
        }
    }

    fn repeat(
        &mut self,
        first: Option<&Stat>,
        condition: Option<&Expr>,
        step: Option<&Stat>,
        body: &Stat,
        late: bool,
    ) -> Ran {
        if let Some(first) = first {
            self.stat(first)?;
        }
        let mut checked = late;
        loop {
            if !checked && condition.is_some_and(|condition| !self.eval(condition).is_true()) {
                return Ok(());
            }
            checked = false;
            match self.stat(body) {
                Err(Flow::Break) => return Ok(()),
                Ok(()) | Err(Flow::Continue) => {}
                other => return other,
            }
            if let Some(step) = step {
                self.stat(step)?;
            }
            if !self.work() {
                return Err(Flow::Exit);
            }
        }
    }

    fn each(&mut self, name: &str, array: &str, body: &Stat) -> Ran {
        let keys: Vec<Vec<u8>> = self.array(array).keys().cloned().collect();
        for key in keys {
            self.set(name, Value::Input(key));
            match self.stat(body) {
                Err(Flow::Break) => return Ok(()),
                Ok(()) | Err(Flow::Continue) => {}
                other => return other,
            }
        }
        Ok(())
    }

    fn print(&mut self, values: &[Expr], format: bool, target: Option<&(&'static str, Expr)>) {
        let values: Vec<Value> = values.iter().map(|value| self.eval(value)).collect();
        let text = if format {
            let (first, rest) =
                values.split_first().map_or((Vec::new(), &[][..]), |(first, rest)| (first.text(), rest));
            super::format::apply(&first, rest)
        } else {
            let parts: Vec<Vec<u8>> = if values.is_empty() {
                vec![self.record.clone()]
            } else {
                values.iter().map(Value::text).collect()
            };
            [parts.join(self.get("OFS").text().as_slice()), self.get("ORS").text()].concat()
        };
        match target {
            _ if self.outside.is_waiting() => {}
            None => self.say(&text),
            Some((sign, target)) => {
                let name = self.eval(target).text();
                if name == b"/dev/stdout" || name == b"-" {
                    self.say(&text);
                    return;
                }
                if *sign == "|" {
                    self.pour(name, &text);
                } else if let Some((.., held)) = self.files.iter_mut().find(|(known, ..)| *known == name) {
                    if held.len() < caps::PROGRAM_INPUT {
                        held.extend(text);
                    }
                } else if self.files.len() < 64 {
                    self.files.push((name, *sign == ">>", text));
                }
            }
        }
    }
}
