# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# Sourced by unit.sh and musl.sh, after scripts/setup.sh: counts what passes and what fails.
passed=0 failed=0

# Run tests, and count what meson's log says of them.
count_tests() # DIR LOG ARGUMENT...
{
	local log=$1/meson-logs/$2.txt
	rm -f -- "$log"
	meson test -C "$1" --no-rebuild --print-errorlogs --logbase "$2" "${@:3}" || true
	[[ -f $log ]] || die "no log of the tests"
	passed=$((passed + $(sed -n 's/^Ok: *//p' "$log")))
	failed=$((failed + $(awk -F: '/^(Fail|Unexpected Pass|Timeout|Skipped):/ { n += $2 }
		END { print n + 0 }' "$log")))
}

# Count a command, which prints what is wrong if it fails.
count()
{
	if "$@"; then
		passed=$((passed + 1))
	else
		echo "FAILED: $*"
		failed=$((failed + 1))
	fi
}

# Run a script of tests, and print the end of its output, or what failed.
quietly() # LOG COMMAND...
{
	local log=$1
	shift
	if "$@" >"$log" 2>&1; then
		tail -n 1 "$log"
	else
		grep -A 5 '^not ok' "$log" || tail -n 5 "$log"
		return 1
	fi
}

# Print the result. Return 1 if something failed, or if not more than LEAST passed.
count_result() # TITLE LEAST
{
	say "result"
	echo "$1: $passed passed, $failed failed"
	[[ $failed == 0 && $passed -gt $2 ]]
}
