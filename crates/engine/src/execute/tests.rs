use super::*;
use crate::recording::{Recording, RecordingHost};

fn assert_send<T: Send>(value: T) -> T {
    value
}

#[tokio::test]
async fn nothing_to_do_can_be_spawned() {
    let (engine, host, steps) = (Recording::new(), RecordingHost::new(), Steps::default());
    let options = Options { parallel: NonZeroU16::MIN, fresh_image: false };
    let work = assert_send(execute(&engine, &host, &steps, options, &|_| {}));
    assert_eq!(work.await, []);
}
