#!/bin/sh
# The first process of a machine of the lab: $1 is its folder, $2 its name. It has namespaces of its own
# for mounts, processes and its name, and the network of the machine.
set -e
mount --make-rprivate /
mkdir -p "$1/cgroup" "$1/docker"
mount --rbind /sys/fs/cgroup "$1/cgroup"
mount -t sysfs sysfs /sys
mount --rbind "$1/cgroup" /sys/fs/cgroup
mount -t proc proc /proc
echo "$2" >/proc/sys/kernel/hostname
mount -t tmpfs -o mode=755 tmpfs /run
mount --bind "$1/docker" /var/lib/docker
# One kernel runs all of them: what it drew when it booted is not when the machine did.
cat /proc/sys/kernel/random/uuid >"$1/boot-id"
mount --bind "$1/boot-id" /proc/sys/kernel/random/boot_id
echo up >"$1/up"
while :; do
    sleep 1000 &
    wait $!
done
