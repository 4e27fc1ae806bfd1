//! What the system calls itself.

use super::{Builder, When};
use crate::machine::{Distro, Machine, scene::Scene};

pub(super) fn put(builder: &mut Builder, machine: &Machine) {
    let distro = machine.distro();
    builder.at(When::At(1_731_000_000.min(machine.installed())));
    if distro == Distro::Firmware {
        builder.made("/etc/os-release", 0o644, os_release).made("/etc/banner", 0o644, banner);
        builder.made("/etc/openwrt_release", 0o644, openwrt);
    } else {
        builder
            .made("/usr/lib/os-release", 0o644, os_release)
            .link("/etc/os-release", "../usr/lib/os-release");
    }
    match distro {
        Distro::Debian12 => {
            builder.text(
                "/etc/debian_version",
                0o644,
                if machine.kernel().contains("-28-") { "12.8\n" } else { "12.7\n" },
            );
        }
        Distro::Kali => {
            builder.text("/etc/debian_version", 0o644, "kali-rolling\n");
        }
        Distro::Ubuntu22 => {
            builder.text("/etc/debian_version", 0o644, "bookworm/sid\n").text("/etc/lsb-release", 0o644, "DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=22.04\nDISTRIB_CODENAME=jammy\nDISTRIB_DESCRIPTION=\"Ubuntu 22.04.5 LTS\"\n");
        }
        Distro::Ubuntu20 => {
            builder.text("/etc/debian_version", 0o644, "bullseye/sid\n").text("/etc/lsb-release", 0o644, "DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=20.04\nDISTRIB_CODENAME=focal\nDISTRIB_DESCRIPTION=\"Ubuntu 20.04.6 LTS\"\n");
        }
        Distro::Rocky9 => redhat(builder, "rocky-release", "Rocky Linux release 9.5 (Blue Onyx)\n"),
        Distro::Fedora39 => redhat(builder, "fedora-release", "Fedora release 39 (Thirty Nine)\n"),
        Distro::CentOs7 => redhat(builder, "centos-release", "CentOS Linux release 7.9.2009 (Core)\n"),
        Distro::Alpine319 => {
            builder.text("/etc/alpine-release", 0o644, "3.19.4\n");
        }
        Distro::Arch => {
            builder.text("/etc/arch-release", 0o644, "");
        }
        Distro::Firmware => {}
    }
    builder.text("/etc/issue", 0o644, issue(distro)).made("/etc/motd", 0o644, motd);
    if distro != Distro::Firmware {
        builder.text("/etc/issue.net", 0o644, issue_net(machine));
    }
}

fn redhat(builder: &mut Builder, name: &'static str, text: &'static str) {
    builder.text(&format!("/etc/{name}"), 0o644, text);
    builder.link("/etc/redhat-release", name).link("/etc/system-release", name);
}

fn issue(distro: Distro) -> &'static str {
    match distro {
        Distro::Debian12 => "Debian GNU/Linux 12 \\n \\l\n\n",
        Distro::Kali => "Kali GNU/Linux Rolling \\n \\l\n\n",
        Distro::Ubuntu22 => "Ubuntu 22.04.5 LTS \\n \\l\n\n",
        Distro::Ubuntu20 => "Ubuntu 20.04.6 LTS \\n \\l\n\n",
        Distro::Alpine319 => "Welcome to Alpine Linux 3.19\nKernel \\r on an \\m (\\l)\n\n",
        Distro::Arch => "Arch Linux \\r (\\l)\n\n",
        Distro::Rocky9 | Distro::Fedora39 | Distro::CentOs7 => "\\S\nKernel \\r on an \\m\n\n",
        Distro::Firmware => "",
    }
}

fn issue_net(machine: &Machine) -> String {
    let name = machine.persona().system.pretty_name.as_str();
    match machine.distro() {
        Distro::Debian12 => "Debian GNU/Linux 12\n".to_owned(),
        Distro::Rocky9 | Distro::Fedora39 | Distro::CentOs7 => "\\S\nKernel \\r on an \\m\n".to_owned(),
        _ => format!("{name}\n"),
    }
}

fn motd(scene: &Scene<'_>) -> Vec<u8> {
    match scene.machine.distro() {
        Distro::Debian12 | Distro::Kali => format!(
            "\n{} is property of {}.\nUse by authorised staff only; sessions are logged.\n\n",
            scene.machine.persona().hostname,
            scene.machine.persona().organisation
        )
        .into_bytes(),
        Distro::Alpine319 => b"Welcome to Alpine!\n\nThe Alpine Wiki contains a large amount of how-to guides and general\ninformation about administrating Alpine systems.\nSee <https://wiki.alpinelinux.org/>.\n\nYou can setup the system with the command: setup-alpine\n\nYou may change this message by editing /etc/motd.\n\n".to_vec(),
        _ => Vec::new(),
    }
}

fn banner(_: &Scene<'_>) -> Vec<u8> {
    b"\n  BusyBox v1.30.1 () built-in shell (ash)\n\n".to_vec()
}

fn openwrt(scene: &Scene<'_>) -> Vec<u8> {
    format!(
        "DISTRIB_DESCRIPTION='{}'\nDISTRIB_ARCH='{}'\n",
        scene.machine.persona().system.pretty_name,
        scene.machine.persona().system.machine
    )
    .into_bytes()
}

fn os_release(scene: &Scene<'_>) -> Vec<u8> {
    let pretty = scene.machine.persona().system.pretty_name.as_str();
    let text: String = match scene.machine.distro() {
        Distro::Debian12 => "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nNAME=\"Debian GNU/Linux\"\nVERSION_ID=\"12\"\nVERSION=\"12 (bookworm)\"\nVERSION_CODENAME=bookworm\nID=debian\nHOME_URL=\"https://www.debian.org/\"\nSUPPORT_URL=\"https://www.debian.org/support\"\nBUG_REPORT_URL=\"https://bugs.debian.org/\"\n".into(),
        Distro::Ubuntu22 => "PRETTY_NAME=\"Ubuntu 22.04.5 LTS\"\nNAME=\"Ubuntu\"\nVERSION_ID=\"22.04\"\nVERSION=\"22.04.5 LTS (Jammy Jellyfish)\"\nVERSION_CODENAME=jammy\nID=ubuntu\nID_LIKE=debian\nHOME_URL=\"https://www.ubuntu.com/\"\nSUPPORT_URL=\"https://help.ubuntu.com/\"\nBUG_REPORT_URL=\"https://bugs.launchpad.net/ubuntu/\"\nPRIVACY_POLICY_URL=\"https://www.ubuntu.com/legal/terms-and-policies/privacy-policy\"\nUBUNTU_CODENAME=jammy\n".into(),
        Distro::Ubuntu20 => "NAME=\"Ubuntu\"\nVERSION=\"20.04.6 LTS (Focal Fossa)\"\nID=ubuntu\nID_LIKE=debian\nPRETTY_NAME=\"Ubuntu 20.04.6 LTS\"\nVERSION_ID=\"20.04\"\nHOME_URL=\"https://www.ubuntu.com/\"\nSUPPORT_URL=\"https://help.ubuntu.com/\"\nBUG_REPORT_URL=\"https://bugs.launchpad.net/ubuntu/\"\nPRIVACY_POLICY_URL=\"https://www.ubuntu.com/legal/terms-and-policies/privacy-policy\"\nVERSION_CODENAME=focal\nUBUNTU_CODENAME=focal\n".into(),
        Distro::Rocky9 => "NAME=\"Rocky Linux\"\nVERSION=\"9.5 (Blue Onyx)\"\nID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\nVERSION_ID=\"9.5\"\nPLATFORM_ID=\"platform:el9\"\nPRETTY_NAME=\"Rocky Linux 9.5 (Blue Onyx)\"\nANSI_COLOR=\"0;32\"\nLOGO=\"fedora-logo-icon\"\nCPE_NAME=\"cpe:/o:rocky:rocky:9::baseos\"\nHOME_URL=\"https://rockylinux.org/\"\nVENDOR_NAME=\"RESF\"\nVENDOR_URL=\"https://resf.org/\"\nBUG_REPORT_URL=\"https://bugs.rockylinux.org/\"\nSUPPORT_END=\"2032-05-31\"\nROCKY_SUPPORT_PRODUCT=\"Rocky-Linux-9\"\nROCKY_SUPPORT_PRODUCT_VERSION=\"9.5\"\nREDHAT_SUPPORT_PRODUCT=\"Rocky Linux\"\nREDHAT_SUPPORT_PRODUCT_VERSION=\"9.5\"\n".into(),
        Distro::Fedora39 => "NAME=\"Fedora Linux\"\nVERSION=\"39 (Server Edition)\"\nID=fedora\nVERSION_ID=39\nVERSION_CODENAME=\"\"\nPLATFORM_ID=\"platform:f39\"\nPRETTY_NAME=\"Fedora Linux 39 (Server Edition)\"\nANSI_COLOR=\"0;38;2;60;110;180\"\nLOGO=fedora-logo-icon\nCPE_NAME=\"cpe:/o:fedoraproject:fedora:39\"\nHOME_URL=\"https://fedoraproject.org/\"\nVARIANT=\"Server Edition\"\nVARIANT_ID=server\n".into(),
        Distro::CentOs7 => "NAME=\"CentOS Linux\"\nVERSION=\"7 (Core)\"\nID=\"centos\"\nID_LIKE=\"rhel fedora\"\nVERSION_ID=\"7\"\nPRETTY_NAME=\"CentOS Linux 7 (Core)\"\nANSI_COLOR=\"0;31\"\nCPE_NAME=\"cpe:/o:centos:centos:7\"\nHOME_URL=\"https://www.centos.org/\"\nBUG_REPORT_URL=\"https://bugs.centos.org/\"\n\nCENTOS_MANTISBT_PROJECT=\"CentOS-7\"\nCENTOS_MANTISBT_PROJECT_VERSION=\"7\"\nREDHAT_SUPPORT_PRODUCT=\"centos\"\nREDHAT_SUPPORT_PRODUCT_VERSION=\"7\"\n\n".into(),
        Distro::Alpine319 => "NAME=\"Alpine Linux\"\nID=alpine\nVERSION_ID=3.19.4\nPRETTY_NAME=\"Alpine Linux v3.19\"\nHOME_URL=\"https://alpinelinux.org/\"\nBUG_REPORT_URL=\"https://gitlab.alpinelinux.org/alpine/aports/-/issues\"\n".into(),
        Distro::Kali => "PRETTY_NAME=\"Kali GNU/Linux Rolling\"\nNAME=\"Kali GNU/Linux\"\nVERSION_ID=\"2024.3\"\nVERSION=\"2024.3\"\nVERSION_CODENAME=kali-rolling\nID=kali\nID_LIKE=debian\nHOME_URL=\"https://www.kali.org/\"\nSUPPORT_URL=\"https://forums.kali.org/\"\nBUG_REPORT_URL=\"https://bugs.kali.org/\"\nANSI_COLOR=\"1;31\"\n".into(),
        Distro::Arch => "NAME=\"Arch Linux\"\nPRETTY_NAME=\"Arch Linux\"\nID=arch\nBUILD_ID=rolling\nANSI_COLOR=\"38;2;23;147;209\"\nHOME_URL=\"https://archlinux.org/\"\nDOCUMENTATION_URL=\"https://wiki.archlinux.org/\"\nSUPPORT_URL=\"https://bbs.archlinux.org/\"\nBUG_REPORT_URL=\"https://gitlab.archlinux.org/groups/archlinux/-/issues\"\nPRIVACY_POLICY_URL=\"https://terms.archlinux.org/docs/privacy-policy/\"\nLOGO=archlinux-logo\n".into(),
        Distro::Firmware => format!("NAME=\"{pretty}\"\nPRETTY_NAME=\"{pretty}\"\n"),
    };
    text.into_bytes()
}
