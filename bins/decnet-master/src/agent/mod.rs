//! The agent of this host: speaking to it, starting it where nobody else does, ending it.

mod client;
mod local;
mod operation;

pub(crate) use self::{
    client::{AgentError, Client},
    local::{ensure_running, program, stop_if_ours},
    operation::follow,
};
