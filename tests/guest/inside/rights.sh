#!/bin/busybox sh
# SPDX-License-Identifier: MIT
# shellcheck shell=dash
#
# Test a user without the right to use the heaps: the message has the remedy. After the remedy, udev
# applies the rule of libdmaload, and the user can load, whatever the limit of locked memory.
# usage: rights.sh DIR SIZE
# The script's folder also has udevadm, 49-dmaload.rules and systemd's 50-udev-default.rules.
set -u
load="dmaload load $1/pattern-$2"
here=$(dirname -- "$0")
failed=0
group=$(sed -n 's/.*"dma_heap".* GROUP="\([^"]*\)".*/\1/p' "$here/49-dmaload.rules")

# expect NAME STATUS REGEX COMMAND...: check the command's exit status, and its output
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

# as USER COMMAND: run a shell's command as this user
# shellcheck disable=SC2317 # expect calls it
as()
{
	su "$1" -c "PATH=$here:/bin; $2"
}

# node PATH GROUP MODE: check a device's owner, group and mode
node()
{
	expect "$1: $2, $3" 0 "^root $2 $3\$" stat -c '%U %G %a' "$1"
}

# denied PATH GROUP MODE: the message's beginning
denied()
{
	echo "$1: permission denied \(owner uid 0, group $2, mode $3\)"
}

# Apply the rules to each device again. udev applies them by itself when a device appears.
apply()
{
	udevadm control --reload
	udevadm trigger --action=add --subsystem-match=dma_heap --subsystem-match=misc
	udevadm settle --timeout=60 || failed=1
}

# user NAME UID: add a user that is in its own group only
user()
{
	echo "$1:x:$2:$2::/:/bin/sh" >>/etc/passwd
	echo "$1:x:$2:" >>/etc/group
}

user outsider 1001
user insider 1002
echo "$group:x:900:insider
kvm:x:901:" >>/etc/group

# The devices as the kernel makes them, and the messages.
node /dev/dma_heap/system root 600
remedy="GROUP=\"$group\".*49-dmaload.rules"
expect "the heap: node, group, rule" 1 \
	"$(denied /dev/dma_heap/system root 0600).*KERNEL==\"system\", $remedy" \
	as insider "$load --source system"
expect "udmabuf: node, group, rule" 1 \
	"$(denied /dev/udmabuf root 0600).*KERNEL==\"udmabuf\", $remedy" \
	as insider "$load --source udmabuf"
expect "probe reports the same" 0 \
	"heap +system: cannot open.*49-dmaload.rules.*udmabuf +cannot open" \
	as insider "dmaload probe"

# udev itself applies the rule, as it is installed.
mkdir -p /run/udev /etc/udev/rules.d
cp "$here/49-dmaload.rules" /etc/udev/rules.d/ || failed=1
ln -s "$(command -v udevadm)" /tmp/systemd-udevd
/tmp/systemd-udevd --daemon --resolve-names=early || failed=1
apply
node /dev/dma_heap/system "$group" 660
node /dev/udmabuf "$group" 660
# Devices that the rule does not name still belong to root.
node /dev/dma_heap/pinnable root 600

expect "a user who is not in the group: its name" 1 \
	"$(denied /dev/dma_heap/system "$group" 0660); add yourself to group $group" \
	as outsider "$load --source system"
expect "udmabuf, too: its name" 1 \
	"$(denied /dev/udmabuf "$group" 0660); add yourself to group $group" \
	as outsider "$load --source udmabuf"
expect "probe: a member of the group may use both" 0 "heap +system: usable.*udmabuf +usable" \
	as insider "dmaload probe"

# loads NAME KIB REGEX [OPTION...]: load with this limit of locked memory, and check the pool. A
# udmabuf needs no pool, and nothing of it is charged to the limit.
loads()
{
	what=$1 kib=$2 made=$3
	shift 3
	expect "system: $what" 0 \
		"\"source\": ?\"system\".*\"path\": ?\"bounce\".*$made.*\"verified\": ?true" \
		as insider "ulimit -l $kib; $load --source system --verify --json $*"
	expect "udmabuf: $what" 0 \
		"\"source\": ?\"udmabuf\".*\"path\": ?\"direct\".*\"verified\": ?true" \
		as insider "ulimit -l $kib; $load --source udmabuf --verify --json $*"
}

whole='"pinned_bytes": ?6291456.*"pool_registered": ?'
refused=$whole'false, *"pool_unregistered": ?"ENOMEM [^"]*RLIMIT_MEMLOCK is too low"'
expect "by default, 8 MiB may be locked" 0 '^8192$' as insider 'ulimit -l'
loads "8 MiB may be locked" 8192 "\"engine\": ?\"io_uring\".*${whole}true"
loads "64 KiB may be locked" 64 "\"engine\": ?\"io_uring\".*$refused"
loads "nothing may be locked" 0 "\"engine\": ?\"io_uring\".*$refused"
loads "nothing may be locked, by threads" 0 "\"engine\": ?\"threads\".*${whole}false" \
	--engine threads

# systemd's own rules come later, and give udmabuf to the group kvm.
cp "$here/50-udev-default.rules" /etc/udev/rules.d/ || failed=1
apply
node /dev/dma_heap/system "$group" 660
node /dev/udmabuf kvm 660
expect "the message names the group of udmabuf" 1 \
	"$(denied /dev/udmabuf kvm 0660); add yourself to group kvm" \
	as insider "$load --source udmabuf"

udevadm control --exit
chmod 600 /dev/udmabuf /dev/dma_heap/system
chown root:root /dev/udmabuf /dev/dma_heap/system
exit $failed
