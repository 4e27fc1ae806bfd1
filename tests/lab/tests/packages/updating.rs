//! A machine that its master brings releases to: the service manager starts them, and the units' walls stand.

use anyhow::{Context as _, Result};
use lab::booted::claims;

#[test]
fn releases_from_afar_prove_themselves_or_are_undone() -> Result<()> {
    let machine = claims::raise("afar")?;
    for (name, claim) in claims::LIGHT {
        let figure = claim(&machine).with_context(|| name.replace('_', " "))?;
        println!("{name}: {figure}");
    }
    Ok(())
}
