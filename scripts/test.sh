#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Builds libdmaload and runs every suite, those in the guest included.
# usage: test.sh
set -euo pipefail
top=$(dirname -- "$(dirname -- "$(realpath -- "$0")")")
# shellcheck source-path=SCRIPTDIR source=setup.sh
. "$top/scripts/setup.sh"
cd -- "$top"

passed=0 failed=0

# Runs meson's tests and repeats the closing lines of each test's own runner.
run_tests() # TITLE DIR OPTION...
{
	local title=$1 dir=$2 log ok bad
	shift 2
	say "$title"
	rm -f -- "$dir"/meson-logs/testlog*.txt
	meson test -C "$dir" --print-errorlogs "$@" || true
	log=$(find "$dir/meson-logs" -name 'testlog*.txt' | head -n 1)
	[[ -n $log ]] || die "$title: no log of the tests"
	grep -E -e '^\[  (PASSED|FAILED)  \]|^[a-z]+: [0-9]+ passed, [0-9]+ failed|^screendump:' \
		-e '^\| source \||^\| .* \| (io_uring|threads) \|' "$log" || true
	ok=$(sed -n 's/^Ok: *//p' "$log")
	bad=$(awk -F: '/^(Fail|Unexpected Pass|Timeout|Skipped):/ { n += $2 } END { print n + 0 }' "$log")
	passed=$((passed + ok))
	failed=$((failed + bad))
}

# The one of the whole suite, and of the others those that can be had: their folders are in $scratch/more.
fetch_kernels()
{
	local series status

	"$top/tests/guest/fetch.sh" build/guest-kernel
	cat build/guest-kernel/release
	: >"$scratch/more"
	for series in 6.1 7; do
		status=0
		"$top/tests/guest/fetch.sh" "build/guest-$series" "$series" || status=$?
		case $status in
		0)
			cat "build/guest-$series/release"
			echo "$top/build/guest-$series" >>"$scratch/more"
			;;
		3) echo "LEFT OUT: kernel $series, which cannot be had on this machine" ;;
		*) die "cannot fetch kernel $series" ;;
		esac
	done
}

install_packages "${BUILD_PACKAGES[@]}" "${GUEST_PACKAGES[@]}" "${TEST_PACKAGES[@]}"
"$top/tests/guest/install-qemu.sh"
# The network's time and the compilers' go by together: the kernels are wanted by gcc's build alone.
say "building with clang, with gcc's ASan and UBSan, and with its TSan, while kernels are fetched"
scratch=$(mktemp -d)
trap 'wait; rm -rf -- "$scratch"' EXIT
fetch_kernels >"$scratch/fetched" 2>&1 &
fetching=$!
all=(-Dlibdrm=enabled -Dtool=enabled -Dtests=enabled --werror)
CC=clang configure build/clang "${all[@]}"
configure build/sanitized "${all[@]}" -Db_sanitize=address,undefined
configure build/thread --werror -Dtests=enabled -Dlibdrm=disabled -Dtool=disabled \
	-Ddefault_library=shared -Db_sanitize=thread
for dir in build/clang build/sanitized build/thread; do
	ninja -C "$dir" --quiet
done

say "the guests' kernels"
status=0
wait "$fetching" || status=$?
cat "$scratch/fetched"
[[ $status == 0 ]] || die "without its kernels there is no guest"
mapfile -t more <"$scratch/more"

say "building with gcc"
configure build/gcc "${all[@]}" -Dudev_rule=true -Dguest="$top/build/guest-kernel" \
	-Dguest_more="$(IFS=, && echo "${more[*]}")"
ninja -C build/gcc --quiet

here=(--suite unit --suite integration)
# What no compiler changes is run once.
once=(--no-suite scripts)
run_tests "gcc: every suite" build/gcc
run_tests "clang: all that needs no guest" build/clang "${here[@]}" --suite api "${once[@]}"
# As meson has them; and where memory is limited, gcc 14's ASan cannot have the stacks of this check.
export ASAN_OPTIONS=halt_on_error=1:abort_on_error=1:print_summary=1:detect_stack_use_after_return=0
run_tests "ASan and UBSan: all that needs no guest" build/sanitized "${here[@]}" "${once[@]}"
unset ASAN_OPTIONS
# The unit tests have one thread, and under TSan take minutes.
run_tests "TSan: the tests of jobs" build/thread --suite threads --wrapper "$top/tests/thread.sh"
run_tests "valgrind: the unit tests" build/gcc --suite unit --timeout-multiplier 10 \
	--wrapper "valgrind -q --error-exitcode=99 --leak-check=full --show-leak-kinds=all"

say "result"
[[ ${#more[@]} == 2 ]] || echo "left out: one of the kernels 6.1 and 7, see above"
echo "$passed passed, $failed failed"
[[ $failed == 0 && $passed -gt 0 ]]
