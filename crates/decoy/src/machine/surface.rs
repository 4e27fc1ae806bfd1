//! Details of the file system that derive from the machine: numbers, devices, fillings.

use super::{
    Machine,
    clock::{DAY, Seconds, Time},
    files::path,
};

/// A quick hash that differs between machines.
pub(super) fn mix(seed: u64, bytes: &[u8]) -> u64 {
    let mut hash = seed ^ 0xcbf2_9ce4_8422_2325;
    for byte in bytes {
        hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    hash ^= hash >> 29;
    hash = hash.wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash ^ hash >> 32
}

impl Machine {
    /// Nanoseconds of the time of a file.
    pub(super) fn nanos(&self, name: &str, seconds: Seconds) -> u32 {
        let hash = mix(seconds.unsigned_abs(), name.as_bytes()) ^ self.persona.boot_time.unsigned_abs();
        u32::try_from(hash % 250_000_000 * 4).unwrap_or_default()
    }

    /// Where a name comes in its directory: by a hash with a seed of its own, as ext4 keeps them.
    pub(super) fn shuffle(&self, name: &[u8]) -> u64 {
        mix(self.persona.boot_time.unsigned_abs(), name)
    }

    /// The number of a file of the base.
    pub(super) fn inode(&self, place: u64) -> u64 {
        if place == 0 { 2 } else { 131_073 + place * 3 % 260_000 }
    }

    /// Major and minor number of the file system that a path is in.
    pub(super) fn device_of(&self, path: &[u8]) -> (u32, u32) {
        let in_it = |mount: &[u8]| path::below(path, mount).is_some();
        match () {
            () if in_it(b"/proc") => (0, 22),
            () if in_it(b"/sys") => (0, 21),
            () if in_it(b"/dev/shm") => (0, 25),
            () if in_it(b"/dev") => (0, 5),
            () if in_it(b"/run") => (0, 24),
            () if self.hardware.disk_name == "mmcblk0" => (179, 2),
            () => (8, 1),
        }
    }

    /// Whether a path is in a file system that lives in memory.
    pub(super) fn is_memory(&self, path: &[u8]) -> bool {
        [&b"/dev"[..], b"/run", b"/sys"].iter().any(|mount| path::below(path, mount).is_some())
    }

    /// Whether something is mounted there.
    pub(super) fn is_mounted(&self, path: &[u8]) -> bool {
        [&b"/"[..], b"/proc", b"/sys", b"/dev", b"/run", b"/dev/shm", b"/dev/pts", b"/run/lock"]
            .contains(&path)
    }

    /// When a file of the base was read last: at some hour of the last day, as `relatime` keeps it.
    pub(super) fn last_read(&self, path: &[u8], changed: Time, now: Time) -> Time {
        let hash = mix(self.persona.boot_time.unsigned_abs(), path);
        let since_boot = (now.seconds - self.booted()).max(1);
        let back = Seconds::try_from(hash % (DAY as u64)).unwrap_or_default().min(since_boot);
        let read = Time { seconds: now.seconds - now.seconds.rem_euclid(DAY) - back, nanos: changed.nanos };
        if hash.is_multiple_of(3) { read.max(changed) } else { changed }
    }

    /// Bytes that a file of the disk may still take.
    pub(super) fn free_space(&self) -> u64 {
        self.hardware.disk / 2
    }

    /// Unreadable bytes of the file at `path`: the same at every reading.
    pub(super) fn noise(&self, path: &[u8], offset: u64, length: usize) -> Vec<u8> {
        let seed = mix(self.seed ^ 0x6e6f_6973, path);
        let byte = |at: u64| {
            mix(seed, &(at / 8).to_le_bytes()).to_le_bytes().get((at % 8) as usize).copied().unwrap_or(0)
        };
        (0..length as u64).map(|at| byte(offset + at)).collect()
    }

    /// Bytes of an executable: the header of an ELF file, then code nobody can read.
    pub(super) fn program_bytes(&self, path: &[u8], size: u32, offset: u64, length: usize) -> Vec<u8> {
        let header = super::elf::header(&self.persona.system.machine, size);
        let end = usize::try_from(offset).unwrap_or(usize::MAX).saturating_add(length);
        let start = usize::try_from(offset).unwrap_or(usize::MAX);
        let mut out: Vec<u8> = header.get(start..end.min(header.len())).unwrap_or_default().to_vec();
        let rest = length.saturating_sub(out.len());
        out.extend(self.noise(path, offset + out.len() as u64, rest));
        out
    }
}
