//! Variables: scalars and arrays, exported or not, in the scopes of functions.

use std::{collections::BTreeMap, sync::Arc};

use crate::caps;

/// What a variable holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    /// Declared and not set.
    Unset,
    Scalar(Vec<u8>),
    Indexed(BTreeMap<i64, Vec<u8>>),
    /// With keys in the order in which bash lists them, more or less.
    Associative(BTreeMap<Vec<u8>, Vec<u8>>),
}

/// A variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Variable {
    pub(crate) content: Content,
    pub(crate) exported: bool,
    pub(crate) readonly: bool,
    pub(crate) integer: bool,
    /// Values become upper case, or lower case.
    pub(crate) upper: Option<bool>,
    /// `declare -n`.
    pub(crate) reference: bool,
}

impl Default for Variable {
    fn default() -> Self {
        Self {
            content: Content::Unset,
            exported: false,
            readonly: false,
            integer: false,
            upper: None,
            reference: false,
        }
    }
}

impl Variable {
    fn size(&self) -> usize {
        match &self.content {
            Content::Unset => 0,
            Content::Scalar(value) => value.len(),
            Content::Indexed(values) => values.values().map(|value| value.len() + 32).sum(),
            Content::Associative(values) => {
                values.iter().map(|(key, value)| key.len() + value.len() + 48).sum()
            }
        }
    }

    /// Its value where one is wanted: the first element of an array.
    pub(crate) fn scalar(&self) -> Option<&[u8]> {
        match &self.content {
            Content::Unset => None,
            Content::Scalar(value) => Some(value),
            Content::Indexed(values) => values.get(&0).map(Vec::as_slice),
            Content::Associative(values) => values.get(&b"0"[..]).map(Vec::as_slice),
        }
    }
}

/// What came of an assignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Assigned {
    Done,
    ReadOnly,
    /// All variables together would be larger than [`caps::SHELL_VARIABLES`].
    TooLarge,
    BadSubscript,
}

type Scope = BTreeMap<Vec<u8>, Variable>;

/// All variables of a shell. Cloning is cheap: scopes are copied when they change.
#[derive(Clone, Debug)]
pub(crate) struct Variables {
    /// The global scope first; what is in a later one hides what is in an earlier one.
    scopes: Vec<Arc<Scope>>,
    size: usize,
}

impl Default for Variables {
    fn default() -> Self {
        Self { scopes: vec![Arc::default()], size: 0 }
    }
}

impl Variables {
    pub(crate) fn get(&self, name: &[u8]) -> Option<&Variable> {
        self.scopes.iter().rev().find_map(|scope| scope.get(name))
    }

    /// The value of a variable where one value is wanted.
    pub(crate) fn scalar(&self, name: &[u8]) -> Option<&[u8]> {
        self.get(name).and_then(Variable::scalar)
    }

    /// All variables that can be seen, sorted.
    pub(crate) fn all(&self) -> BTreeMap<&[u8], &Variable> {
        let mut all = BTreeMap::new();
        for scope in &self.scopes {
            all.extend(scope.iter().map(|(name, variable)| (name.as_slice(), variable)));
        }
        all
    }

    /// Those that programs are given.
    pub(crate) fn environment(&self) -> Vec<(Vec<u8>, Vec<u8>)> {
        let exported = self.all().into_iter().filter(|(_, variable)| variable.exported);
        exported.filter_map(|(name, variable)| Some((name.to_vec(), variable.scalar()?.to_vec()))).collect()
    }

    pub(crate) fn push_scope(&mut self) {
        self.scopes.push(Arc::default());
    }

    pub(crate) fn pop_scope(&mut self) {
        if self.scopes.len() > 1
            && let Some(scope) = self.scopes.pop()
        {
            let freed: usize = scope.iter().map(|(name, variable)| cost(name, variable)).sum();
            self.size = self.size.saturating_sub(freed);
        }
    }

    pub(crate) fn in_function(&self) -> bool {
        self.scopes.len() > 1
    }

    /// Makes a variable of the innermost scope, hiding one outside.
    pub(crate) fn make_local(&mut self, name: &[u8]) {
        if self.scopes.last().is_some_and(|scope| scope.contains_key(name)) {
            return;
        }
        let exported = self.get(name).is_some_and(|variable| variable.exported);
        if let Some(scope) = self.scopes.last_mut() {
            Arc::make_mut(scope).insert(name.to_vec(), Variable { exported, ..Variable::default() });
        }
    }

    /// Whether the innermost scope has it.
    pub(crate) fn is_local(&self, name: &[u8]) -> bool {
        self.scopes.last().is_some_and(|scope| scope.contains_key(name))
    }

    /// Changes a variable where it is, or makes it in the global scope.
    pub(crate) fn change(&mut self, name: &[u8], change: impl FnOnce(&mut Variable)) -> Assigned {
        let at = self.scopes.iter().rposition(|scope| scope.contains_key(name)).unwrap_or(0);
        let Some(scope) = self.scopes.get_mut(at) else { return Assigned::Done };
        let scope = Arc::make_mut(scope);
        let before = scope.get(name).map_or(0, |variable| cost(name, variable));
        let mut variable = scope.get(name).cloned().unwrap_or_default();
        change(&mut variable);
        let size = self.size.saturating_sub(before) + cost(name, &variable);
        if size > caps::SHELL_VARIABLES {
            return Assigned::TooLarge;
        }
        self.size = size;
        scope.insert(name.to_vec(), variable);
        Assigned::Done
    }

    /// Gives a variable a value, whatever it was.
    pub(crate) fn set(&mut self, name: &[u8], value: impl Into<Vec<u8>>) -> Assigned {
        if self.get(name).is_some_and(|variable| variable.readonly) {
            return Assigned::ReadOnly;
        }
        let value = value.into();
        self.change(name, |variable| put_scalar(variable, value))
    }

    /// Gives an exported variable a value.
    pub(crate) fn export(&mut self, name: &[u8], value: impl Into<Vec<u8>>) {
        let value = value.into();
        self.change(name, |variable| {
            put_scalar(variable, value);
            variable.exported = true;
        });
    }

    /// Sets an element of an indexed array; below zero counts from the end.
    pub(crate) fn set_element(&mut self, name: &[u8], index: i64, value: Vec<u8>) -> Assigned {
        if self.get(name).is_some_and(|variable| variable.readonly) {
            return Assigned::ReadOnly;
        }
        if !matches!(self.get(name), Some(Variable { content: Content::Indexed(_), .. })) {
            let made = self.change(name, |variable| {
                as_indexed(variable);
            });
            if made != Assigned::Done {
                return made;
            }
        }
        // In place: a copy of the array for each of its elements would cost a loop too much.
        let size = self.size;
        let Some(Content::Indexed(values)) = self.content_mut(name) else { return Assigned::Done };
        let last = values.keys().next_back().map_or(0, |last| last + 1);
        let index = if index < 0 { index + last } else { index };
        if index < 0 {
            return Assigned::BadSubscript;
        }
        let before = values.get(&index).map_or(0, |value| value.len() + 32);
        let size = size.saturating_sub(before) + value.len() + 32;
        if size > caps::SHELL_VARIABLES {
            return Assigned::TooLarge;
        }
        values.insert(index, value);
        self.size = size;
        Assigned::Done
    }

    /// Sets an element of an associative array.
    pub(crate) fn set_key(&mut self, name: &[u8], key: Vec<u8>, value: Vec<u8>) -> Assigned {
        if self.get(name).is_some_and(|variable| variable.readonly) {
            return Assigned::ReadOnly;
        }
        let (size, keyed) = (self.size, key.len() + value.len() + 48);
        let Some(Content::Associative(values)) = self.content_mut(name) else { return Assigned::Done };
        let before = values.get(&key).map_or(0, |value| key.len() + value.len() + 48);
        let size = size.saturating_sub(before) + keyed;
        if size > caps::SHELL_VARIABLES {
            return Assigned::TooLarge;
        }
        values.insert(key, value);
        self.size = size;
        Assigned::Done
    }

    /// What a variable holds, where it is.
    fn content_mut(&mut self, name: &[u8]) -> Option<&mut Content> {
        let scope = self.scopes.iter_mut().rev().find(|scope| scope.contains_key(name))?;
        Arc::make_mut(scope).get_mut(name).map(|variable| &mut variable.content)
    }

    /// Forgets a variable; whether it could.
    pub(crate) fn unset(&mut self, name: &[u8]) -> bool {
        if self.get(name).is_some_and(|variable| variable.readonly) {
            return false;
        }
        if let Some(scope) = self.scopes.iter_mut().rev().find(|scope| scope.contains_key(name))
            && let Some(variable) = Arc::make_mut(scope).remove(name)
        {
            self.size = self.size.saturating_sub(cost(name, &variable));
        }
        true
    }

    /// Puts a variable back as it was.
    pub(crate) fn restore(&mut self, name: &[u8], variable: Option<Variable>) {
        match variable {
            Some(variable) => {
                self.change(name, |place| *place = variable);
            }
            None => {
                self.change(name, |place| place.readonly = false);
                self.unset(name);
            }
        }
    }

    /// Whether it is an associative array.
    pub(crate) fn is_associative(&self, name: &[u8]) -> bool {
        matches!(self.get(name), Some(Variable { content: Content::Associative(_), .. }))
    }
}

fn cost(name: &[u8], variable: &Variable) -> usize {
    name.len() + variable.size() + 64
}

/// The elements of a variable, which becomes an indexed array.
pub(crate) fn as_indexed(variable: &mut Variable) -> &mut BTreeMap<i64, Vec<u8>> {
    if !matches!(variable.content, Content::Indexed(_)) {
        let first = variable.scalar().map(|value| (0, value.to_vec()));
        variable.content = Content::Indexed(first.into_iter().collect());
    }
    match &mut variable.content {
        Content::Indexed(values) => values,
        _ => unreachable!("it was made one"),
    }
}

/// Puts a value where one value belongs, in the variable's case.
pub(crate) fn put_scalar(variable: &mut Variable, value: Vec<u8>) {
    let value = match variable.upper {
        Some(true) => value.to_ascii_uppercase(),
        Some(false) => value.to_ascii_lowercase(),
        None => value,
    };
    match &mut variable.content {
        Content::Indexed(values) => drop(values.insert(0, value)),
        Content::Associative(values) => drop(values.insert(b"0".to_vec(), value)),
        content => *content = Content::Scalar(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_have_scopes() {
        let mut variables = Variables::default();
        variables.set(b"x", *b"outer");
        variables.push_scope();
        variables.make_local(b"x");
        variables.set(b"x", *b"inner");
        variables.set(b"y", *b"global");
        assert_eq!(variables.scalar(b"x"), Some(&b"inner"[..]));
        variables.pop_scope();
        assert_eq!(variables.scalar(b"x"), Some(&b"outer"[..]));
        assert_eq!(variables.scalar(b"y"), Some(&b"global"[..]));
    }

    #[test]
    fn all_variables_together_have_a_bound() {
        let mut variables = Variables::default();
        assert_eq!(variables.set(b"x", vec![b'a'; caps::SHELL_VARIABLES / 2]), Assigned::Done);
        assert_eq!(variables.set(b"y", vec![b'a'; caps::SHELL_VARIABLES / 2]), Assigned::TooLarge);
        assert!(variables.unset(b"x"));
        assert_eq!(variables.set(b"y", vec![b'a'; caps::SHELL_VARIABLES / 2]), Assigned::Done);
    }

    #[test]
    fn arrays_count_from_the_end() {
        let mut variables = Variables::default();
        variables.set_element(b"a", 0, b"x".to_vec());
        variables.set_element(b"a", 4, b"y".to_vec());
        assert_eq!(variables.set_element(b"a", -1, b"z".to_vec()), Assigned::Done);
        assert_eq!(variables.set_element(b"a", -9, b"z".to_vec()), Assigned::BadSubscript);
        let Content::Indexed(values) = &variables.get(b"a").unwrap().content else { panic!() };
        assert_eq!(values.get(&4).unwrap(), b"z");
    }
}
