//! The first bytes of executables, by which droppers find out what to drop.

/// Header of a dynamically linked executable of that architecture, which is `size` bytes long.
pub(super) fn header(machine: &str, size: u32) -> Vec<u8> {
    let (wide, little, number) = match machine {
        "x86_64" | "amd64" => (true, true, 62_u16),
        "aarch64" => (true, true, 183),
        "mips" => (false, false, 8),
        "ppc" => (false, false, 20),
        _ => (false, true, 40),
    };
    let mut out = vec![0x7f, b'E', b'L', b'F', if wide { 2 } else { 1 }, if little { 1 } else { 2 }, 1];
    out.resize(16, 0);
    let mut put = |value: u64, bytes: usize| {
        if little {
            out.extend(value.to_le_bytes().iter().take(bytes));
        } else {
            out.extend(value.to_be_bytes().iter().skip(8 - bytes));
        }
    };
    let word = if wide { 8 } else { 4 };
    let sections = u64::from(size / 64 * 64).saturating_sub(1_984);
    // Type (shared: position independent), architecture, version, entry, tables.
    put(3, 2);
    put(number.into(), 2);
    put(1, 4);
    put(if wide { 0x3_6d0 } else { 0x1_2a4 }, word);
    put(if wide { 64 } else { 52 }, word);
    put(sections, word);
    let flags = match number {
        40 => 0x0500_0400,
        8 => 0x7000_1007,
        _ => 0,
    };
    put(flags, 4);
    put(if wide { 64 } else { 52 }, 2);
    put(if wide { 56 } else { 32 }, 2);
    put(if wide { 13 } else { 9 }, 2);
    put(if wide { 64 } else { 40 }, 2);
    put(31, 2);
    put(30, 2);
    out
}

/// What an executable says of itself, if it is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Elf {
    /// Whether its addresses have 64 bits.
    pub(crate) wide: bool,
    /// Whether its numbers begin with their lowest byte.
    pub(crate) little: bool,
    /// Type: 2 is an executable, 3 a position independent one or a library.
    pub(crate) kind: u16,
    /// Number of the architecture.
    pub(crate) machine: u16,
}

impl Elf {
    /// Reads the header of a file.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let rest = bytes.strip_prefix(b"\x7fELF")?;
        let (wide, little) = (*rest.first()? == 2, *rest.get(1)? == 1);
        let word = |at: usize| {
            let pair = [*bytes.get(at)?, *bytes.get(at + 1)?];
            Some(if little { u16::from_le_bytes(pair) } else { u16::from_be_bytes(pair) })
        };
        Some(Self { wide, little, kind: word(16)?, machine: word(18)? })
    }

    /// Whether a machine of that architecture runs it.
    pub(crate) fn runs_on(self, machine: &str) -> bool {
        match machine {
            "x86_64" | "amd64" => matches!(self.machine, 62 | 3),
            "aarch64" => matches!(self.machine, 183 | 40),
            "mips" => self.machine == 8 && !self.little,
            "ppc" => self.machine == 20,
            _ => self.machine == 40,
        }
    }
}
