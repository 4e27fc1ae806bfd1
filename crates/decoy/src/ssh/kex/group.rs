//! Diffie-Hellman in prime fields: fixed groups (RFC 8268) and the group exchange (RFC 4419).

use openssl::{
    bn::{BigNum, BigNumContext, MsbOption},
    error::ErrorStack,
};

use super::{
    method::{Answer, Refusal},
    moduli::MODULI,
};
use crate::ssh::wire::{Malformed, Reader, Writer as _};

/// A group that both sides know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ssh) enum Fixed {
    /// 1,024 bits: group 2 of RFC 2409, which SSH calls group 1.
    Group1,
    /// 2,048 bits (RFC 3526).
    Group14,
    /// 4,096 bits (RFC 3526).
    Group16,
    /// 8,192 bits (RFC 3526).
    Group18,
}

/// A prime, a generator, and the server's value once it is made.
#[derive(Debug)]
pub(in crate::ssh) struct Group {
    prime: BigNum,
    generator: BigNum,
    pair: Option<Pair>,
}

#[derive(Debug)]
struct Pair {
    private: BigNum,
    public: BigNum,
}

/// Sizes of groups that a client asks for, in bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ssh) struct Wanted {
    /// Smallest that it takes.
    pub(in crate::ssh) least: u32,
    /// The one it would like.
    pub(in crate::ssh) best: u32,
    /// Largest that it takes.
    pub(in crate::ssh) most: u32,
}

impl Wanted {
    const SMALLEST: u32 = 2_048;
    const LARGEST: u32 = 8_192;

    /// Reads a request, its message number left out; one that makes no sense is refused.
    pub(in crate::ssh) fn parse(body: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(body);
        let wanted = Self { least: reader.u32()?, best: reader.u32()?, most: reader.u32()? };
        reader.end()?;
        let Self { least, best, most } = wanted;
        let makes_sense = least <= most && least <= best && best <= most && most >= Self::SMALLEST;
        if makes_sense { Ok(wanted) } else { Err(Malformed) }
    }

    /// The size that OpenSSH picks of those it has: the smallest that is large enough, or else
    /// the largest.
    fn pick(self) -> Option<u32> {
        let least = self.least.max(Self::SMALLEST);
        let most = self.most.min(Self::LARGEST);
        let best = self.best.clamp(Self::SMALLEST, Self::LARGEST);
        let mut picked = 0;
        for size in MODULI.iter().map(|modulus| modulus.bits).filter(|size| (least..=most).contains(size)) {
            if (size > best && size < picked) || (size > picked && picked < best) {
                picked = size;
            }
        }
        (picked > 0).then_some(picked)
    }
}

impl Group {
    /// A group that both sides know.
    pub(in crate::ssh) fn fixed(group: Fixed) -> Result<Self, ErrorStack> {
        let prime = match group {
            Fixed::Group1 => BigNum::get_rfc2409_prime_1024()?,
            Fixed::Group14 => BigNum::get_rfc3526_prime_2048()?,
            Fixed::Group16 => BigNum::get_rfc3526_prime_4096()?,
            Fixed::Group18 => BigNum::get_rfc3526_prime_8192()?,
        };
        Ok(Self { prime, generator: BigNum::from_u32(2)?, pair: None })
    }

    /// One of the groups of the size that suits best, or a fixed one where there is none.
    pub(in crate::ssh) fn for_request(wanted: Wanted, choice: u32) -> Result<Self, ErrorStack> {
        let size = wanted.pick();
        let suitable = || MODULI.iter().filter(|modulus| Some(modulus.bits) == size);
        let count = u32::try_from(suitable().count()).unwrap_or(u32::MAX).max(1);
        let chosen = suitable().nth(usize::try_from(choice % count).unwrap_or(0));
        match (chosen, wanted.most) {
            (Some(modulus), _) => Ok(Self {
                prime: BigNum::from_hex_str(modulus.prime)?,
                generator: BigNum::from_u32(modulus.generator)?,
                pair: None,
            }),
            (None, ..3_072) => Self::fixed(Fixed::Group14),
            (None, ..6_144) => Self::fixed(Fixed::Group16),
            (None, _) => Self::fixed(Fixed::Group18),
        }
    }

    /// Bits of the prime.
    pub(in crate::ssh) fn bits(&self) -> i32 {
        self.prime.num_bits()
    }

    /// Prime and generator, each as an `mpint`.
    pub(in crate::ssh) fn parameters(&self) -> Vec<u8> {
        let mut out = Vec::new();
        out.put_mpint(&self.prime.to_vec());
        out.put_mpint(&self.generator.to_vec());
        out
    }

    /// Makes the server's value for `need` bytes of secret.
    pub(in crate::ssh) fn prepare(&mut self, need: usize) -> Result<(), ErrorStack> {
        let bits = (i32::try_from(need).unwrap_or(32) * 16).max(512).min(self.bits() - 1);
        let mut private = BigNum::new_secure()?;
        private.rand(bits, MsbOption::ONE, false)?;
        private.set_const_time();
        let mut public = BigNum::new()?;
        public.mod_exp(&self.generator, &private, &self.prime, &mut *BigNumContext::new()?)?;
        self.pair = Some(Pair { private, public });
        Ok(())
    }

    /// Answers the value of a client, a number of which the sign and the length are not there.
    pub(in crate::ssh) fn answer(mut self, client: &[u8], need: usize) -> Result<Answer, Refusal> {
        let mut whole = Vec::new();
        whole.put_string(client);
        let value = BigNum::from_slice(Reader::new(&whole).mpint()?)?;
        if !self.is_valid(&value)? {
            return Err(Refusal::Value);
        }
        if self.pair.is_none() {
            self.prepare(need)?;
        }
        let pair = self.pair.as_ref().ok_or(Refusal::Library)?;
        let mut shared = BigNum::new_secure()?;
        shared.mod_exp(&value, &pair.private, &self.prime, &mut *BigNumContext::new()?)?;
        let (mut public, mut secret) = (Vec::new(), Vec::new());
        public.put_mpint(&pair.public.to_vec());
        secret.put_mpint(&shared.to_vec());
        Ok(Answer { public: public.split_off(4), secret })
    }

    /// Whether a client's value is between one and the prime less one, and not of a few bits only.
    fn is_valid(&self, value: &BigNum) -> Result<bool, ErrorStack> {
        let one = BigNum::from_u32(1)?;
        let mut top = self.prime.to_owned()?;
        top.sub_word(1)?;
        let set = value.to_vec().iter().map(|byte| byte.count_ones()).sum::<u32>();
        Ok(*value > one && *value < top && set >= 4)
    }
}

#[cfg(test)]
mod tests {
    use super::{Fixed, Group, MODULI, Wanted};
    use openssl::bn::{BigNum, BigNumContext};

    fn picked(least: u32, best: u32, most: u32) -> Option<u32> {
        Wanted { least, best, most }.pick()
    }

    #[test]
    fn the_size_is_that_of_the_real_server() {
        assert_eq!(picked(1_024, 1_024, 8_192), Some(2_048));
        assert_eq!(picked(2_048, 3_072, 8_192), Some(3_072));
        assert_eq!(picked(2_048, 3_000, 8_192), Some(3_072));
        assert_eq!(picked(2_048, 8_192, 8_192), Some(8_192));
        assert_eq!(picked(2_048, 7_680, 8_192), Some(7_680));
        assert_eq!(picked(2_048, 8_192, 4_096), Some(4_096));
        assert_eq!(picked(2_100, 2_200, 2_300), None);
        assert_eq!(
            Group::for_request(Wanted { least: 2_100, best: 2_200, most: 2_300 }, 0).unwrap().bits(),
            2_048
        );
        assert_eq!(
            Group::for_request(Wanted { least: 5_000, best: 5_000, most: 5_000 }, 0).unwrap().bits(),
            4_096
        );
    }

    #[test]
    fn requests_that_make_no_sense_are_refused() {
        let request = |least: u32, best: u32, most: u32| {
            Wanted::parse(&[least, best, most].map(u32::to_be_bytes).concat()).is_ok()
        };
        assert!(request(2_048, 2_048, 2_048));
        assert!(request(0, 0, 8_192));
        assert!(!request(1_024, 1_024, 1_024));
        assert!(!request(8_192, 4_096, 4_096));
        assert!(!request(0, 0, 0));
    }

    #[test]
    fn groups_are_what_they_say() {
        let mut ctx = BigNumContext::new().unwrap();
        for modulus in MODULI {
            let prime = BigNum::from_hex_str(modulus.prime).unwrap();
            assert_eq!(prime.num_bits(), i32::try_from(modulus.bits).unwrap());
            assert!(prime.is_bit_set(0));
            // Whether it is prime takes long; the small ones stand for all.
            if modulus.bits == 2_048 {
                assert!(prime.is_prime(8, &mut ctx).unwrap());
                let mut half = BigNum::new().unwrap();
                half.rshift1(&prime).unwrap();
                assert!(half.is_prime(8, &mut ctx).unwrap());
            }
        }
        assert_eq!(MODULI.len(), 24);
    }

    #[test]
    fn values_of_no_use_are_refused() {
        let group = || Group::fixed(Fixed::Group14).unwrap();
        for value in [&[][..], &[1], &[7], &[0xff], &[0; 3]] {
            assert!(group().answer(value, 32).is_err(), "{value:?}");
        }
        let mut prime = group().prime.to_vec();
        prime.insert(0, 0);
        assert!(group().answer(&prime, 32).is_err());
        assert!(group().answer(&[0x1f], 32).is_ok());
    }
}
