//! A value that many read and somebody replaces, while they go on with what they had.

use std::sync::{Arc, PoisonError, RwLock};

/// The value. Readers never wait for one another, and for a writer only while it stores a pointer.
#[derive(Debug)]
pub(crate) struct Replaceable<T>(RwLock<Arc<T>>);

impl<T> Replaceable<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(RwLock::new(Arc::new(value)))
    }

    /// What it is now.
    pub(crate) fn get(&self) -> Arc<T> {
        // Nothing panics while it holds the lock, and a stored pointer is never half of one.
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Replaces it.
    pub(crate) fn set(&self, value: T) {
        let value = Arc::new(value);
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = value;
    }

    /// Replaces it with what `next` makes of it, if it makes something; whether it did.
    pub(crate) fn update(&self, next: impl FnOnce(&T) -> Option<T>) -> bool {
        let mut place = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let made = next(&place).map(Arc::new);
        let replaced = made.is_some();
        if let Some(made) = made {
            *place = made;
        }
        replaced
    }
}
