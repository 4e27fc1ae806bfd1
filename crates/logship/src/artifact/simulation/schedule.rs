//! What happens, and when.

use proptest::{collection::vec, prelude::*};

use crate::faulty::Fault;

/// Something that happens.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    /// A file of so many bytes is captured.
    Capture(u16),
    /// A file is there whose content is not what its name says.
    Damaged(u16),
    /// One of the files goes.
    Remove(u8),
    /// Both ends work for so many turns; of what is on the wire, about so many bytes move in each.
    Work(u8, u16),
    /// The connection breaks, with what is on it.
    Cut,
    /// The sender writes down what was kept.
    Save,
    /// The sender is killed.
    KillSender,
    /// The sender's machine loses its power; this share of its ledger is left.
    CutPowerOfSender(u16),
    /// The receiver is killed.
    KillReceiver,
    /// The receiver's machine loses its power; of what was not durable, this share is left.
    CutPower(u16),
    /// A byte of what is incomplete is not what it was.
    Spoil(u16),
    /// The receiver's disk fills up, or has room again.
    Disk { is_full: bool },
    /// So many calls from now something goes wrong with the receiver's disk.
    Fault(u8, Fault),
    /// Time passes, in seconds.
    Jump(u16),
    /// The receiver's calendar is set, by so many hours.
    Set(i8),
}

pub(super) fn schedule() -> impl Strategy<Value = Vec<Step>> {
    vec(step(), 1..80)
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        20 => (0..4_000_u16).prop_map(Step::Capture),
        // Of no bytes there is nothing to be damaged.
        3 => (1..2_000_u16).prop_map(Step::Damaged),
        3 => any::<u8>().prop_map(Step::Remove),
        30 => (1..12_u8, 1..3_000_u16).prop_map(|(turns, bytes)| Step::Work(turns, bytes)),
        6 => Just(Step::Cut),
        4 => Just(Step::Save),
        6 => Just(Step::KillSender),
        3 => any::<u16>().prop_map(Step::CutPowerOfSender),
        6 => Just(Step::KillReceiver),
        4 => any::<u16>().prop_map(Step::CutPower),
        4 => any::<u16>().prop_map(Step::Spoil),
        4 => any::<bool>().prop_map(|is_full| Step::Disk { is_full }),
        8 => (any::<u8>(), fault()).prop_map(|(calls, fault)| Step::Fault(calls % 24, fault)),
        4 => any::<u16>().prop_map(Step::Jump),
        2 => any::<i8>().prop_map(Step::Set),
    ]
}

fn fault() -> impl Strategy<Value = Fault> {
    prop_oneof![Just(Fault::Fail), Just(Fault::Half), any::<u8>().prop_map(Fault::Kill)]
}
