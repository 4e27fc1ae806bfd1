//! Packages of Debian's relatives, beside Debian 12's own: from their published package lists.
//!
//! The programs are Debian's; the names and versions here are what `dpkg` tells of them.

use std::sync::LazyLock;

use super::{Package, debian};

/// Debian's name, then what Ubuntu 22.04, Ubuntu 20.04 and Kali 2024 have in its place: a version,
/// or `name=version` where the name differs too. What is not listed they do not have.
const TABLE: &str = "\
adduser 3.118ubuntu5 3.118ubuntu2 3.137
apt 2.4.13 2.0.10 2.9.8
apt-utils 2.4.13 2.0.10 2.9.8
base-files 12ubuntu4.7 11ubuntu5.8 1:2024.3.0
base-passwd 3.5.52build1 3.5.47 3.6.4
bash 5.1-6ubuntu1.1 5.0-6ubuntu1.2 5.2.32-1+b1
bash-completion 1:2.11-5ubuntu1 1:2.10-1ubuntu1 1:2.14.0-1
bind9-dnsutils 1:9.18.28-0ubuntu0.22.04.1 1:9.18.28-0ubuntu0.20.04.1 1:9.20.2-1
bind9-host 1:9.18.28-0ubuntu0.22.04.1 1:9.18.28-0ubuntu0.20.04.1 1:9.20.2-1
bind9-libs:amd64 1:9.18.28-0ubuntu0.22.04.1 1:9.18.28-0ubuntu0.20.04.1 1:9.20.2-1
bsdextrautils 2.37.2-4ubuntu3.4 bsdmainutils=11.1.2ubuntu3 2.40.2-8
bsdutils 1:2.37.2-4ubuntu3.4 1:2.34-0.1ubuntu9.6 1:2.40.2-8
bzip2 1.0.8-5build1 1.0.8-2 1.0.8-6
ca-certificates 20240203~22.04.1 20240203~20.04.1 20240203
coreutils 8.32-4.1ubuntu1.2 8.30-3ubuntu2 9.4-3.1
cpio 2.13+dfsg-7ubuntu0.1 2.13+dfsg-2ubuntu0.4 2.15+dfsg-1
cron 3.0pl1-137ubuntu3 3.0pl1-136ubuntu1 3.0pl1-189
curl 7.81.0-1ubuntu1.19 7.68.0-1ubuntu2.25 8.10.1-1
dash 0.5.11+git20210903+really0.5.11-3ubuntu1 0.5.10.2-6 0.5.12-9
dbus 1.12.20-2ubuntu4.1 1.12.16-2ubuntu2.3 1.14.10-4+b1
debconf 1.5.79ubuntu1 1.5.73 1.5.87
debconf-i18n 1.5.79ubuntu1 1.5.73 1.5.87
debian-archive-keyring ubuntu-keyring=2021.03.26 ubuntu-keyring=2020.02.11.4 kali-archive-keyring=2024.1
debianutils 5.5-1ubuntu2 4.9.1 5.20
diffutils 1:3.8-0ubuntu2 1:3.7-3 1:3.10-1
dmidecode 3.3-3ubuntu0.2 3.2-3 3.6-1
dmsetup 2:1.02.175-2.1ubuntu5 2:1.02.167-1ubuntu1 2:1.02.201-1
dpkg 1.21.1ubuntu2.3 1.19.7ubuntu3.2 1.22.11
e2fsprogs 1.46.5-2ubuntu1.2 1.45.5-2ubuntu1.2 1.47.1-1
fdisk 2.37.2-4ubuntu3.4 2.34-0.1ubuntu9.6 2.40.2-8
file 1:5.41-3ubuntu0.1 1:5.38-4 1:5.45-3
findutils 4.8.0-1ubuntu3 4.7.0-1ubuntu1 4.10.0-3
gcc-12-base:amd64 12.3.0-1ubuntu1~22.04 gcc-10-base:amd64=10.5.0-1ubuntu1~20.04 gcc-14-base:amd64=14.2.0-6
git 1:2.34.1-1ubuntu1.11 1:2.25.1-1ubuntu3.13 1:2.45.2-1
git-man 1:2.34.1-1ubuntu1.11 1:2.25.1-1ubuntu3.13 1:2.45.2-1
gpgv 2.2.27-3ubuntu2.1 2.2.19-3ubuntu2.2 2.2.43-8+b1
grep 3.7-1build1 3.4-1 3.11-4
groff-base 1.22.4-8build1 1.22.4-4build1 1.23.0-5
grub-pc 2.06-2ubuntu7.2 2.04-1ubuntu26.17 2.12-5+kali1
grub2-common 2.06-2ubuntu7.2 2.04-1ubuntu26.17 2.12-5+kali1
gzip 1.10-4ubuntu4.1 1.10-0ubuntu4.1 1.12-1.1
hostname 3.23ubuntu2 3.23 3.23+nmu2
htop 3.0.5-7build2 2.2.0-2build1 3.3.0-4
ifupdown - - 0.8.43+kali1
inetutils-telnet telnet=0.17-44build1 telnet=0.17-41.2build1 2:2.5-5
init 1.62 1.57 1.66
init-system-helpers 1.62 1.57 1.66
initramfs-tools 0.140ubuntu13.4 0.136ubuntu6.7 0.145
iproute2 5.15.0-1ubuntu2 5.5.0-1ubuntu1 6.11.0-1
iptables 1.8.7-1ubuntu5.2 1.8.4-3ubuntu2.1 1.8.10-4
iputils-ping 3:20211215-1 3:20190709-3 3:20240905-1
isc-dhcp-client 4.4.1-2.3ubuntu2.4 4.4.1-2.1ubuntu5.20.04.5 4.4.3-P1-5
isc-dhcp-common 4.4.1-2.3ubuntu2.4 4.4.1-2.1ubuntu5.20.04.5 4.4.3-P1-5
kmod 29-1ubuntu1 27-1ubuntu2.1 33+20240816-2
less 590-1ubuntu0.22.04.3 551-1ubuntu0.3 643-1
libacl1:amd64 2.3.1-1 2.2.53-6 2.3.2-2
libapparmor1:amd64 3.0.4-2ubuntu2.4 2.13.3-7ubuntu5.4 3.1.7-1+b2
libapt-pkg6.0:amd64 2.4.13 2.0.10 2.9.8
libargon2-1:amd64 0~20171227-0.3 0~20171227-0.2 0~20190702+dfsg-4+b1
libattr1:amd64 1:2.5.1-1build1 1:2.4.48-5 1:2.5.2-1
libaudit-common 1:3.0.7-1build1 1:2.8.5-2ubuntu6 1:4.0.1-2
libaudit1:amd64 1:3.0.7-1build1 1:2.8.5-2ubuntu6 1:4.0.1-2
libblkid1:amd64 2.37.2-4ubuntu3.4 2.34-0.1ubuntu9.6 2.40.2-8
libbrotli1:amd64 1.0.9-2build6 1.0.7-6ubuntu0.1 1.1.0-2+b4
libbsd0:amd64 0.11.5-1 0.10.0-1 0.12.2-1
libbz2-1.0:amd64 1.0.8-5build1 1.0.8-2 1.0.8-6
libc-bin 2.35-0ubuntu3.8 2.31-0ubuntu9.16 2.40-3
libc6:amd64 2.35-0ubuntu3.8 2.31-0ubuntu9.16 2.40-3
libcap-ng0:amd64 0.7.9-2.2build3 0.7.9-2.1build1 0.8.5-2
libcap2-bin 1:2.44-1ubuntu0.22.04.1 1:2.32-1ubuntu0.1 1:2.66-5
libcap2:amd64 1:2.44-1ubuntu0.22.04.1 1:2.32-1ubuntu0.1 1:2.66-5
libcbor0.8:amd64 0.8.0-2ubuntu1 libcbor0.6:amd64=0.6.0-0ubuntu1 libcbor0.10:amd64=0.10.2-1.2
libcom-err2:amd64 1.46.5-2ubuntu1.2 1.45.5-2ubuntu1.2 1.47.1-1
libcrypt1:amd64 1:4.4.27-1 1:4.4.10-10ubuntu4 1:4.4.36-5
libcryptsetup12:amd64 2:2.4.3-1ubuntu1.2 2:2.2.2-3ubuntu2.5 2:2.7.5-1
libcurl3-gnutls:amd64 7.81.0-1ubuntu1.19 7.68.0-1ubuntu2.25 8.10.1-1
libcurl4:amd64 7.81.0-1ubuntu1.19 7.68.0-1ubuntu2.25 8.10.1-1
libdb5.3:amd64 5.3.28+dfsg1-0.8ubuntu3 5.3.28+dfsg1-0.6ubuntu2 5.3.28+dfsg2-8
libdbus-1-3:amd64 1.12.20-2ubuntu4.1 1.12.16-2ubuntu2.3 1.14.10-4+b1
libdebconfclient0:amd64 0.261ubuntu1 0.251ubuntu1 0.273
libdevmapper1.02.1:amd64 2:1.02.175-2.1ubuntu5 2:1.02.167-1ubuntu1 2:1.02.201-1
libedit2:amd64 3.1-20210910-1build1 3.1-20191231-1 3.1-20240808-1
libelf1:amd64 0.186-1build1 0.176-1.1ubuntu0.1 0.191-2+b1
liberror-perl 0.17029-1 0.17029-1 0.17029-2
libestr0:amd64 0.1.10-2.1build3 0.1.10-2.1 0.1.11-1+b1
libexpat1:amd64 2.4.7-1ubuntu0.5 2.2.9-1ubuntu0.8 2.6.3-1
libext2fs2:amd64 1.46.5-2ubuntu1.2 1.45.5-2ubuntu1.2 1.47.1-1
libfastjson4:amd64 0.99.9-1build2 0.99.8-2 1.2304.0-1+b1
libfdisk1:amd64 2.37.2-4ubuntu3.4 2.34-0.1ubuntu9.6 2.40.2-8
libffi8:amd64 3.4.2-4 libffi7:amd64=3.3-4 3.4.6-1
libfido2-1:amd64 1.10.0-1 1.3.1-1ubuntu2 1.15.0-1+b1
libgcc-s1:amd64 12.3.0-1ubuntu1~22.04 10.5.0-1ubuntu1~20.04 14.2.0-6
libgcrypt20:amd64 1.9.4-3ubuntu3 1.8.5-5ubuntu1.1 1.11.0-6
libgdbm-compat4:amd64 1.23-1 1.18.1-5 1.24-2
libgdbm6:amd64 1.23-1 1.18.1-5 1.24-2
libgmp10:amd64 2:6.2.1+dfsg-3ubuntu1 2:6.2.0+dfsg-4ubuntu0.1 2:6.3.0+dfsg-2+b1
libgnutls30:amd64 3.7.3-4ubuntu1.5 3.6.13-2ubuntu1.12 3.8.6-2
libgpg-error0:amd64 1.43-3 1.37-1 1.50-4
libgssapi-krb5-2:amd64 1.19.2-2ubuntu0.4 1.17-6ubuntu4.7 1.21.3-3
libhogweed6:amd64 3.7.3-1build2 libhogweed5:amd64=3.5.1+really3.5.1-2ubuntu0.2 3.10-1+b1
libicu72:amd64 libicu70:amd64=70.1-2 libicu66:amd64=66.1-2ubuntu2.1 72.1-5+b1
libidn2-0:amd64 2.3.2-2build1 2.2.0-2 2.3.7-2
libip4tc2:amd64 1.8.7-1ubuntu5.2 1.8.4-3ubuntu2.1 1.8.10-4
libip6tc2:amd64 1.8.7-1ubuntu5.2 1.8.4-3ubuntu2.1 1.8.10-4
libjansson4:amd64 2.13.1-1.1build3 2.12-1build1 2.14-2+b2
libjson-c5:amd64 0.15-3~ubuntu1.22.04.2 libjson-c4:amd64=0.13.1+dfsg-7ubuntu0.3 0.18+ds-1
libk5crypto3:amd64 1.19.2-2ubuntu0.4 1.17-6ubuntu4.7 1.21.3-3
libkeyutils1:amd64 1.6.1-2ubuntu3 1.6-6ubuntu1.1 1.6.3-3
libkmod2:amd64 29-1ubuntu1 27-1ubuntu2.1 33+20240816-2
libkrb5-3:amd64 1.19.2-2ubuntu0.4 1.17-6ubuntu4.7 1.21.3-3
libkrb5support0:amd64 1.19.2-2ubuntu0.4 1.17-6ubuntu4.7 1.21.3-3
libldap-2.5-0:amd64 2.5.18+dfsg-0ubuntu0.22.04.2 libldap-2.4-2:amd64=2.4.49+dfsg-2ubuntu1.10 2.5.18+dfsg-3
liblocale-gettext-perl 1.07-4build3 1.07-4 1.07-7
liblz4-1:amd64 1.9.3-2build2 1.9.2-2ubuntu0.20.04.1 1.9.4-3
liblzma5:amd64 5.2.5-2ubuntu1 5.2.4-1ubuntu1.1 5.6.2-2
libmagic-mgc 1:5.41-3ubuntu0.1 1:5.38-4 1:5.45-3
libmagic1:amd64 1:5.41-3ubuntu0.1 1:5.38-4 libmagic1t64:amd64=1:5.45-3
libmaxminddb0:amd64 1.5.2-1build2 1.4.2-0ubuntu1.20.04.1 1.11.0-1
libmd0:amd64 1.0.4-1build1 - 1.1.0-2
libmnl0:amd64 1.0.4-3build2 1.0.4-2 1.0.5-3
libmount1:amd64 2.37.2-4ubuntu3.4 2.34-0.1ubuntu9.6 2.40.2-8
libncursesw6:amd64 6.3-2ubuntu0.1 6.2-0ubuntu2.1 6.5-2
libnetfilter-conntrack3:amd64 1.0.9-1 1.0.7-2 1.0.9-6+b1
libnettle8:amd64 3.7.3-1build2 libnettle7:amd64=3.5.1+really3.5.1-2ubuntu0.2 3.10-1+b1
libnewt0.52:amd64 0.52.21-5ubuntu2 0.52.21-4ubuntu2 0.52.24-2+b2
libnfnetlink0:amd64 1.0.1-3build3 1.0.1-3build1 1.0.2-3
libnftables1:amd64 1.0.2-1ubuntu3 0.9.3-2 1.1.0-2
libnftnl11:amd64 1.2.1-1build1 1.1.5-1 1.2.7-1
libnghttp2-14:amd64 1.43.0-1ubuntu0.2 1.40.0-1ubuntu0.3 1.63.0-1
libp11-kit0:amd64 0.24.0-6build1 0.23.20-1ubuntu0.1 0.25.5-2
libpam-modules-bin 1.4.0-11ubuntu2.4 1.3.1-5ubuntu4.7 1.5.3-7
libpam-modules:amd64 1.4.0-11ubuntu2.4 1.3.1-5ubuntu4.7 1.5.3-7
libpam-runtime 1.4.0-11ubuntu2.4 1.3.1-5ubuntu4.7 1.5.3-7
libpam0g:amd64 1.4.0-11ubuntu2.4 1.3.1-5ubuntu4.7 1.5.3-7
libpcap0.8:amd64 1.10.1-4build1 1.9.1-3ubuntu1.20.04.1 libpcap0.8t64:amd64=1.10.5-1
libpci3:amd64 1:3.7.0-6 1:3.6.4-1ubuntu0.20.04.1 1:3.13.0-1
libpcre2-8-0:amd64 10.39-3ubuntu0.1 10.34-7ubuntu0.1 10.42-4+b1
libperl5.36:amd64 libperl5.34:amd64=5.34.0-3ubuntu1.3 libperl5.30:amd64=5.30.0-9ubuntu0.5 libperl5.38t64:amd64=5.38.2-5
libpipeline1:amd64 1.5.5-1 1.5.2-2build1 1.5.8-1
libpopt0:amd64 1.18-3build1 1.16-14 1.19+dfsg-2
libproc2-0:amd64 libprocps8:amd64=2:3.3.17-6ubuntu2.1 libprocps8:amd64=2:3.3.16-1ubuntu2.4 2:4.0.4-6
libpsl5:amd64 0.21.0-1.2build2 0.21.0-1ubuntu1 libpsl5t64:amd64=0.21.2-1.1+b1
libpython3-stdlib:amd64 3.10.6-1~22.04.1 3.8.2-0ubuntu2 3.12.6-1
libpython3.11-minimal:amd64 libpython3.10-minimal:amd64=3.10.12-1~22.04.6 libpython3.8-minimal:amd64=3.8.10-0ubuntu1~20.04.12 libpython3.12-minimal:amd64=3.12.6-1
libpython3.11-stdlib:amd64 libpython3.10-stdlib:amd64=3.10.12-1~22.04.6 libpython3.8-stdlib:amd64=3.8.10-0ubuntu1~20.04.12 libpython3.12-stdlib:amd64=3.12.6-1
libreadline8:amd64 8.1.2-1 8.0-4 libreadline8t64:amd64=8.2-5
librtmp1:amd64 2.4+20151223.gitfa8646d.1-2build4 2.4+20151223.gitfa8646d.1-2build1 2.4+20151223.gitfa8646d.1-2+b4
libsasl2-2:amd64 2.1.27+dfsg2-3ubuntu1.2 2.1.27+dfsg-2ubuntu0.1 2.1.28+dfsg1-8
libsasl2-modules-db:amd64 2.1.27+dfsg2-3ubuntu1.2 2.1.27+dfsg-2ubuntu0.1 2.1.28+dfsg1-8
libseccomp2:amd64 2.5.3-2ubuntu2 2.5.1-1ubuntu1~20.04.2 2.5.5-1+b1
libselinux1:amd64 3.3-1build2 3.0-1build2 3.7-3
libsemanage-common 3.3-1build2 3.0-1build2 3.7-2
libsemanage2:amd64 3.3-1build2 libsemanage1:amd64=3.0-1build2 3.7-2+b1
libsepol2:amd64 3.3-1build1 libsepol1:amd64=3.0-1ubuntu0.1 3.7-1
libslang2:amd64 2.3.2-5build4 2.3.2-4 2.3.3-5
libsmartcols1:amd64 2.37.2-4ubuntu3.4 2.34-0.1ubuntu9.6 2.40.2-8
libsqlite3-0:amd64 3.37.2-2ubuntu0.3 3.31.1-4ubuntu0.6 3.46.1-1
libss2:amd64 1.46.5-2ubuntu1.2 1.45.5-2ubuntu1.2 1.47.1-1
libssh2-1:amd64 - - libssh2-1t64:amd64=1.11.0-7
libssl3:amd64 3.0.2-0ubuntu1.18 libssl1.1:amd64=1.1.1f-1ubuntu2.23 libssl3t64:amd64=3.3.2-1
libstdc++6:amd64 12.3.0-1ubuntu1~22.04 10.5.0-1ubuntu1~20.04 14.2.0-6
libsystemd0:amd64 249.11-0ubuntu3.12 245.4-4ubuntu3.24 256.6-1
libtasn1-6:amd64 4.18.0-4build1 4.16.0-2 4.19.0-3+b2
libtext-charwidth-perl:amd64 0.04-10build3 0.04-10 0.04-11+b3
libtext-iconv-perl:amd64 1.7-7build3 1.7-7 1.7-8+b3
libtext-wrapi18n-perl 0.06-9 0.06-9 0.06-10
libtinfo6:amd64 6.3-2ubuntu0.1 6.2-0ubuntu2.1 6.5-2
libuchardet0:amd64 0.0.7-1build2 0.0.6-3build1 0.0.8-1+b1
libudev1:amd64 249.11-0ubuntu3.12 245.4-4ubuntu3.24 256.6-1
libunistring2:amd64 1.0-1 0.9.10-2 libunistring5:amd64=1.2-1
libusb-1.0-0:amd64 2:1.0.25-1ubuntu2 2:1.0.23-2build1 2:1.0.27-1
libutempter0:amd64 1.2.1-2build2 1.1.6-4 1.2.1-3+b1
libuuid1:amd64 2.37.2-4ubuntu3.4 2.34-0.1ubuntu9.6 2.40.2-8
libuv1:amd64 1.43.0-1ubuntu0.1 1.34.2-1ubuntu1.5 libuv1t64:amd64=1.48.0-7
libwrap0:amd64 7.6.q-31build2 7.6.q-30 7.6.q-33
libxml2:amd64 2.9.13+dfsg-1ubuntu0.4 2.9.10+dfsg-5ubuntu0.20.04.7 2.12.7+dfsg-3+b1
libxtables12:amd64 1.8.7-1ubuntu5.2 1.8.4-3ubuntu2.1 1.8.10-4
libxxhash0:amd64 0.8.1-1 0.7.3-1 0.8.2-2+b1
libzstd1:amd64 1.4.8+dfsg-3build1 1.4.4+dfsg-3ubuntu0.1 1.5.6+dfsg-1
linux-base 4.5ubuntu9 4.5ubuntu3.7 4.10.1
linux-image-amd64 linux-image-generic=5.15.0.126.124 linux-image-generic=5.4.0.202.198 6.11.2-1kali1
login 1:4.8.1-2ubuntu2.2 1:4.8.1-1ubuntu5.20.04.5 1:4.16.0-4
logrotate 3.19.0-1ubuntu1.1 3.14.0-4ubuntu3 3.22.0-1
logsave 1.46.5-2ubuntu1.2 1.45.5-2ubuntu1.2 1.47.1-1
lsb-base 11.1.0ubuntu4 11.1.0ubuntu2 11.6
lsof 4.93.2+dfsg-1.1build2 4.93.2+dfsg-1ubuntu0.20.04.1 4.99.3+dfsg-2
man-db 2.10.2-1 2.9.1-1 2.13.0-1
mawk 1.3.4.20200120-3 1.3.4.20200120-2 1.3.4.20240905-1
media-types 7.0.0 mime-support=3.64ubuntu1 10.1.0
mount 2.37.2-4ubuntu3.4 2.34-0.1ubuntu9.6 2.40.2-8
nano 6.2-1ubuntu0.1 4.8-1ubuntu1.1 8.2-1
ncurses-base 6.3-2ubuntu0.1 6.2-0ubuntu2.1 6.5-2
ncurses-bin 6.3-2ubuntu0.1 6.2-0ubuntu2.1 6.5-2
net-tools 1.60+git20181103.0eebece-1ubuntu5 1.60+git20180626.aebd88e-1ubuntu1 2.10-1.1
netbase 6.3 6.1 6.4
netcat-openbsd 1.218-4ubuntu1 1.206-1ubuntu1 1.228-1
nftables 1.0.2-1ubuntu3 - 1.1.0-2
openssh-client 1:8.9p1-3ubuntu0.10 1:8.2p1-4ubuntu0.11 1:9.9p1-3
openssh-server 1:8.9p1-3ubuntu0.10 1:8.2p1-4ubuntu0.11 1:9.9p1-3
openssh-sftp-server 1:8.9p1-3ubuntu0.10 1:8.2p1-4ubuntu0.11 1:9.9p1-3
openssl 3.0.2-0ubuntu1.18 1.1.1f-1ubuntu2.23 3.3.2-1
os-prober 1.79ubuntu2 1.74ubuntu2 1.83
passwd 1:4.8.1-2ubuntu2.2 1:4.8.1-1ubuntu5.20.04.5 1:4.16.0-4
pci.ids 0.0~2022.01.22-1ubuntu0.1 - 0.0~2024.09.12-1
pciutils 1:3.7.0-6 1:3.6.4-1ubuntu0.20.04.1 1:3.13.0-1
perl 5.34.0-3ubuntu1.3 5.30.0-9ubuntu0.5 5.38.2-5
perl-base 5.34.0-3ubuntu1.3 5.30.0-9ubuntu0.5 5.38.2-5
perl-modules-5.36 perl-modules-5.34=5.34.0-3ubuntu1.3 perl-modules-5.30=5.30.0-9ubuntu0.5 perl-modules-5.38=5.38.2-5
procps 2:3.3.17-6ubuntu2.1 2:3.3.16-1ubuntu2.4 2:4.0.4-6
python3 3.10.6-1~22.04.1 3.8.2-0ubuntu2 3.12.6-1
python3-minimal 3.10.6-1~22.04.1 3.8.2-0ubuntu2 3.12.6-1
python3.11 python3.10=3.10.12-1~22.04.6 python3.8=3.8.10-0ubuntu1~20.04.12 python3.12=3.12.6-1
python3.11-minimal python3.10-minimal=3.10.12-1~22.04.6 python3.8-minimal=3.8.10-0ubuntu1~20.04.12 python3.12-minimal=3.12.6-1
readline-common 8.1.2-1 8.0-4 8.2-5
rsync 3.2.7-0ubuntu0.22.04.2 3.1.3-8ubuntu0.7 3.3.0-1
rsyslog 8.2112.0-2ubuntu2.2 8.2001.0-1ubuntu1.3 8.2408.0-1
screen 4.9.0-1 4.8.0-1ubuntu0.1 4.9.1-2
sed 4.8-1ubuntu2 4.7-1 4.9-2
sensible-utils 0.0.17 0.0.12+nmu1 0.0.24
sudo 1.9.9-1ubuntu2.4 1.8.31-1ubuntu1.5 1.9.15p5-3+b1
systemd 249.11-0ubuntu3.12 245.4-4ubuntu3.24 256.6-1
systemd-sysv 249.11-0ubuntu3.12 245.4-4ubuntu3.24 256.6-1
systemd-timesyncd 249.11-0ubuntu3.12 245.4-4ubuntu3.24 256.6-1
sysvinit-utils 3.01-1ubuntu1 2.96-2.1ubuntu1 3.10-1
tar 1.34+dfsg-1ubuntu0.1.22.04.2 1.30+dfsg-7ubuntu0.20.04.4 1.35+dfsg-3
tcpdump 4.99.1-3ubuntu0.2 4.9.3-4ubuntu0.3 4.99.5-1
tmux 3.2a-4ubuntu0.2 3.0a-2ubuntu0.4 3.5a-2
traceroute 1:2.1.0-2 1:2.1.0-2 1:2.1.5-1
tzdata 2024a-0ubuntu0.22.04.1 2024a-0ubuntu0.20.04.1 2024b-1
ucf 3.0043 3.0038+nmu1 3.0043+nmu1
udev 249.11-0ubuntu3.12 245.4-4ubuntu3.24 256.6-1
ufw 0.36.1-4ubuntu0.1 0.36-6ubuntu1.1 -
unzip 6.0-26ubuntu3.2 6.0-25ubuntu1.2 6.0-28
usbutils 1:014-1build1 1:012-2 1:017-3
util-linux 2.37.2-4ubuntu3.4 2.34-0.1ubuntu9.6 2.40.2-8
vim-common 2:8.2.3995-1ubuntu2.19 2:8.1.2269-1ubuntu5.25 2:9.1.0709-1
vim-tiny 2:8.2.3995-1ubuntu2.19 2:8.1.2269-1ubuntu5.25 2:9.1.0709-1
wget 1.21.2-2ubuntu1.1 1.20.3-1ubuntu2.1 1.24.5-2
whiptail 0.52.21-5ubuntu2 0.52.21-4ubuntu2 0.52.24-2+b2
xz-utils 5.2.5-2ubuntu1 5.2.4-1ubuntu1.1 5.6.2-2
zip 3.0-12build2 3.0-11build1 3.0-13
zlib1g:amd64 1:1.2.11.dfsg-2ubuntu9.2 1:1.2.11.dfsg-2ubuntu1.5 1:1.3.dfsg+really1.3.1-1
";

pub(super) static UBUNTU22: LazyLock<Vec<Package>> = LazyLock::new(|| column(1));
pub(super) static UBUNTU20: LazyLock<Vec<Package>> = LazyLock::new(|| column(2));
pub(super) static KALI: LazyLock<Vec<Package>> = LazyLock::new(|| column(3));

/// The packages of a column of [`TABLE`], sorted by name.
fn column(at: usize) -> Vec<Package> {
    let mut packages: Vec<_> = TABLE.lines().filter_map(|line| package(line, at)).collect();
    packages.sort_by_key(|package| package.0);
    packages
}

fn package(line: &'static str, at: usize) -> Option<Package> {
    let mut fields = line.split(' ');
    let debian = fields.next()?;
    let there = fields.nth(at - 1).filter(|there| *there != "-")?;
    let (_, _, arch, summary, date, programs) = *debian::PACKAGES.iter().find(|known| known.0 == debian)?;
    let (name, version) = there.split_once('=').unwrap_or((debian, there));
    Some((name, version, arch, summary, date, programs))
}

#[cfg(test)]
mod tests {
    use super::{KALI, TABLE, UBUNTU20, UBUNTU22, debian};

    #[test]
    fn every_line_is_of_a_package_of_debian_and_has_all_columns() {
        for line in TABLE.lines() {
            let fields: Vec<_> = line.split(' ').collect();
            assert_eq!(fields.len(), 4, "{line}");
            assert!(debian::PACKAGES.iter().any(|known| known.0 == fields[0]), "{line}");
        }
        for packages in [&UBUNTU22, &UBUNTU20, &KALI] {
            assert!(packages.len() > 180, "{}", packages.len());
            assert!(packages.is_sorted_by_key(|package| package.0));
            assert!(packages.iter().all(|package| !package.1.contains("deb12")));
        }
    }

    #[test]
    fn versions_are_those_of_the_release() {
        let version = |packages: &[super::Package], name: &str| {
            packages.iter().find(|package| package.0 == name).map(|package| package.1)
        };
        assert_eq!(version(&UBUNTU22, "openssh-server"), Some("1:8.9p1-3ubuntu0.10"));
        assert_eq!(version(&UBUNTU20, "openssh-server"), Some("1:8.2p1-4ubuntu0.11"));
        assert_eq!(version(&UBUNTU22, "python3.10"), Some("3.10.12-1~22.04.6"));
        assert_eq!(version(&KALI, "ifupdown"), Some("0.8.43+kali1"));
        assert_eq!(version(&UBUNTU22, "ifupdown"), None);
    }
}
