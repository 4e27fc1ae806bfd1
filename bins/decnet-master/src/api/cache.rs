//! Answers that are still true: they are made once for all who ask the same.
//!
//! An answer is known by what was asked and by the newest event at that time; once another event is
//! there, or the record was emptied, it is made anew.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use bytes::Bytes;

/// Most answers that are kept, and most bytes of one.
const MOST: (usize, usize) = (64, 128 << 10);

/// The answers.
#[derive(Debug, Default)]
pub(super) struct Cache(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    answers: HashMap<String, Answer>,
    /// Counts how often everything was forgotten.
    cleared: u64,
    /// Counts what was looked up, so that what was not asked for longest is known.
    clock: u64,
}

#[derive(Debug)]
struct Answer {
    version: Version,
    body: Bytes,
    used: u64,
}

/// What an answer was made of: how often everything was forgotten, and the newest event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Version(u64, i64);

impl Cache {
    /// What answers are made of now, where this is the newest event.
    pub(super) fn version(&self, newest: i64) -> Version {
        Version(self.0.lock().unwrap_or_else(PoisonError::into_inner).cleared, newest)
    }

    /// Forgets every answer, and those that are just being made.
    pub(super) fn clear(&self) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.answers.clear();
        kept.cleared += 1;
    }

    /// The answer to `question`, if it was made of `version`.
    pub(super) fn get(&self, question: &str, version: Version) -> Option<Bytes> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.clock += 1;
        let now = kept.clock;
        let answer = kept.answers.get_mut(question).filter(|answer| answer.version == version)?;
        answer.used = now;
        Some(answer.body.clone())
    }

    /// Keeps an answer. `version` was asked for before it was made.
    pub(super) fn put(&self, question: String, version: Version, body: &Bytes) {
        if body.len() > MOST.1 {
            return;
        }
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let used = kept.clock;
        kept.answers.insert(question, Answer { version, body: body.clone(), used });
        while kept.answers.len() > MOST.0 {
            let oldest = kept.answers.iter().min_by_key(|(_, answer)| answer.used);
            let Some(oldest) = oldest.map(|(question, _)| question.clone()) else { break };
            kept.answers.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_holds_until_the_next_event() {
        let cache = Cache::default();
        let seven = cache.version(7);
        cache.put("/logs".to_owned(), seven, &Bytes::from_static(b"seven"));
        assert_eq!(cache.get("/logs", seven).as_deref(), Some(&b"seven"[..]));
        assert_eq!(cache.get("/logs", cache.version(8)), None);
        assert_eq!(cache.get("/logs?limit=1", seven), None);
    }

    #[test]
    fn what_was_being_made_when_all_was_forgotten_is_not_believed() {
        let cache = Cache::default();
        let before = cache.version(7);
        cache.clear();
        cache.put("/logs".to_owned(), before, &Bytes::from_static(b"seven"));
        assert_eq!(cache.get("/logs", cache.version(7)), None);
    }

    #[test]
    fn what_is_asked_for_stays_longest_and_large_answers_are_not_kept() {
        let cache = Cache::default();
        let one = cache.version(1);
        for number in 0..=MOST.0 {
            cache.put(number.to_string(), one, &Bytes::from_static(b"x"));
            assert!(cache.get("0", one).is_some(), "{number}");
        }
        assert!(cache.get("1", one).is_none());
        cache.put("large".to_owned(), one, &Bytes::from(vec![0; MOST.1 + 1]));
        assert!(cache.get("large", one).is_none());
    }
}
