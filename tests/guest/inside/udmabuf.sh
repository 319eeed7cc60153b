#!/bin/busybox sh
# SPDX-License-Identifier: MIT
# shellcheck shell=dash
#
# Inside the guest: the integration tests into udmabufs, of ordinary and of huge pages, over several of
# them as the kernel limits them, and the choice of a source where there is no heap. The numbers are
# small for the sake of time: an emulated processor takes long to populate a buffer.
set -u
# shellcheck source-path=SCRIPTDIR source=lib.sh
. /etc/guest/lib.sh
large=314572800
small=33554433
medium=16777216
limit=/sys/module/udmabuf/parameters/size_limit_mb

mount_disk

# Four full ones and the rest.
whole='"offset": ?0, *"bytes": ?67108864.*"offset": ?201326592, *"bytes": ?67108864'
whole=$whole'.*"offset": ?268435456, *"bytes": ?46137344.*"path": ?"direct", *"bytes": ?314572800'
whole=$whole'.*"ranges": ?5,.*"brackets": ?5,.*"verified": ?true'

# The limit as it comes.
expect "probe: the limit" 0 'udmabuf +usable, a buffer of 64 MiB at most' dmaload probe
expect "the limit is told" 1 'it is 64, and 300 is needed.*--spread' \
	dmaload load /mnt/pattern-$large --source udmabuf
expect "what fits it" 0 '"source": ?"udmabuf".*"path": ?"direct".*"buffer_pages": ?"base".*is never, advise.*"verified": ?true' \
	dmaload load /mnt/pattern-$medium --source udmabuf --json --verify
expect "probe: how many it takes" 0 '5 buffers of udmabuf for all of it: by --spread' \
	dmaload probe /mnt/pattern-$large --source udmabuf
expect "over several, each as large as may be" 0 "$whole" \
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
expect "huge pages are what it takes" 0 '"source": ?"udmabuf:2M".*"path": ?"direct".*"buffer_pages": ?"hugetlb", *"buffer_huge_bytes": ?16777216.*"verified": ?true' \
	dmaload load /mnt/pattern-$medium --source udmabuf:2M --json --verify
echo 0 >/proc/sys/vm/nr_hugepages
expect "without them, others do" 0 '"source": ?"udmabuf".*"buffer_pages_note": ?"no reserved huge pages.*"verified": ?true' \
	dmaload load /mnt/pattern-$medium --source udmabuf:2M --json --verify

# Transparent ones, where root grants them.
echo advise >/sys/kernel/mm/transparent_hugepage/shmem_enabled
expect "transparent huge pages" 0 '"source": ?"udmabuf".*"path": ?"direct".*"verified": ?true' \
	dmaload load /mnt/pattern-$large --source udmabuf --json --verify
echo 1 >/proc/sys/vm/compact_memory
expect "and that they were granted" 0 '"path": ?"direct".*"buffer_pages": ?"transparent", *"buffer_huge_bytes": ?16777216.*"verified": ?true' \
	dmaload load /mnt/pattern-$medium --source udmabuf --json --verify
expect "over several, too" 0 '"path": ?"direct".*"buffer_pages": ?"transparent", *"buffer_huge_bytes": ?16777216.*"verified": ?true' \
	dmaload load /mnt/pattern-$medium --source udmabuf --json --verify --spread=4M
echo never >/sys/kernel/mm/transparent_hugepage/shmem_enabled

# Nobody may use the heaps, and somebody /dev/udmabuf.
chmod 0666 /dev/udmabuf
expect "no heap may be used: udmabuf" 0 'choice +udmabuf: no heap may be used \(EACCES\)' \
	su nobody -c 'PATH=/test:/bin exec dmaload probe'
expect "and it is what is used" 0 '"source": ?"udmabuf".*"path": ?"direct".*"verified": ?true' \
	su nobody -c "PATH=/test:/bin exec dmaload load /mnt/pattern-$medium --json --verify"
chmod 0600 /dev/udmabuf
expect "nor that: the node is named" 1 '/dev/udmabuf: permission denied \(owner uid 0, group root, mode 0600\)' \
	su nobody -c "PATH=/test:/bin exec dmaload load /mnt/pattern-$medium --source udmabuf"
rm /dev/dma_heap/*
expect "no heap there is: udmabuf" 0 'choice +udmabuf: no heap may be used \(ENODEV\)' dmaload probe
echo 8 >$limit
expect "nor a udmabuf as large" 1 'it is 8, and 16 is needed.*nor is there a heap' \
	dmaload load /mnt/pattern-$medium
expect "but over several it is" 0 '"source": ?"udmabuf".*"offset": ?8388608, *"bytes": ?8388608.*"verified": ?true' \
	dmaload load /mnt/pattern-$medium --json --verify --spread
rm /dev/udmabuf
expect "none of them" 1 'no dma-heap.*nor is there a udmabuf' dmaload load /mnt/pattern-$medium
expect "memfd only if it is asked for" 0 '"source": ?"memfd"' \
	dmaload load /mnt/pattern-$medium --source memfd --json

exit $failed
