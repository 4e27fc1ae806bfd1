//! What reading costs.

use super::*;

/// `cargo test --release -p decnet-logship -- --ignored --nocapture a_million`
#[test]
#[ignore = "a measurement, for a release build"]
fn a_million_lines_are_read_into_blocks() {
    let mut bed = Bed::new();
    let line = format!("{}\n", "x".repeat(302));
    for _ in 0..1000 {
        bed.append(&line.repeat(1000));
    }
    let begin = cpu();
    let (mut blocks, mut bytes) = (0, 0);
    while let Next::Block(block) = bed.tail().advance().unwrap() {
        blocks += 1;
        bytes += block.bytes.len();
        let position = Position { generation: block.generation, offset: block.to };
        bed.tail().release(position).unwrap();
    }
    let used = cpu() - begin;
    println!("{bytes} bytes in {blocks} blocks: {used:?} of CPU");
    assert_eq!(bytes, 303_000_000);
}

fn cpu() -> std::time::Duration {
    let usage = nix::sys::resource::getrusage(nix::sys::resource::UsageWho::RUSAGE_SELF).unwrap();
    let of = |time: nix::sys::time::TimeVal| {
        std::time::Duration::new(time.tv_sec().unsigned_abs(), u32::try_from(time.tv_usec()).unwrap() * 1000)
    };
    of(usage.user_time()) + of(usage.system_time())
}
