//! States as they are typed.

use clap::builder::{PossibleValuesParser, TypedValueParser, ValueParser};
use decnet_proto::swarm::operator::{HostState, ShardState};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Words of [`HostState`].
const HOST_STATES: [&str; 5] = ["invited", "enrolled", "active", "unreachable", "leaving"];

/// Words of [`ShardState`].
const SHARD_STATES: [&str; 7] =
    ["pending", "running", "degraded", "failed", "yielded", "tearing_down", "left_behind"];

/// Takes the state of a host.
pub(super) fn host_state() -> ValueParser {
    parser::<HostState, _>(HOST_STATES)
}

/// Takes the state of a decky.
pub(super) fn shard_state() -> ValueParser {
    parser::<ShardState, _>(SHARD_STATES)
}

fn parser<T, const N: usize>(words: [&'static str; N]) -> ValueParser
where
    T: DeserializeOwned + Clone + Send + Sync + 'static,
{
    PossibleValuesParser::new(words).try_map(|word| serde_json::from_value::<T>(Value::String(word))).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::word;

    #[test]
    fn every_word_is_a_state() {
        for text in HOST_STATES {
            let state: HostState = serde_json::from_value(text.into()).expect("a state");
            assert_eq!(word(&state), text);
        }
        for text in SHARD_STATES {
            let state: ShardState = serde_json::from_value(text.into()).expect("a state");
            assert_eq!(word(&state), text);
        }
    }
}
