//! ecdh-sha2-nistp256 and its like (RFC 5656, section 4).

use openssl::{
    bn::BigNumContext,
    derive::Deriver,
    ec::{EcGroup, EcKey, EcPoint, PointConversionForm},
    nid::Nid,
    pkey::PKey,
};

use super::method::{Answer, Refusal};
use crate::ssh::wire::Writer as _;

/// First byte of a point that is not compressed: OpenSSH takes no others.
const UNCOMPRESSED: u8 = 4;

pub(super) fn answer(nid: Nid, client: &[u8]) -> Result<Answer, Refusal> {
    let group = EcGroup::from_curve_name(nid)?;
    let mut ctx = BigNumContext::new()?;
    if client.first() != Some(&UNCOMPRESSED) {
        return Err(Refusal::Value);
    }
    let point = EcPoint::from_bytes(&group, client, &mut ctx).map_err(|_| Refusal::Value)?;
    let theirs = EcKey::from_public_key(&group, &point)?;
    theirs.check_key().map_err(|_| Refusal::Value)?;
    let ours = EcKey::generate(&group)?;
    let public = ours.public_key().to_bytes(&group, PointConversionForm::UNCOMPRESSED, &mut ctx)?;
    let (ours, theirs) = (PKey::from_ec_key(ours)?, PKey::from_ec_key(theirs)?);
    let mut deriver = Deriver::new(&ours)?;
    deriver.set_peer(&theirs)?;
    let mut secret = Vec::new();
    secret.put_mpint(&deriver.derive_to_vec()?);
    Ok(Answer { public, secret })
}
