//! The ARP packet of IPv4 over Ethernet (RFC 826), without its Ethernet header.

use std::net::Ipv4Addr;

use decnet_proto::mac::Mac;

/// Its length.
pub(super) const LENGTH: usize = 28;

/// Hardware type Ethernet, protocol type IPv4, their address lengths.
const TYPES: [u8; 6] = [0, 1, 8, 0, 6, 4];
const REQUEST: [u8; 2] = [0, 1];
const REPLY: [u8; 2] = [0, 2];

/// The question who has `target`.
///
/// A sender of 0.0.0.0 makes it the probe of RFC 5227, which changes nobody's table.
pub(super) fn request(mac: Mac, sender: Ipv4Addr, target: Ipv4Addr) -> [u8; LENGTH] {
    let fields: [&[u8]; 6] = [&TYPES, &REQUEST, &mac.0, &sender.octets(), &[0; 6], &target.octets()];
    let mut packet = [0; LENGTH];
    for (to, from) in packet.iter_mut().zip(fields.into_iter().flatten()) {
        *to = *from;
    }
    packet
}

/// Who says in a reply that it has which address; `None` for every other packet.
pub(super) fn reply(packet: &[u8]) -> Option<(Ipv4Addr, Mac)> {
    let rest = packet.strip_prefix(&TYPES)?.strip_prefix(&REPLY)?;
    let (mac, rest) = rest.split_first_chunk::<6>()?;
    let (ip, rest) = rest.split_first_chunk::<4>()?;
    (rest.len() >= 10).then(|| ((*ip).into(), Mac(*mac)))
}

/// Who says in any packet that it has which address: replies, announcements and questions alike. A
/// probe says of nobody that he has one (RFC 5227, section 1.1).
pub(super) fn claim(packet: &[u8]) -> Option<(Ipv4Addr, Mac)> {
    let rest = packet.strip_prefix(&TYPES)?;
    let rest = rest.strip_prefix(&REPLY).or_else(|| rest.strip_prefix(&REQUEST))?;
    let (mac, rest) = rest.split_first_chunk::<6>()?;
    let (ip, rest) = rest.split_first_chunk::<4>()?;
    let (ip, mac) = (Ipv4Addr::from(*ip), Mac(*mac));
    // An address of a group is nobody's.
    let is_one = mac.0 != [0; 6] && mac.0.first().is_some_and(|first| first & 1 == 0);
    (rest.len() >= 10 && !ip.is_unspecified() && is_one).then_some((ip, mac))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MAC: Mac = Mac([2, 0, 0, 0, 0, 7]);

    #[test]
    fn a_request_has_the_layout_of_rfc_826() {
        let packet = request(MAC, [192, 0, 2, 1].into(), [192, 0, 2, 9].into());
        let expect = [0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 7, 192, 0, 2, 1, 0, 0, 0, 0, 0, 0, 192, 0, 2, 9];
        assert_eq!(packet, expect);
        assert_eq!(reply(&packet), None, "a request is no reply");
    }

    #[test]
    fn a_reply_names_its_sender_also_with_padding_after_it() {
        let mut packet = request(MAC, [192, 0, 2, 9].into(), [192, 0, 2, 1].into()).to_vec();
        packet[7] = 2;
        let expect = Some(([192, 0, 2, 9].into(), MAC));
        assert_eq!(reply(&packet), expect);
        packet.extend([0; 18]);
        assert_eq!(reply(&packet), expect);
        assert_eq!(reply(&packet[..27]), None, "cut off");
    }

    #[test]
    fn a_claim_is_whatever_says_who_has_an_address() {
        let ip = Ipv4Addr::from([192, 0, 2, 1]);
        let question = request(MAC, ip, [192, 0, 2, 9].into());
        assert_eq!(claim(&question), Some((ip, MAC)));
        assert_eq!(claim(&request(MAC, ip, ip)), Some((ip, MAC)), "an announcement");
        assert_eq!(claim(&request(MAC, Ipv4Addr::UNSPECIFIED, ip)), None, "a probe");
        assert_eq!(claim(&request(Mac([255; 6]), ip, ip)), None, "everybody is nobody");
        assert_eq!(claim(&question[..27]), None, "cut off");
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            let _ = reply(&bytes);
            let _ = claim(&bytes);
        }
    }
}
