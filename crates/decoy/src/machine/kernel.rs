//! What the kernel says of itself.

use super::{Distro, Machine};
use crate::identity;

impl Machine {
    /// What `uname -v` prints.
    pub fn kernel_version(&self) -> &'static str {
        match self.kernel() {
            "6.1.0-25-amd64" => "#1 SMP PREEMPT_DYNAMIC Debian 6.1.106-3 (2024-08-26)",
            "6.1.0-26-amd64" => "#1 SMP PREEMPT_DYNAMIC Debian 6.1.112-1 (2024-09-30)",
            "6.1.0-27-amd64" => "#1 SMP PREEMPT_DYNAMIC Debian 6.1.115-1 (2024-11-01)",
            "6.1.0-28-amd64" => "#1 SMP PREEMPT_DYNAMIC Debian 6.1.119-1 (2024-11-22)",
            "5.15.0-119-generic" => "#129-Ubuntu SMP Fri Aug 2 19:25:20 UTC 2024",
            "5.15.0-122-generic" => "#132-Ubuntu SMP Thu Aug 29 13:45:52 UTC 2024",
            "5.15.0-124-generic" => "#134-Ubuntu SMP Fri Sep 27 20:20:17 UTC 2024",
            "5.15.0-126-generic" => "#136-Ubuntu SMP Wed Nov 6 10:38:22 UTC 2024",
            "5.4.0-192-generic" => "#212-Ubuntu SMP Fri Jul 5 09:47:39 UTC 2024",
            "5.4.0-196-generic" => "#216-Ubuntu SMP Thu Aug 29 13:26:53 UTC 2024",
            "5.4.0-200-generic" => "#220-Ubuntu SMP Fri Sep 27 13:19:16 UTC 2024",
            "5.4.0-202-generic" => "#222-Ubuntu SMP Fri Nov 8 14:45:04 UTC 2024",
            "5.14.0-503.14.1.el9_5.x86_64" => "#1 SMP PREEMPT_DYNAMIC Fri Nov 15 12:04:32 UTC 2024",
            "5.14.0-503.15.1.el9_5.x86_64" => "#1 SMP PREEMPT_DYNAMIC Tue Nov 26 17:24:29 UTC 2024",
            "5.14.0-503.19.1.el9_5.x86_64" => "#1 SMP PREEMPT_DYNAMIC Tue Jan 7 17:08:27 UTC 2025",
            "3.10.0-1160.108.1.el7.x86_64" => "#1 SMP Thu Jan 25 16:17:31 UTC 2024",
            "3.10.0-1160.114.2.el7.x86_64" => "#1 SMP Wed Mar 20 15:54:52 UTC 2024",
            "3.10.0-1160.119.1.el7.x86_64" => "#1 SMP Tue Jun 4 14:43:51 UTC 2024",
            "6.6.49-0-lts" => "#1-Alpine SMP PREEMPT_DYNAMIC 2024-09-05 07:05:49",
            "6.6.54-0-lts" => "#1-Alpine SMP PREEMPT_DYNAMIC 2024-10-06 17:24:56",
            "6.6.58-0-lts" => "#1-Alpine SMP PREEMPT_DYNAMIC 2024-10-23 08:53:27",
            "6.11.5-100.fc39.x86_64" => "#1 SMP PREEMPT_DYNAMIC Tue Oct 22 19:23:44 UTC 2024",
            "6.11.6-100.fc39.x86_64" => "#1 SMP PREEMPT_DYNAMIC Fri Nov  1 16:06:51 UTC 2024",
            "6.11.9-100.fc39.x86_64" => "#1 SMP PREEMPT_DYNAMIC Sun Nov 17 18:52:19 UTC 2024",
            "6.8.11-amd64" => "#1 SMP PREEMPT_DYNAMIC Kali 6.8.11-1kali2 (2024-05-30)",
            "6.10.11-amd64" => "#1 SMP PREEMPT_DYNAMIC Kali 6.10.11-1kali1 (2024-10-09)",
            "6.11.2-amd64" => "#1 SMP PREEMPT_DYNAMIC Kali 6.11.2-1kali1 (2024-10-15)",
            "6.11.5-arch1-1" => "#1 SMP PREEMPT_DYNAMIC Tue, 22 Oct 2024 18:31:38 +0000",
            "6.11.9-arch1-1" => "#1 SMP PREEMPT_DYNAMIC Sun, 17 Nov 2024 16:06:17 +0000",
            "6.12.1-arch1-1" => "#1 SMP PREEMPT_DYNAMIC Fri, 22 Nov 2024 16:04:27 +0000",
            "5.15.84-v7+" => "#1613 SMP Thu Jan 5 11:59:48 GMT 2023",
            "4.14.275" => "#0 Tue Apr 12 21:14:58 2022",
            _ => "#1 PREEMPT Tue Mar 19 10:12:54 UTC 2019",
        }
    }

    /// The first line of `dmesg` and `/proc/version`: who compiled the kernel with what.
    pub(crate) fn kernel_banner(&self) -> String {
        let (release, version) = (self.kernel(), self.kernel_version());
        let builder = match self.distro() {
            Distro::Debian12 => {
                "(debian-kernel@lists.debian.org) (gcc-12 (Debian 12.2.0-14) 12.2.0, GNU ld (GNU Binutils for Debian) 2.40)"
            }
            Distro::Ubuntu22 => {
                "(buildd@lcy02-amd64-117) (gcc (Ubuntu 11.4.0-1ubuntu1~22.04) 11.4.0, GNU ld (GNU Binutils for Ubuntu) 2.38)"
            }
            Distro::Ubuntu20 => {
                "(buildd@lcy02-amd64-030) (gcc version 9.4.0 (Ubuntu 9.4.0-1ubuntu1~20.04.2))"
            }
            Distro::Rocky9 => {
                "(mockbuild@iad1-prod-build001.bld.equ.rockylinux.org) (gcc (GCC) 11.5.0 20240719 (Red Hat 11.5.0-2), GNU ld version 2.35.2-54.el9)"
            }
            Distro::Fedora39 => {
                "(mockbuild@6cb2e0b1ea4f4a0b9f0a0b1f7a3f9f5b) (gcc (GCC) 13.3.1 20240913 (Red Hat 13.3.1-3), GNU ld version 2.40-14.fc39)"
            }
            Distro::CentOs7 => {
                "(mockbuild@kbuilder.bsys.centos.org) (gcc version 4.8.5 20150623 (Red Hat 4.8.5-44) (GCC) )"
            }
            Distro::Alpine319 => {
                "(buildozer@build-3-19-x86_64) (gcc (Alpine 13.2.1_git20231014) 13.2.1 20231014, GNU ld (GNU Binutils) 2.41)"
            }
            Distro::Kali => {
                "(devel@kali.org) (x86_64-linux-gnu-gcc-14 (Debian 14.2.0-6) 14.2.0, GNU ld (GNU Binutils for Debian) 2.43.1)"
            }
            Distro::Arch => "(linux@archlinux) (gcc (GCC) 14.2.1 20240910, GNU ld (GNU Binutils) 2.43.0)",
            Distro::Firmware => {
                "(builder@buildhost) (gcc version 7.5.0 (OpenWrt GCC 7.5.0 r11427-9ce6aa9d8d))"
            }
        };
        format!("Linux version {release} {builder} {version}")
    }

    /// A UUID that `purpose` always has on this machine.
    pub(crate) fn uuid(&self, purpose: &str) -> String {
        let text = identity::hex(&self.persona().key, &format!("uuid {purpose}"), 32);
        let part = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
        let variant = match part(16, 17) {
            "0" | "4" | "8" | "c" => "8",
            "1" | "5" | "9" | "d" => "9",
            "2" | "6" | "a" | "e" => "a",
            _ => "b",
        };
        format!("{}-{}-4{}-{variant}{}-{}", part(0, 8), part(8, 12), part(13, 16), part(17, 20), part(20, 32))
    }
}
