#!/bin/busybox sh
# SPDX-License-Identifier: MIT
# shellcheck shell=dash
#
# Run the integration tests into udmabufs: of base and of huge pages, and over several of them,
# since the kernel limits their size. Then test the choice of a source where no heap may be used.
# Some sizes are small, because an emulated processor takes long to populate a buffer.
set -u
# shellcheck source-path=SCRIPTDIR source=lib.sh
. /etc/guest/lib.sh
large=314572800
small=33554433
medium=16777216
limit=/sys/module/udmabuf/parameters/size_limit_mb

mount_disk

direct='"source": ?"udmabuf".*"path": ?"direct"'
huge='"buffer_huge_bytes": ?16777216'
verified='.*"verified": ?true'
# Four full buffers, and one for the rest.
whole='"offset": ?0, *"bytes": ?67108864.*"offset": ?201326592, *"bytes": ?67108864'
whole=$whole'.*"offset": ?268435456, *"bytes": ?46137344.*"path": ?"direct", *"bytes": ?314572800'
whole=$whole'.*"ranges": ?5,.*"brackets": ?5,'$verified

# The kernel's default limit.
expect "probe: the limit" 0 'udmabuf +usable, a buffer of 64 MiB at most' dmaload probe
expect "above the limit: the message" 1 'it is 64, and 300 is needed.*--spread' \
	dmaload load /mnt/pattern-$large --source udmabuf
expect "within the limit" 0 \
	"$direct"'.*"buffer_pages": ?"base".*is never, advise'"$verified" \
	dmaload load /mnt/pattern-$medium --source udmabuf --json --verify
expect "probe: the number of buffers" 0 '5 buffers of udmabuf for all of it: by --spread' \
	dmaload probe /mnt/pattern-$large --source udmabuf
expect "over several buffers of the maximum size" 0 "$whole" \
	dmaload load /mnt/pattern-$large --source udmabuf --spread --json --verify
run test_spread /mnt udmabuf pinnable $large
run test_spread /mnt system pfnmap $large
echo 8192 >$limit

echo 1 >/proc/sys/vm/compact_memory
for test in errors store ranges size_limit; do
	run test_$test /mnt udmabuf pinnable $small
done
run cli.sh dmaload hold /mnt udmabuf direct $medium
run test_udmabuf /mnt udmabuf pinnable $large
run test_paths /mnt udmabuf pinnable $large
reserve 220
run test_udmabuf /mnt udmabuf:2M pinnable $large
run test_paths /mnt udmabuf:2M pinnable $small
echo 64 >$limit
run test_spread /mnt udmabuf:2M pinnable $large
echo 8192 >$limit
expect "reserved huge pages" 0 \
	'"source": ?"udmabuf:2M".*"path": ?"direct".*"buffer_pages": ?"hugetlb", *'"$huge$verified" \
	dmaload load /mnt/pattern-$medium --source udmabuf:2M --json --verify
echo 0 >/proc/sys/vm/nr_hugepages
expect "no reserved huge pages: other pages" 0 \
	'"source": ?"udmabuf".*"buffer_pages_note": ?"no reserved huge pages'"$verified" \
	dmaload load /mnt/pattern-$medium --source udmabuf:2M --json --verify

# Transparent huge pages, which root has to allow.
echo advise >/sys/kernel/mm/transparent_hugepage/shmem_enabled
expect "transparent huge pages" 0 "$direct$verified" \
	dmaload load /mnt/pattern-$large --source udmabuf --json --verify
echo 1 >/proc/sys/vm/compact_memory
expect "transparent huge pages: the report has them" 0 \
	'"path": ?"direct".*"buffer_pages": ?"transparent", *'"$huge$verified" \
	dmaload load /mnt/pattern-$medium --source udmabuf --json --verify
expect "transparent huge pages: several buffers" 0 \
	'"path": ?"direct".*"buffer_pages": ?"transparent", *'"$huge$verified" \
	dmaload load /mnt/pattern-$medium --source udmabuf --json --verify --spread=4M
echo never >/sys/kernel/mm/transparent_hugepage/shmem_enabled

# The user nobody may use /dev/udmabuf, but no heap.
chmod 0666 /dev/udmabuf
expect "no heap may be used: probe chooses udmabuf" 0 \
	'choice +udmabuf: no heap may be used \(EACCES\)' \
	su nobody -c 'PATH=/test:/bin exec dmaload probe'
expect "no heap may be used: a load takes udmabuf" 0 "$direct$verified" \
	su nobody -c "PATH=/test:/bin exec dmaload load /mnt/pattern-$medium --json --verify"
chmod 0600 /dev/udmabuf
expect "no udmabuf either: the message names the device" 1 \
	'/dev/udmabuf: permission denied \(owner uid 0, group root, mode 0600\)' \
	su nobody -c "PATH=/test:/bin exec dmaload load /mnt/pattern-$medium --source udmabuf"
rm /dev/dma_heap/*
expect "there is no heap: probe chooses udmabuf" 0 \
	'choice +udmabuf: no heap may be used \(ENODEV\)' dmaload probe
echo 8 >$limit
expect "no heap, and a udmabuf is too small: the message" 1 \
	'it is 8, and 16 is needed.*nor is there a heap' \
	dmaload load /mnt/pattern-$medium
expect "no heap, but several udmabufs" 0 \
	'"source": ?"udmabuf".*"offset": ?8388608, *"bytes": ?8388608'"$verified" \
	dmaload load /mnt/pattern-$medium --json --verify --spread
rm /dev/udmabuf
expect "neither heap nor udmabuf: the message" 1 'no dma-heap.*nor is there a udmabuf' \
	dmaload load /mnt/pattern-$medium
expect "memfd, only on request" 0 '"source": ?"memfd"' \
	dmaload load /mnt/pattern-$medium --source memfd --json

exit $failed
