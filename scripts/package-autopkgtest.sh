#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Run debian/tests as autopkgtest does, on the machine itself, where the packages are installed.
# usage: package-autopkgtest.sh TREE [TEST...]
# TREE is the source tree. By default, all tests run that do not want a machine of their own.
set -eu
cd -- "$1"
shift
failed=0 passed=0

# Print the value of a field of a test in debian/tests/control.
field() # TEST FIELD
{
	awk -v RS= -v test="Tests: $1" -v field="$2: " '{
		lines = split($0, line, "\n")
		for (i = 1; i <= lines && line[1] == test; i++)
			if (index(line[i], field) == 1)
				print substr(line[i], length(field) + 1)
	}' debian/tests/control
}

run() # TEST RESTRICTIONS
{
	AUTOPKGTEST_TMP=$(mktemp -d)
	export AUTOPKGTEST_TMP
	status=0
	"debian/tests/$1" >"$AUTOPKGTEST_TMP.out" 2>"$AUTOPKGTEST_TMP.err" </dev/null || status=$?
	case $2 in
	*allow-stderr*) ;;
	*) [ ! -s "$AUTOPKGTEST_TMP.err" ] || [ "$status" != 0 ] || status="0, but wrote to stderr" ;;
	esac
	if [ "$status" = 0 ]; then
		echo "ok - $1"
		passed=$((passed + 1))
	else
		echo "not ok - $1: status $status"
		failed=$((failed + 1))
	fi
	cat "$AUTOPKGTEST_TMP.out" "$AUTOPKGTEST_TMP.err"
	rm -rf "$AUTOPKGTEST_TMP" "$AUTOPKGTEST_TMP.out" "$AUTOPKGTEST_TMP.err"
}

[ $# -gt 0 ] || for test in $(sed -n 's/^Tests: //p' debian/tests/control | tr '\n' ' '); do
	case $(field "$test" Restrictions) in
	*isolation-machine*) ;;
	*) set -- "$@" "$test" ;;
	esac
done
for test in "$@"; do
	run "$test" "$(field "$test" Restrictions)"
done
echo "debian/tests: $passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
