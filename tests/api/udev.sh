#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The udev rule as it is built: what udev thinks of it, and that it gives no more than it should.
# The guest shows that udev applies it (tests/guest/inside/rights.sh).
# usage: udev.sh RULES GROUP
set -u
# shellcheck source-path=SCRIPTDIR source=consumer.sh
. "$(dirname -- "$0")/consumer.sh"

rules=$1 group=$2
PATH=$PATH:/usr/sbin:/sbin

# Debian 12's udevadm has no such command.
if udevadm verify --help >/dev/null 2>&1; then
	check "udevadm verify" udevadm verify --resolve-names=never "$rules"
else
	echo "left out: no udevadm here that can verify"
fi

check "there are rules" grep -v '^#' "$rules"
says "the heap" '^SUBSYSTEM=="dma_heap", KERNEL=="system[|"]'
says "udmabuf" '^SUBSYSTEM=="misc", KERNEL=="udmabuf",'
says_not "no pattern that takes any heap" 'KERNEL=="[^"]*[*?[]'

# List all assignments, one per line; "==" and "!=" only compare.
grep -v '^#' "$rules" | grep -oE '[A-Z]+(\{[^}]*\})?[+:-]?="[^"]*"' |
	LC_ALL=C sort -u >"$work/set"
cat >"$work/expected" <<END
GOTO="dmaload_end"
GROUP="$group"
LABEL="dmaload_end"
MODE="0660"
END
check "a group may do what root may, and nobody else" cmp "$work/set" "$work/expected"
finish udev
