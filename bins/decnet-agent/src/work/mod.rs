//! What changes the host: each is an idempotent way from what is observed to what is wanted.

mod converge;
mod deploy;
mod give_way;
mod mend;
mod teardown;

pub(crate) use decnet_engine::Options;
pub(crate) use deploy::deploy;
pub(crate) use give_way::give_way_forever;
pub(crate) use mend::mend_forever;
pub(crate) use teardown::teardown;
