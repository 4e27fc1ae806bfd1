//! Descriptors: as many as there may be connections.

use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// Descriptors that are not of connections.
const OTHER: u64 = 64;

/// Asks for as many descriptors as there may be connections; fewer will do for fewer, and are told.
pub fn raise(connections: u64) {
    let wanted = connections.saturating_add(OTHER);
    let raised = getrlimit(Resource::RLIMIT_NOFILE).and_then(|(soft, hard)| {
        if soft >= wanted {
            return Ok(soft);
        }
        let most = wanted.min(hard);
        setrlimit(Resource::RLIMIT_NOFILE, most, hard).map(|()| most)
    });
    match raised {
        Ok(most) if most >= wanted => {}
        Ok(most) => tracing::warn!(
            "this process may have {most} descriptors, and {wanted} are wanted for that many connections (LimitNOFILE)"
        ),
        Err(error) => tracing::warn!("cannot ask for more descriptors: {error}"),
    }
}
