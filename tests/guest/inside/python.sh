#!/bin/busybox sh
# SPDX-License-Identifier: MIT
# shellcheck shell=dash
#
# Test the Python package on dma-bufs: views, brackets, and a network whose weights lie in one. The
# host shares its /usr, which is too large for the initramfs. To import PyTorch takes a minute here,
# so its tests run only if the kernel's command line has "pytorch".
set -u
# shellcheck source-path=SCRIPTDIR source=lib.sh
. /etc/guest/lib.sh

mount_disk
mount_host
# The links of libblas and liblapack lead there.
ln -s /test/alternatives "$host/etc/alternatives"

# python ARGUMENT...: run a test with the shared Python
python()
{
	in_host PYTHONPATH=/test:/test/python PYTHONDONTWRITEBYTECODE=1 DMALOAD_TEST_FOLDER=/mnt \
		DMALOAD_TEST_SOURCE=heap:system /usr/bin/python3 "$@"
}

python -m unittest test_brackets test_buffer.TestDlpack test_models.TestNetwork \
	test_models.TestChosen test_spread.TestSpread test_spread.TestProbe test_spread.TestWipe \
	test_transform.TestPieces
if grep -qw pytorch /proc/cmdline; then
	python -m unittest test_torch.TestTorch
fi
exit $failed
