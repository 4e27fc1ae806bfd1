//! Anything at all comes to an end, within bounds.

use decnet_proto::service::ServiceId;
use proptest::prelude::*;

use super::{super::SEEDS, apache, nginx};
use crate::testing::{self, Pace};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_500))]

    #[test]
    fn survives_mutations(
        seed in 0..SEEDS.len(),
        flips in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        tail in proptest::collection::vec(any::<u8>(), 0..60),
        is_nginx in any::<bool>(),
    ) {
        let mut input = SEEDS[seed].to_vec();
        for (at, byte) in flips {
            let at = at.index(input.len());
            input[at] = byte;
        }
        input.extend_from_slice(&tail);
        let host = testing::host(1);
        let keys = [("fake_app", "wordpress")];
        let keys = &keys[..seed % 2];
        let web = if is_nginx { nginx(&host, keys) } else { apache(&host, keys) };
        let (whole, ..) = testing::dialogue(&web, ServiceId::Http, &host, &input, Pace::Whole);
        prop_assert!(whole.len() < 1 << 20);
        prop_assert!(host.claim(crate::caps::DECOY_MEMORY), "memory is still claimed");
    }
}

/// 100 MiB that never end a line, a header or a chunk leave no trace in memory.
#[test]
fn endless_input_is_cut_off() {
    let host = testing::host(1);
    let much = vec![b'A'; 8 << 20];
    for web in [apache(&host, &[]), nginx(&host, &[])] {
        for head in ["", "GET /", "GET / HTTP/1.1\r\nX: ", "GET / HTTP/1.1\r\n"] {
            let input = [head.as_bytes(), &much].concat();
            let (output, ..) = testing::dialogue(&web, ServiceId::Http, &host, &input, Pace::Whole);
            assert!(output.starts_with(b"HTTP/1.1 4"), "{head}");
        }
    }
    assert!(host.claim(crate::caps::DECOY_MEMORY));
}
