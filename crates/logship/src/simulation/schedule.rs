//! What happens, and when.

use proptest::{collection::vec, prelude::*};

use crate::faulty::Fault;

/// Something that happens.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    /// So many lines are written, of about so many bytes.
    Write(u8, u16),
    /// The beginning of a line is written.
    Begin,
    /// The log is renamed, and a new one begun.
    Rename,
    /// The log is copied and cut.
    CopyAndCut,
    /// Both ends work for so many turns; of what is on the wire, about so many bytes move in each.
    Work(u8, u16),
    /// The connection breaks, with what is on it.
    Cut,
    /// The sender writes down what was acknowledged.
    Save,
    /// The sender is killed.
    KillSender,
    /// The receiver is killed.
    KillReceiver,
    /// The receiver's machine loses its power; of what was not durable, this share is left.
    CutPower(u16),
    /// The receiver's disk fills up, or has room again.
    Disk { is_full: bool },
    /// So many calls from now something goes wrong with the receiver's disk.
    Fault(u8, Fault),
    /// The clock jumps, by seconds.
    Jump(u16),
    /// What the receiver derives is rotated.
    RotateMaster,
}

pub(super) fn schedule() -> impl Strategy<Value = Vec<Step>> {
    vec(step(), 1..80)
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        20 => (1..40_u8, 1..400_u16).prop_map(|(count, length)| Step::Write(count, length)),
        4 => Just(Step::Begin),
        6 => Just(Step::Rename),
        5 => Just(Step::CopyAndCut),
        30 => (1..12_u8, 1..3_000_u16).prop_map(|(turns, bytes)| Step::Work(turns, bytes)),
        6 => Just(Step::Cut),
        4 => Just(Step::Save),
        6 => Just(Step::KillSender),
        6 => Just(Step::KillReceiver),
        4 => any::<u16>().prop_map(Step::CutPower),
        4 => any::<bool>().prop_map(|is_full| Step::Disk { is_full }),
        8 => (any::<u8>(), fault()).prop_map(|(calls, fault)| Step::Fault(calls % 24, fault)),
        4 => any::<u16>().prop_map(Step::Jump),
        3 => Just(Step::RotateMaster),
    ]
}

fn fault() -> impl Strategy<Value = Fault> {
    prop_oneof![Just(Fault::Fail), Just(Fault::Half), any::<u8>().prop_map(Fault::Kill)]
}
