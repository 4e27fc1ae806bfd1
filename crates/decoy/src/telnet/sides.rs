//! Which options are on, at one end of a connection: two bits each, since thousands of silent clients
//! have all of them.

/// Whether an end has an option.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Side {
    #[default]
    No,
    /// It was asked for, and not answered yet.
    Asked,
    Yes,
}

/// All options of one end.
#[derive(Debug, Default)]
pub(super) struct Sides {
    asked: Bits,
    on: Bits,
}

impl Sides {
    /// Whether it has the option.
    pub(super) fn get(&self, option: u8) -> Side {
        match (self.on.get(option), self.asked.get(option)) {
            (true, _) => Side::Yes,
            (_, true) => Side::Asked,
            _ => Side::No,
        }
    }

    /// Remembers whether it has the option.
    pub(super) fn set(&mut self, option: u8, side: Side) {
        self.asked.set(option, side == Side::Asked);
        self.on.set(option, side == Side::Yes);
    }
}

#[derive(Debug, Default)]
struct Bits {
    low: u128,
    high: u128,
}

impl Bits {
    const fn get(&self, at: u8) -> bool {
        let half = if at < 128 { self.low } else { self.high };
        half >> (at % 128) & 1 == 1
    }

    const fn set(&mut self, at: u8, on: bool) {
        let half = if at < 128 { &mut self.low } else { &mut self.high };
        *half = *half & !(1 << (at % 128)) | (on as u128) << (at % 128);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_option_is_its_own() {
        let mut sides = Sides::default();
        for (option, side) in [(0, Side::Yes), (127, Side::Asked), (128, Side::Yes), (255, Side::Asked)] {
            sides.set(option, side);
        }
        sides.set(128, Side::No);
        let all: Vec<_> =
            (0..=255).map(|option| sides.get(option)).filter(|side| *side != Side::No).collect();
        assert_eq!(all, [Side::Yes, Side::Asked, Side::Asked]);
        sides.set(127, Side::Yes);
        assert_eq!([127, 128, 255].map(|option| sides.get(option)), [Side::Yes, Side::No, Side::Asked]);
    }
}
