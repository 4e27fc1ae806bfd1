//! Functions of numbers that come to numbers of the machine.

use super::value::Value;

/// What the function of this name comes to; `None` if there is none of it.
pub(super) fn call(name: &str, values: &[Value]) -> Option<Value> {
    if name == "pi" {
        return Some(Value::Decimal(3_141_593, 6));
    }
    if name == "interval" && values.len() > 2 {
        let wanted = values.first()?.number();
        let below = values.iter().skip(1).take_while(|value| value.number() <= wanted).count();
        return Some(Value::Int(i64::try_from(below).unwrap_or(0)));
    }
    let number = values.first()?.number();
    let real = match name {
        "ln" => number.ln(),
        "log" => match values.get(1) {
            Some(other) => other.number().ln() / number.ln(),
            None => number.ln(),
        },
        "log2" => number.log2(),
        "log10" => number.log10(),
        "degrees" => number.to_degrees(),
        "radians" => number.to_radians(),
        "sin" => number.sin(),
        "cos" => number.cos(),
        "tan" => number.tan(),
        "cot" => 1.0 / number.tan(),
        "asin" => number.asin(),
        "acos" => number.acos(),
        "atan" | "atan2" => match values.get(1) {
            Some(other) => number.atan2(other.number()),
            None => number.atan(),
        },
        _ => return None,
    };
    Some(if values.iter().any(Value::is_null) || !real.is_finite() { Value::Null } else { Value::Real(real) })
}

/// The numbers that the servers draw from a seed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seeded {
    one: u64,
    two: u64,
}

impl Seeded {
    const MOST: u64 = 0x3fff_ffff;

    /// The first of `seed`.
    pub(super) const fn new(seed: i64) -> Self {
        let seed = (seed & 0xffff_ffff) as u64;
        let one = (seed * 0x1_0001 + 55_555_555) & 0xffff_ffff;
        let two = (seed * 0x1000_0001) & 0xffff_ffff;
        Self { one: one % Self::MOST, two: two % Self::MOST }
    }

    /// The next of them.
    pub(super) fn next(&mut self) -> f64 {
        self.one = (self.one * 3 + self.two) % Self::MOST;
        self.two = (self.one + self.two + 33) % Self::MOST;
        self.one as f64 / Self::MOST as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_give_the_numbers_of_the_server() {
        assert_eq!(Seeded::new(1).next(), 0.405_403_537_121_977_24);
        let mut zero = Seeded::new(0);
        let drawn: Vec<_> = (0..6).map(|_| (zero.next() * 2.0).floor() as i64).collect();
        assert_eq!(drawn, [0, 1, 1, 0, 1, 1]);
    }
}
