//! An RSA key that derives from the decky's secret, so that a restart does not change it and
//! nothing has to be stored.

use decnet_proto::ids::SecretKey;
use openssl::{
    bn::{BigNum, BigNumContext, BigNumRef},
    error::ErrorStack,
    pkey::{PKey, Private},
    rsa::RsaPrivateKeyBuilder,
};

use crate::identity;

const EXPONENT: u32 = 65_537;

/// The RSA key of `bits` bits (a multiple of 16) for `purpose` of the decky with this secret.
pub(crate) fn derive_key(
    secret: &SecretKey,
    purpose: &str,
    bits: usize,
) -> Result<PKey<Private>, ErrorStack> {
    let mut ctx = BigNumContext::new()?;
    let exponent = BigNum::from_u32(EXPONENT)?;
    let first = prime(secret, &format!("{purpose} p"), bits / 2, &mut ctx)?;
    let second = prime(secret, &format!("{purpose} q"), bits / 2, &mut ctx)?;
    // PKCS #1 (RFC 8017, section 3.2) wants the inverse of the second prime; libraries expect
    // the larger one first.
    let (p, q) = if first > second { (first, second) } else { (second, first) };

    let (p1, q1) = (minus_one(&p)?, minus_one(&q)?);
    let mut n = BigNum::new()?;
    n.checked_mul(&p, &q, &mut ctx)?;
    let mut phi = BigNum::new()?;
    phi.checked_mul(&p1, &q1, &mut ctx)?;
    let mut d = BigNum::new_secure()?;
    d.mod_inverse(&exponent, &phi, &mut ctx)?;
    let (mut dp, mut dq, mut q_inverse) =
        (BigNum::new_secure()?, BigNum::new_secure()?, BigNum::new_secure()?);
    dp.nnmod(&d, &p1, &mut ctx)?;
    dq.nnmod(&d, &q1, &mut ctx)?;
    q_inverse.mod_inverse(&q, &p, &mut ctx)?;

    let key = RsaPrivateKeyBuilder::new(n, exponent, d)?
        .set_factors(p, q)?
        .set_crt_params(dp, dq, q_inverse)?
        .build();
    PKey::from_rsa(key)
}

fn minus_one(value: &BigNumRef) -> Result<BigNum, ErrorStack> {
    let mut less = value.to_owned()?;
    less.sub_word(1)?;
    Ok(less)
}

/// The first suitable prime at or above a number derived for `purpose`. Its two highest bits
/// are set, so that the product of two has the full length.
fn prime(
    secret: &SecretKey,
    purpose: &str,
    bits: usize,
    ctx: &mut BigNumContext,
) -> Result<BigNum, ErrorStack> {
    let mut bytes = vec![0; bits / 8];
    identity::fill(secret, purpose, &mut bytes);
    if let Some(high) = bytes.first_mut() {
        *high |= 0xc0;
    }
    if let Some(low) = bytes.last_mut() {
        *low |= 1;
    }
    let mut candidate = BigNum::from_slice(&bytes)?;
    while candidate.mod_word(EXPONENT)? == 1 || !candidate.is_prime_fasttest(0, ctx, true)? {
        candidate.add_word(2)?;
    }
    Ok(candidate)
}
