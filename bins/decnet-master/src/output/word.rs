//! States in a word.

use serde::Serialize;
use serde_json::Value;

/// The word that stands for a state in JSON; empty for what is no word there.
pub(crate) fn word<T: Serialize>(state: &T) -> String {
    match serde_json::to_value(state) {
        Ok(Value::String(word)) => word,
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use decnet_proto::swarm::operator::{HostState, ShardState};

    use super::word;

    #[test]
    fn a_state_is_told_as_it_goes_over_the_wire() {
        assert_eq!(word(&HostState::Unreachable), "unreachable");
        assert_eq!(word(&ShardState::LeftBehind), "left_behind");
        assert_eq!(word(&7), "");
    }
}
