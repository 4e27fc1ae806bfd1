//! The distributions that a Linux decky can run, and what each of them ships.

use decnet_proto::persona::ProductName;

/// How administrators of a distribution tend to name its hosts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostnameStyle {
    /// `web-07`.
    Generic,
    /// `web07`.
    Rhel,
    /// `web-7`.
    Minimal,
    /// `delta-nova`.
    Rolling,
}

/// A distribution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Distro {
    /// Its name in fleet files and on the command line.
    pub slug: &'static str,
    /// Name and version, as its `os-release` has them.
    pub pretty_name: &'static str,
    /// What its builds of Apache and Postfix add to their banners.
    pub banner_name: &'static str,
    /// Kernel releases that its updates have brought, newest last.
    pub kernels: &'static [&'static str],
    /// How its hosts are named.
    pub style: HostnameStyle,
    /// Upstream versions of the products that it ships.
    pub versions: Versions,
}

/// Upstream versions of the products that a system ships.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Versions {
    /// Apache httpd.
    pub apache: &'static str,
    /// nginx.
    pub nginx: &'static str,
    /// vsftpd.
    pub vsftpd: &'static str,
    /// ProFTPD.
    pub proftpd: &'static str,
    /// MariaDB, with what the distribution appends.
    pub mariadb: &'static str,
    /// MySQL, with what the distribution appends.
    pub mysql: &'static str,
    /// Redis.
    pub redis: &'static str,
    /// Postfix.
    pub postfix: &'static str,
    /// net-snmp.
    pub snmpd: &'static str,
    /// OpenSSH, as its greeting has it.
    pub openssh: &'static str,
    /// The telnet daemon: inetutils', netkit's or BusyBox's.
    pub telnetd: &'static str,
}

impl Versions {
    /// The version of a product.
    pub const fn of(&self, product: ProductName) -> &'static str {
        match product {
            ProductName::Apache => self.apache,
            ProductName::Nginx => self.nginx,
            ProductName::Vsftpd => self.vsftpd,
            ProductName::Proftpd => self.proftpd,
            ProductName::Mariadb => self.mariadb,
            ProductName::Mysql => self.mysql,
            ProductName::Redis => self.redis,
            ProductName::Postfix => self.postfix,
            ProductName::Snmpd => self.snmpd,
            ProductName::Openssh => self.openssh,
            ProductName::Telnetd => self.telnetd,
        }
    }
}

/// Debian 12.
pub const DEBIAN: Distro = Distro {
    slug: "debian",
    pretty_name: "Debian GNU/Linux 12 (bookworm)",
    banner_name: "Debian",
    kernels: &["6.1.0-25-amd64", "6.1.0-26-amd64", "6.1.0-27-amd64", "6.1.0-28-amd64"],
    style: HostnameStyle::Generic,
    versions: Versions {
        apache: "2.4.62",
        nginx: "1.22.1",
        vsftpd: "3.0.3",
        proftpd: "1.3.8",
        mariadb: "10.11.6-MariaDB-0+deb12u1",
        mysql: "8.0.40",
        redis: "7.0.15",
        postfix: "3.7.11",
        snmpd: "5.9.3",
        openssh: "9.2p1",
        telnetd: "2.4",
    },
};

/// Every distribution, in the order in which a fleet cycles through them.
pub const ALL: &[Distro] = &[
    DEBIAN,
    Distro {
        slug: "ubuntu22",
        pretty_name: "Ubuntu 22.04.5 LTS",
        banner_name: "Ubuntu",
        kernels: &["5.15.0-119-generic", "5.15.0-122-generic", "5.15.0-124-generic", "5.15.0-126-generic"],
        style: HostnameStyle::Generic,
        versions: Versions {
            apache: "2.4.52",
            nginx: "1.18.0",
            vsftpd: "3.0.5",
            proftpd: "1.3.7c",
            mariadb: "10.6.18-MariaDB-0ubuntu0.22.04.1",
            mysql: "8.0.40-0ubuntu0.22.04.1",
            redis: "6.0.16",
            postfix: "3.6.4",
            snmpd: "5.9.1",
            openssh: "8.9p1",
            telnetd: "0.17",
        },
    },
    Distro {
        slug: "ubuntu20",
        pretty_name: "Ubuntu 20.04.6 LTS",
        banner_name: "Ubuntu",
        kernels: &["5.4.0-192-generic", "5.4.0-196-generic", "5.4.0-200-generic", "5.4.0-202-generic"],
        style: HostnameStyle::Generic,
        versions: Versions {
            apache: "2.4.41",
            nginx: "1.18.0",
            vsftpd: "3.0.5",
            proftpd: "1.3.6c",
            mariadb: "10.3.39-MariaDB-0ubuntu0.20.04.2",
            mysql: "8.0.40-0ubuntu0.20.04.1",
            redis: "5.0.7",
            postfix: "3.4.13",
            snmpd: "5.8",
            openssh: "8.2p1",
            telnetd: "0.17",
        },
    },
    Distro {
        slug: "rocky9",
        pretty_name: "Rocky Linux 9.5 (Blue Onyx)",
        banner_name: "Rocky Linux",
        kernels: &[
            "5.14.0-503.14.1.el9_5.x86_64",
            "5.14.0-503.15.1.el9_5.x86_64",
            "5.14.0-503.19.1.el9_5.x86_64",
        ],
        style: HostnameStyle::Rhel,
        versions: Versions {
            apache: "2.4.62",
            nginx: "1.20.1",
            vsftpd: "3.0.5",
            proftpd: "1.3.8b",
            mariadb: "10.5.27-MariaDB",
            mysql: "8.0.40",
            redis: "6.2.17",
            postfix: "3.5.25",
            snmpd: "5.9.1",
            openssh: "8.7",
            telnetd: "0.17",
        },
    },
    Distro {
        slug: "centos7",
        pretty_name: "CentOS Linux 7 (Core)",
        banner_name: "CentOS",
        kernels: &[
            "3.10.0-1160.108.1.el7.x86_64",
            "3.10.0-1160.114.2.el7.x86_64",
            "3.10.0-1160.119.1.el7.x86_64",
        ],
        style: HostnameStyle::Rhel,
        versions: Versions {
            apache: "2.4.6",
            nginx: "1.20.1",
            vsftpd: "3.0.2",
            proftpd: "1.3.5e",
            mariadb: "5.5.68-MariaDB",
            mysql: "5.7.44",
            redis: "3.2.12",
            postfix: "2.10.1",
            snmpd: "5.7.2",
            openssh: "7.4",
            telnetd: "0.17",
        },
    },
    Distro {
        slug: "alpine",
        pretty_name: "Alpine Linux v3.19",
        banner_name: "Unix",
        kernels: &["6.6.49-0-lts", "6.6.54-0-lts", "6.6.58-0-lts"],
        style: HostnameStyle::Minimal,
        versions: Versions {
            apache: "2.4.62",
            nginx: "1.24.0",
            vsftpd: "3.0.5",
            proftpd: "1.3.8b",
            mariadb: "10.11.8-MariaDB",
            mysql: "8.0.40",
            redis: "7.2.4",
            postfix: "3.8.4",
            snmpd: "5.9.4",
            openssh: "9.6",
            telnetd: "1.36.1",
        },
    },
    Distro {
        slug: "fedora",
        pretty_name: "Fedora Linux 39 (Server Edition)",
        banner_name: "Fedora Linux",
        kernels: &["6.11.5-100.fc39.x86_64", "6.11.6-100.fc39.x86_64", "6.11.9-100.fc39.x86_64"],
        style: HostnameStyle::Rhel,
        versions: Versions {
            apache: "2.4.62",
            nginx: "1.26.2",
            vsftpd: "3.0.5",
            proftpd: "1.3.8b",
            mariadb: "10.5.27-MariaDB",
            mysql: "8.0.39",
            redis: "7.2.6",
            postfix: "3.8.5",
            snmpd: "5.9.4",
            openssh: "9.3",
            telnetd: "0.17",
        },
    },
    Distro {
        slug: "kali",
        pretty_name: "Kali GNU/Linux Rolling",
        // Kali takes these packages from Debian as they are.
        banner_name: "Debian",
        kernels: &["6.8.11-amd64", "6.10.11-amd64", "6.11.2-amd64"],
        style: HostnameStyle::Rolling,
        versions: Versions {
            apache: "2.4.62",
            nginx: "1.26.0",
            vsftpd: "3.0.5",
            proftpd: "1.3.8c",
            mariadb: "10.11.8-MariaDB-1",
            mysql: "8.0.40",
            redis: "7.0.15",
            postfix: "3.9.0",
            snmpd: "5.9.4",
            openssh: "9.9p1",
            telnetd: "2.5",
        },
    },
    Distro {
        slug: "arch",
        pretty_name: "Arch Linux",
        banner_name: "Unix",
        kernels: &["6.11.5-arch1-1", "6.11.9-arch1-1", "6.12.1-arch1-1"],
        style: HostnameStyle::Rolling,
        versions: Versions {
            apache: "2.4.62",
            nginx: "1.26.2",
            vsftpd: "3.0.5",
            proftpd: "1.3.8b",
            mariadb: "11.2.5-MariaDB",
            mysql: "8.0.40",
            redis: "7.2.5",
            postfix: "3.9.0",
            snmpd: "5.9.4",
            openssh: "9.9",
            telnetd: "2.5",
        },
    },
];

impl Distro {
    /// The distribution of a slug.
    pub fn find(slug: &str) -> Option<&'static Self> {
        ALL.iter().find(|distro| distro.slug == slug)
    }

    /// All slugs, comma separated, for messages.
    pub fn list() -> String {
        ALL.iter().map(|distro| distro.slug).collect::<Vec<_>>().join(", ")
    }
}
