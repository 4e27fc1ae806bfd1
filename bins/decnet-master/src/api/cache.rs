//! Answers that are still true: they are made once for all who ask the same.
//!
//! An answer is known by what was asked and by the newest event at that time; once another event is
//! there, it is made anew.

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
    /// Counts what was looked up, so that what was not asked for longest is known.
    clock: u64,
}

#[derive(Debug)]
struct Answer {
    /// The newest event when it was made.
    version: i64,
    body: Bytes,
    used: u64,
}

impl Cache {
    /// The answer to `question`, if it was made when `version` was the newest event.
    pub(super) fn get(&self, question: &str, version: i64) -> Option<Bytes> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.clock += 1;
        let now = kept.clock;
        let answer = kept.answers.get_mut(question).filter(|answer| answer.version == version)?;
        answer.used = now;
        Some(answer.body.clone())
    }

    /// Keeps an answer. `version` was the newest event before it was made.
    pub(super) fn put(&self, question: String, version: i64, body: &Bytes) {
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
        cache.put("/logs".to_owned(), 7, &Bytes::from_static(b"seven"));
        assert_eq!(cache.get("/logs", 7).as_deref(), Some(&b"seven"[..]));
        assert_eq!(cache.get("/logs", 8), None);
        assert_eq!(cache.get("/logs?limit=1", 7), None);
    }

    #[test]
    fn what_is_asked_for_stays_longest_and_large_answers_are_not_kept() {
        let cache = Cache::default();
        for number in 0..=MOST.0 {
            cache.put(number.to_string(), 1, &Bytes::from_static(b"x"));
            assert!(cache.get("0", 1).is_some(), "{number}");
        }
        assert!(cache.get("1", 1).is_none());
        cache.put("large".to_owned(), 1, &Bytes::from(vec![0; MOST.1 + 1]));
        assert!(cache.get("large", 1).is_none());
    }
}
