# shellcheck shell=sh
# SPDX-License-Identifier: MIT
#
# Sourced by the tests of the installed packages. They run in the source tree, as autopkgtest runs
# them, and any command that fails ends them.
: "${AUTOPKGTEST_TMP:?is set by autopkgtest: a folder for the files of a test}"

# Print the sources of memory that can be used here: shared memory everywhere, dma-bufs if the
# kernel has them and this user may open them.
usable_sources()
{
	echo memfd
	! open_node /dev/dma_heap/system || echo system
	! open_node /dev/udmabuf || echo udmabuf
}

open_node() # PATH
{
	[ -c "$1" ] && (: <"$1") 2>/dev/null
}

# Make a file of random bytes whose last block is not full.
make_file() # PATH
{
	head -c 12345678 /dev/urandom >"$1"
}

# Succeed if the command ends with this status.
ends_with() # STATUS COMMAND...
{
	want=$1 status=0
	shift
	"$@" || status=$?
	[ "$status" = "$want" ] || {
		echo "exit status $status, not $want: $*"
		return 1
	}
}
