//! The greeting, and the random text in it that log-ins are computed from.

use super::{
    packet::put_lenenc,
    product::{Family, Product},
};

/// Length of a scramble.
pub const SCRAMBLE: usize = 20;

/// A fresh scramble as the server makes them: MariaDB draws printable characters, MySQL any of
/// seven bits but NUL and `$`, which separates the parts of stored passwords. `None` when the
/// system has no randomness.
pub fn scramble(family: Family) -> Option<[u8; SCRAMBLE]> {
    let mut bytes = [0; SCRAMBLE];
    getrandom::fill(&mut bytes).ok()?;
    Some(bytes.map(|byte| match (family, byte & 0x7f) {
        (Family::MariaDb, _) => byte % 94 + 33,
        (_, byte @ (0 | b'$')) => byte + 1,
        (_, byte) => byte,
    }))
}

/// The greeting of a new connection.
pub fn greeting(product: &Product, thread: u32, scramble: &[u8; SCRAMBLE]) -> Vec<u8> {
    let [low, low2, high, high2] = product.capabilities().to_le_bytes();
    let (first, second) = scramble.split_at(8);
    let mut out = vec![10];
    out.extend_from_slice(product.greeting_version().as_bytes());
    out.push(0);
    out.extend_from_slice(&thread.to_le_bytes());
    out.extend_from_slice(first);
    out.extend_from_slice(&[0, low, low2, product.charset]);
    // Status: autocommit.
    out.extend_from_slice(&[2, 0, high, high2]);
    put_lenenc(&mut out, SCRAMBLE as u64 + 1);
    out.extend_from_slice(&[0; 6]);
    out.extend_from_slice(&product.extended_capabilities().to_le_bytes());
    out.extend_from_slice(second);
    out.push(0);
    out.extend_from_slice(product.default_plugin().name().as_bytes());
    out.push(0);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use decnet_proto::persona::ProductName;

    #[test]
    fn scrambles_are_fresh_and_as_each_server_makes_them() {
        for _ in 0..200 {
            let (one, two) = (scramble(Family::MariaDb).unwrap(), scramble(Family::MySql8).unwrap());
            assert!(one.iter().all(u8::is_ascii_graphic));
            assert!(two.iter().all(|byte| *byte != 0 && *byte != b'$' && *byte < 128));
            assert_ne!(one, scramble(Family::MariaDb).unwrap());
        }
    }

    /// The first is what MariaDB 10.11 of Debian 12 sent, the others are as documented.
    #[test]
    fn greetings_of_the_servers() {
        let check = |name, version: &str, expect: &[u8]| {
            let product = Product::new(name, version, "Debian").unwrap();
            let bytes = greeting(&product, 4, b"sB,VNb#$+Jr$Wj/I`+SB");
            assert_eq!(String::from_utf8_lossy(&bytes), String::from_utf8_lossy(expect));
        };
        check(
            ProductName::Mariadb,
            "10.11.19-MariaDB-0+deb12u1",
            b"\x0a5.5.5-10.11.19-MariaDB-0+deb12u1\0\x04\0\0\0sB,VNb#$\0\xfe\xf7\x2d\x02\0\xff\x81\x15\0\0\0\0\0\0\x1d\0\0\0+Jr$Wj/I`+SB\0mysql_native_password\0",
        );
        check(
            ProductName::Mysql,
            "8.0.40-0ubuntu0.22.04.1",
            b"\x0a8.0.40-0ubuntu0.22.04.1\0\x04\0\0\0sB,VNb#$\0\xff\xff\xff\x02\0\xff\xdf\x15\0\0\0\0\0\0\0\0\0\0+Jr$Wj/I`+SB\0caching_sha2_password\0",
        );
        check(
            ProductName::Mysql,
            "5.7.44",
            b"\x0a5.7.44\0\x04\0\0\0sB,VNb#$\0\xff\xff\x08\x02\0\xff\xc1\x15\0\0\0\0\0\0\0\0\0\0+Jr$Wj/I`+SB\0mysql_native_password\0",
        );
    }
}
