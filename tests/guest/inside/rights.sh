#!/bin/busybox sh
# SPDX-License-Identifier: MIT
# shellcheck shell=dash
#
# Inside the guest: a user who may not use the heaps is told what to do about it; he does it, udev
# obeys the rule that libdmaload comes with, and he loads, whatever he may lock in memory.
# usage: rights.sh DIR SIZE
# Next to it: udevadm, 49-dmaload.rules and systemd's 50-udev-default.rules.
set -u
dir=$1 size=$2
here=$(dirname -- "$0")
failed=0
group=$(sed -n 's/.*"dma_heap".* GROUP="\([^"]*\)".*/\1/p' "$here/49-dmaload.rules")

# expect NAME STATUS REGEX COMMAND...: its exit status, and a part of what it prints
expect()
{
	name=$1 want=$2 regex=$3
	shift 3
	"$@" >/tmp/rights.log 2>&1
	status=$?
	if [ "$status" = "$want" ] && tr -d '\n' </tmp/rights.log | grep -qE -- "$regex"; then
		echo "ok - $name"
	else
		echo "not ok - $name: status $status, or no \"$regex\" in"
		cat /tmp/rights.log
		failed=1
	fi
}

# as USER COMMAND: by a shell
as()
{
	su "$1" -c "PATH=$here:/bin; $2"
}

# node PATH GROUP MODE: whose it is
node()
{
	expect "$1: $2, $3" 0 "^root $2 $3\$" stat -c '%U %G %a' "$1"
}

# The rule of each device is applied anew; udev itself applies it when one appears.
apply()
{
	udevadm control --reload
	udevadm trigger --action=add --subsystem-match=dma_heap --subsystem-match=misc
	udevadm settle --timeout=60 || failed=1
}

# user NAME UID: in no group but its own
user()
{
	echo "$1:x:$2:$2::/:/bin/sh" >>/etc/passwd
	echo "$1:x:$2:" >>/etc/group
}

user outsider 1001
user insider 1002
echo "$group:x:900:insider
kvm:x:901:" >>/etc/group

# As the kernel makes them, and what the user is told then.
node /dev/dma_heap/system root 600
expect "the heap: node, group, rule" 1 \
	"/dev/dma_heap/system: permission denied \(owner uid 0, group root, mode 0600\).*KERNEL==\"system\", GROUP=\"$group\".*49-dmaload.rules" \
	as insider "dmaload load $dir/pattern-$size --source system"
expect "udmabuf: node, group, rule" 1 \
	"/dev/udmabuf: permission denied \(owner uid 0, group root, mode 0600\).*KERNEL==\"udmabuf\", GROUP=\"$group\".*49-dmaload.rules" \
	as insider "dmaload load $dir/pattern-$size --source udmabuf"
expect "probe says the same" 0 "heap +system: cannot open.*49-dmaload.rules.*udmabuf +cannot open" \
	as insider "dmaload probe"

# By udev itself, which looks here, and by the rule as it is installed.
mkdir -p /run/udev /etc/udev/rules.d
cp "$here/49-dmaload.rules" /etc/udev/rules.d/ || failed=1
ln -s "$(command -v udevadm)" /tmp/systemd-udevd
/tmp/systemd-udevd --daemon --resolve-names=early || failed=1
apply
node /dev/dma_heap/system "$group" 660
node /dev/udmabuf "$group" 660
# Nodes that the rule does not name stay root's.
node /dev/dma_heap/pinnable root 600

expect "the group is named to who is not in it" 1 \
	"/dev/dma_heap/system: permission denied \(owner uid 0, group $group, mode 0660\); add yourself to group $group" \
	as outsider "dmaload load $dir/pattern-$size --source system"
expect "udmabuf: the same" 1 \
	"/dev/udmabuf: permission denied \(owner uid 0, group $group, mode 0660\); add yourself to group $group" \
	as outsider "dmaload load $dir/pattern-$size --source udmabuf"
expect "probe shows who may" 0 "heap +system: usable.*udmabuf +usable" as insider "dmaload probe"

# loads NAME KIB REGEX [OPTION...]: what may be locked, and what that makes of the pool. Of a udmabuf
# nothing is charged to the limit, and no pool is needed.
loads()
{
	what=$1 kib=$2 made=$3
	shift 3
	expect "system: $what" 0 \
		"\"source\": ?\"system\".*\"path\": ?\"bounce\".*$made.*\"verified\": ?true" \
		as insider "ulimit -l $kib; dmaload load $dir/pattern-$size --source system --verify --json $*"
	expect "udmabuf: $what" 0 \
		"\"source\": ?\"udmabuf\".*\"path\": ?\"direct\".*\"verified\": ?true" \
		as insider "ulimit -l $kib; dmaload load $dir/pattern-$size --source udmabuf --verify --json $*"
}

whole='"pinned_bytes": ?6291456.*"pool_registered": ?'
refused=$whole'false, *"pool_unregistered": ?"ENOMEM [^"]*RLIMIT_MEMLOCK is too low"'
expect "by default it is 8 MiB" 0 '^8192$' as insider 'ulimit -l'
loads "8 MiB may be locked" 8192 "\"engine\": ?\"io_uring\".*${whole}true"
loads "64 KiB may be locked" 64 "\"engine\": ?\"io_uring\".*$refused"
loads "nothing may be locked" 0 "\"engine\": ?\"io_uring\".*$refused"
loads "nothing may be locked, by threads" 0 "\"engine\": ?\"threads\".*${whole}false" \
	--engine threads

# systemd's own rules come after, and keep udmabuf for the group kvm.
cp "$here/50-udev-default.rules" /etc/udev/rules.d/ || failed=1
apply
node /dev/dma_heap/system "$group" 660
node /dev/udmabuf kvm 660
expect "the group of udmabuf is named" 1 "/dev/udmabuf: permission denied \(owner uid 0, group kvm, mode 0660\); add yourself to group kvm" \
	as insider "dmaload load $dir/pattern-$size --source udmabuf"

udevadm control --exit
chmod 600 /dev/udmabuf /dev/dma_heap/system
chown root:root /dev/udmabuf /dev/dma_heap/system
exit $failed
