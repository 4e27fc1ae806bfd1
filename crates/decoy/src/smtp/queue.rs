//! Queue ids, as Postfix makes them without `enable_long_queue_ids`.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{SystemTime, UNIX_EPOCH},
};

use decnet_proto::ids::SecretKey;

use crate::identity;

/// Files of a queue whose numbers the file system gives out again in turn.
const REUSED: u64 = 13;

/// The queue of one machine.
#[derive(Debug)]
pub(super) struct Queue {
    /// Number of the first queue file on its file system.
    first_inode: u64,
    messages: AtomicU64,
}

impl Queue {
    pub(super) fn new(key: &SecretKey) -> Self {
        let first_inode = 0x2_0000 + identity::number(key, "smtp queue", 0xe_0000);
        Self { first_inode, messages: AtomicU64::new(identity::number(key, "smtp queued", REUSED)) }
    }

    /// The id of a new message: microseconds of the second, then the number of its file.
    pub(super) fn id(&self) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let number = self.messages.fetch_add(1, Ordering::Relaxed);
        let inode = self.first_inode + number * 7 % REUSED + number / 40;
        format!("{:05X}{inode:X}", now.subsec_micros())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_hexadecimal_and_differ() {
        let queue = Queue::new(&SecretKey([1; 32]));
        let ids: Vec<String> = (0..20).map(|_| queue.id()).collect();
        for id in &ids {
            assert!((10..=11).contains(&id.len()), "{id}");
            assert!(id.bytes().all(|b| b.is_ascii_digit() || (b'A'..=b'F').contains(&b)), "{id}");
        }
        assert!(ids.windows(2).all(|pair| pair[0] != pair[1]));
    }
}
