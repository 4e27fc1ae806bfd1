//! Archives that are damaged, or grow without end.

use super::{
    coding::{Broken, Sink, Source},
    member::{BLOCK, Member},
};
use crate::{
    caps,
    shell::pipe::{Reader, pipe},
};

fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

async fn deflated(bytes: &[u8]) -> Vec<u8> {
    let (reader, writer) = pipe(1 << 22);
    let mut sink = Sink::deflate(writer, 6, Some((b"a", 7)));
    sink.write(bytes).await.unwrap();
    sink.finish().await.unwrap();
    drop(sink);
    reader.read_to_end(1 << 22).await
}

async fn inflated(bytes: Vec<u8>) -> Result<u64, Broken> {
    let mut source = Source::plain(Reader::bytes(bytes));
    source.inflate().await?;
    while !source.next().await?.is_empty() {}
    Ok(source.given)
}

#[test]
fn what_is_compressed_is_found_again_and_damage_is_seen() {
    block_on(async {
        let mut packed = deflated(&b"abc".repeat(5_000)).await;
        assert_eq!(&packed[..11], b"\x1f\x8b\x08\x08\x07\0\0\0\0\x03a");
        assert_eq!(inflated(packed.clone()).await, Ok(15_000));
        assert_eq!(inflated(packed[..20].to_vec()).await, Err(Broken::Short));
        assert_eq!(inflated(b"hello".to_vec()).await, Err(Broken::Format));
        assert_eq!(inflated(Vec::new()).await, Err(Broken::Short));
        let end = packed.len() - 8;
        packed[end] ^= 1;
        assert_eq!(inflated(packed).await, Err(Broken::Sum));
    });
}

#[test]
fn what_grows_without_end_fills_the_disk() {
    block_on(async {
        let member = deflated(&vec![0; 8 << 20]).await;
        let times = usize::try_from(caps::ARCHIVE_BYTES).unwrap() / (8 << 20) + 1;
        assert_eq!(inflated(member.repeat(times)).await, Err(Broken::Full));
    });
}

#[test]
fn headers_are_read_as_they_are_written() {
    let long = [&b"d/"[..], &b"x".repeat(150)].concat();
    let member = Member {
        name: b"d/a".to_vec(),
        mode: 0o4755,
        size: 700,
        modified: 1_795_692_333,
        kind: b'0',
        user: "root".into(),
        ..Member::default()
    };
    let blocks = member.blocks();
    assert_eq!((blocks.len(), Member::parse(&blocks)), (BLOCK, Some(member.clone())));
    let mut broken = blocks;
    broken[0] ^= 1;
    assert_eq!(Member::parse(&broken), None);
    assert_eq!(Member { name: long, ..member.clone() }.blocks().len(), 3 * BLOCK);
    let mut taken = member;
    taken.take_records(b"19 path=long/name\n30 mtime=12.5\n12 size=9\njunk\n");
    assert_eq!((taken.name.as_slice(), taken.modified, taken.size), (&b"long/name"[..], 12, 9));
}
