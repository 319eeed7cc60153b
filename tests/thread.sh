#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Runs a program that was built with -Db_sanitize=thread, as meson's --wrapper.
#
# The runtime of gcc 12 and 13 gives up ("unexpected memory mapping") where the kernel chooses
# addresses at random from more than 28 bits, as newer ones do; so it is asked not to choose.
set -eu
here=$(dirname -- "$(realpath -- "$0")")
TSAN_OPTIONS=suppressions=$here/thread.supp:second_deadlock_stack=1${TSAN_OPTIONS:+:$TSAN_OPTIONS}
export TSAN_OPTIONS
# A container may forbid that; then it has to go as it is.
if setarch -R true 2>/dev/null; then
	exec setarch -R "$@"
fi
exec "$@"
