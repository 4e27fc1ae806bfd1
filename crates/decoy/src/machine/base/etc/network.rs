//! Names and addresses.

use super::{Builder, When};
use crate::machine::{Distro, Line, Machine, scene::Scene};

pub(super) fn put(builder: &mut Builder, machine: &Machine) {
    let line = machine.distro().line();
    builder.at(When::Installed(300)).made("/etc/hostname", 0o644, hostname).made("/etc/hosts", 0o644, hosts);
    if matches!(machine.distro(), Distro::Ubuntu22 | Distro::Ubuntu20) {
        builder.link("/etc/resolv.conf", "../run/systemd/resolve/stub-resolv.conf");
        builder.made("/run/systemd/resolve/stub-resolv.conf", 0o644, stub).made(
            "/run/systemd/resolve/resolv.conf",
            0o644,
            resolver,
        );
        builder.made("/etc/netplan/00-installer-config.yaml", 0o600, netplan);
    } else {
        builder.made("/etc/resolv.conf", 0o644, resolver);
    }
    builder.text("/etc/host.conf", 0o644, "multi on\n").text(
        "/etc/networks",
        0o644,
        "default\t\t0.0.0.0\nloopback\t127.0.0.0\nlink-local\t169.254.0.0\n",
    );
    builder.text("/etc/nsswitch.conf", 0o644, "passwd:         files systemd\ngroup:          files systemd\nshadow:         files systemd\ngshadow:        files systemd\n\nhosts:          files dns\nnetworks:       files\n\nprotocols:      db files\nservices:       db files\nethers:         db files\nrpc:            db files\n\nnetgroup:       nis\n");
    builder.text("/etc/hosts.allow", 0o644, "").text("/etc/hosts.deny", 0o644, "").text(
        "/etc/gai.conf",
        0o644,
        "",
    );
    builder.text("/etc/protocols", 0o644, PROTOCOLS).text("/etc/services", 0o644, SERVICES);
    match line {
        Line::Debian if !matches!(machine.distro(), Distro::Ubuntu22 | Distro::Ubuntu20) => {
            builder.made("/etc/network/interfaces", 0o644, interfaces);
            builder.directories("/etc/network/if-down.d /etc/network/if-post-down.d /etc/network/if-pre-up.d /etc/network/if-up.d /etc/network/interfaces.d");
        }
        Line::Alpine => {
            builder.made("/etc/network/interfaces", 0o644, interfaces);
        }
        Line::RedHat => {
            let name = machine.network().interface;
            if machine.distro() == Distro::CentOs7 {
                builder.made(&format!("/etc/sysconfig/network-scripts/ifcfg-{name}"), 0o644, ifcfg);
                builder.text("/etc/sysconfig/network", 0o644, "# Created by anaconda\n");
            } else {
                builder.made(
                    &format!("/etc/NetworkManager/system-connections/{name}.nmconnection"),
                    0o600,
                    connection,
                );
            }
        }
        _ => {}
    }
}

fn hostname(scene: &Scene<'_>) -> Vec<u8> {
    format!("{}\n", scene.machine.full_hostname()).into_bytes()
}

fn hosts(scene: &Scene<'_>) -> Vec<u8> {
    let persona = scene.machine.persona();
    let (name, full) = (&persona.hostname, persona.fqdn());
    let text = match scene.machine.distro().line() {
        Line::Debian => format!(
            "127.0.0.1\tlocalhost\n127.0.1.1\t{full}\t{name}\n\n# The following lines are desirable for IPv6 capable hosts\n::1     localhost ip6-localhost ip6-loopback\nff02::1 ip6-allnodes\nff02::2 ip6-allrouters\n"
        ),
        Line::RedHat => "127.0.0.1   localhost localhost.localdomain localhost4 localhost4.localdomain4\n::1         localhost localhost.localdomain localhost6 localhost6.localdomain6\n".to_owned(),
        _ => format!("127.0.0.1\t{full} {name} localhost.localdomain localhost\n::1\t\tlocalhost localhost.localdomain\n"),
    };
    let mut out = text;
    for (place, neighbour) in scene.machine.neighbours().into_iter().enumerate().take(2) {
        let _ = place;
        out.push_str(&format!("{}\t{}.{}\t{}\n", neighbour.1, neighbour.0, persona.domain, neighbour.0));
    }
    out.into_bytes()
}

fn resolver(scene: &Scene<'_>) -> Vec<u8> {
    let net = scene.machine.network();
    format!("domain {0}\nsearch {0}\nnameserver {1}\n", scene.machine.persona().domain, net.gateway)
        .into_bytes()
}

fn stub(scene: &Scene<'_>) -> Vec<u8> {
    format!("nameserver 127.0.0.53\noptions edns0 trust-ad\nsearch {}\n", scene.machine.persona().domain)
        .into_bytes()
}

fn netplan(scene: &Scene<'_>) -> Vec<u8> {
    let net = scene.machine.network();
    format!(
        "network:\n  ethernets:\n    {}:\n      addresses:\n      - {}/{}\n      nameservers:\n        addresses:\n        - {}\n        search: [{}]\n      routes:\n      - to: default\n        via: {}\n  version: 2\n",
        net.interface, net.address, net.prefix, net.gateway, scene.machine.persona().domain, net.gateway
    )
    .into_bytes()
}

fn interfaces(scene: &Scene<'_>) -> Vec<u8> {
    let net = scene.machine.network();
    format!(
        "source /etc/network/interfaces.d/*\n\nauto lo\niface lo inet loopback\n\nallow-hotplug {0}\niface {0} inet static\n\taddress {1}/{2}\n\tgateway {3}\n\tdns-nameservers {3}\n\tdns-search {4}\n",
        net.interface, net.address, net.prefix, net.gateway, scene.machine.persona().domain
    )
    .into_bytes()
}

fn ifcfg(scene: &Scene<'_>) -> Vec<u8> {
    let net = scene.machine.network();
    format!(
        "TYPE=Ethernet\nPROXY_METHOD=none\nBROWSER_ONLY=no\nBOOTPROTO=none\nDEFROUTE=yes\nIPV4_FAILURE_FATAL=no\nIPV6INIT=yes\nNAME={0}\nUUID={1}\nDEVICE={0}\nONBOOT=yes\nIPADDR={2}\nPREFIX={3}\nGATEWAY={4}\nDNS1={4}\n",
        net.interface, scene.machine.uuid("connection"), net.address, net.prefix, net.gateway
    )
    .into_bytes()
}

fn connection(scene: &Scene<'_>) -> Vec<u8> {
    let net = scene.machine.network();
    format!(
        "[connection]\nid={0}\nuuid={1}\ntype=ethernet\nautoconnect-priority=-999\ninterface-name={0}\n\n[ethernet]\n\n[ipv4]\naddress1={2}/{3},{4}\ndns={4};\nmethod=manual\n\n[ipv6]\naddr-gen-mode=eui64\nmethod=auto\n\n[proxy]\n",
        net.interface, scene.machine.uuid("connection"), net.address, net.prefix, net.gateway
    )
    .into_bytes()
}

const PROTOCOLS: &str = "ip\t0\tIP\nicmp\t1\tICMP\nigmp\t2\tIGMP\ntcp\t6\tTCP\nudp\t17\tUDP\nipv6\t41\tIPv6\ngre\t47\tGRE\nesp\t50\tIPSEC-ESP\nah\t51\tIPSEC-AH\nipv6-icmp\t58\tIPv6-ICMP\nsctp\t132\tSCTP\n";
const SERVICES: &str = "tcpmux\t\t1/tcp\necho\t\t7/tcp\necho\t\t7/udp\ndiscard\t\t9/tcp\t\tsink null\ndaytime\t\t13/tcp\nftp-data\t20/tcp\nftp\t\t21/tcp\nssh\t\t22/tcp\ntelnet\t\t23/tcp\nsmtp\t\t25/tcp\t\tmail\ntime\t\t37/tcp\t\ttimserver\nwhois\t\t43/tcp\t\tnicname\ndomain\t\t53/tcp\ndomain\t\t53/udp\nbootps\t\t67/udp\nbootpc\t\t68/udp\ntftp\t\t69/udp\nfinger\t\t79/tcp\nhttp\t\t80/tcp\t\twww\nkerberos\t88/tcp\npop3\t\t110/tcp\nsunrpc\t\t111/tcp\t\tportmapper\nntp\t\t123/udp\nimap2\t\t143/tcp\t\timap\nsnmp\t\t161/udp\nsnmp-trap\t162/udp\nldap\t\t389/tcp\nhttps\t\t443/tcp\nmicrosoft-ds\t445/tcp\nsyslog\t\t514/udp\nldaps\t\t636/tcp\nrsync\t\t873/tcp\nimaps\t\t993/tcp\npop3s\t\t995/tcp\nmysql\t\t3306/tcp\npostgresql\t5432/tcp\nredis\t\t6379/tcp\nhttp-alt\t8080/tcp\n";
