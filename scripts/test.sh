#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
set -euo pipefail
usage='usage: test.sh [--all [--record]]

Builds libdmaload and tests what a change can break: with gcc, and with ASan and UBSan, on this
machine and in a guest with a kernel that has dma-heaps. It installs what it needs (Debian).

  --all   everything, as CI does: clang, TSan and valgrind too; the page cache disturbed; fuzzing;
          other processors; musl; more kernels, file systems, disks and devices in guests, and ARM
  --record
          write into doc/platforms.md what passed where
  --help  this text

On two idle cores it takes about 10 minutes, and less than an hour with --all. The first time
it downloads 200 MB, with --all 1600 MB.'
top=$(dirname -- "$(dirname -- "$(realpath -- "$0")")")
# shellcheck source-path=SCRIPTDIR source=setup.sh
. "$top/scripts/setup.sh"
cd -- "$top"

all=
table=
for argument in "$@"; do
	case $argument in
	--all) all=1 ;;
	--record) table=doc/platforms.md ;;
	--help)
		echo "$usage"
		exit 0
		;;
	*) die "unknown argument \"$argument\"; test.sh --help lists them" ;;
	esac
done

scratch=$(mktemp -d)
jobs=()

# Runs a function of this script in a process group of its own, so that all that it starts can be
# ended; the caller goes on.
begin() # FUNCTION ARGUMENT...
{
	set -m
	"$@" </dev/null &
	set +m
	jobs+=($!)
}

# Waits for what was begun last. A signal would have to wait for a command in the foreground.
finish()
{
	local job=${jobs[-1]} status=0
	wait "$job" || status=$?
	unset 'jobs[-1]'
	return $status
}

do_now() # FUNCTION ARGUMENT...
{
	begin "$@"
	finish
}

# Nothing is left behind, however this ends: meson ends the tests that run, and takes a moment.
clean_up()
{
	local job tries=300
	for job in "${jobs[@]}"; do
		kill -TERM -- "-$job" 2>/dev/null || true
		while kill -0 -- "-$job" 2>/dev/null; do
			sleep 0.1
			[[ $((tries -= 1)) -gt 0 ]] || kill -KILL -- "-$job" 2>/dev/null || true
		done
	done
	rm -rf -- "$scratch"
}
trap clean_up EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

build() # DIR OPTION...
{
	say "building $1"
	configure "$@" --werror
	ninja -C "$1" --quiet
}

# Runs a command that leaves logs of meson's tests, which the summary reads.
run() # TITLE LOGS COMMAND...
{
	local title=$1 logs=$2 began=$SECONDS status=0
	shift 2
	say "tests: $title"
	rm -f -- "$logs"*
	"$@" || status=$?
	echo "$title $((SECONDS - began)) $status $logs" >>"$scratch/runs"
}

run_tests() # TITLE DIR OPTION...
{
	local title=$1 dir=$2
	shift 2
	run "$title" "$dir/meson-logs/$title" \
		meson test -C "$dir" --no-rebuild --print-errorlogs --logbase "$title" "$@"
}

# Fetches a kernel if it can be had, and adds its folder to a list in $scratch.
fetch_more() # LIST NAME SERIES [FLAVOUR]
{
	local status=0
	"$top/tests/guest/host/fetch.sh" "build/$2" "${@:3}" || status=$?
	case $status in
	0)
		cat "build/$2/release"
		echo "$top/build/$2" >>"$scratch/$1"
		;;
	3) echo "LEFT OUT: kernel ${*:3}, which cannot be had on this machine" ;;
	*) die "cannot fetch kernel ${*:3}" ;;
	esac
}

# The kernel of the whole suite, and the others, whose folders are in $scratch/more and $scratch/arm.
fetch_kernels()
{
	: >"$scratch/more"
	: >"$scratch/arm"
	"$top/tests/guest/host/fetch.sh" build/guest-kernel
	cat build/guest-kernel/release
	[[ -n $all ]] || return 0
	fetch_more more guest-5.10 5.10
	fetch_more more guest-6.1 6.1
	fetch_more more guest-7 7
	fetch_more arm guest-arm64 6.12 arm64
	fetch_more arm guest-arm64-16k 6.12 arm64-16k
	fetch_more arm guest-arm64-7 7 arm64
	"$top/tests/guest/host/fetch-heaps.sh" build/guest-heaps
	"$top/tests/guest/host/fetch-lavapipe.sh" build/guest-lavapipe
}

# Runs the tests of this machine, one after the other: they want it for themselves.
run_host()
{
	local arch memory quick=(--no-suite engines --no-suite bench) once=(--no-suite scripts)
	# As meson has them; and where memory is limited, gcc 14's ASan cannot have the stacks of this
	# check.
	memory=halt_on_error=1:abort_on_error=1:print_summary=1:detect_stack_use_after_return=0

	run_tests "gcc" build/gcc --no-suite guest
	[[ -z $all ]] || quick=()
	ASAN_OPTIONS=$memory run_tests "sanitized" build/sanitized --no-suite api "${once[@]}" "${quick[@]}"
	[[ -n $all ]] || return 0
	run_tests "clang" build/clang --no-suite engines --no-suite bench "${once[@]}"
	# The unit tests have one thread, and under TSan take minutes.
	run_tests "thread" build/thread --suite threads --wrapper "$top/tests/thread.sh"
	# The suites portable and sweep are many rounds of the same, which ASan has run.
	run_tests "valgrind" build/gcc --suite unit --no-suite portable --no-suite sweep --timeout-multiplier 10 \
		--wrapper "valgrind -q --error-exitcode=99 --leak-check=full --suppressions=$top/tests/valgrind.supp"
	run_tests "disturbed" build/gcc --setup disturbed --no-suite api --no-suite bench
	run "fuzz" build/fuzz/meson-logs/fuzz \
		meson test -C build/fuzz --print-errorlogs --logbase fuzz --suite fuzz --num-processes 1
	for arch in arm64 armhf riscv64 s390x; do
		run "$arch" "build/unit-$arch/meson-logs/testlog" tests/cross/unit.sh "$arch"
	done
	run "musl" build/musl/meson-logs/musl tests/cross/musl.sh
	run_arm_guests
}

# In the line of the host, since the other guests take as long as the rest of it.
run_arm_guests()
{
	[[ ${#arm[@]} -gt 0 ]] || return 0
	run "arm64-guests" build/guests-arm64/meson-logs/testlog \
		tests/cross/guest.sh arm64 --heaps build/guest-heaps "${arm[@]}"
	run "armhf-guest" build/guests-armhf/meson-logs/testlog tests/cross/guest.sh armhf "${arm[0]}"
}

# Runs the tests in guests: the one that is always run, or all.
run_guests()
{
	if [[ -z $all ]]; then
		run_tests "guest" build/gcc --suite quick
	else
		run_tests "guests" build/gcc --suite guest --num-processes $(($(nproc) > 3 ? $(nproc) / 2 : 1))
	fi
}

packages=("${BUILD_PACKAGES[@]}" "${GUEST_PACKAGES[@]}" "${TEST_PACKAGES[@]}")
[[ -z $all ]] || packages+=("${TEST_ALL_PACKAGES[@]}" "${CROSS_PACKAGES[@]}" "${MUSL_PACKAGES[@]}")
install_packages "${packages[@]}"
if [[ -n $all ]]; then
	name_fuzz_packages
	install_packages "${FUZZ_PACKAGES[@]}"
fi
"$top/tests/guest/host/install-qemu.sh" ${all:+arm}

# The network's time and the compilers' go by together: the kernels are wanted by gcc's build alone.
say "fetching kernels for the guests, beside the builds"
begin fetch_kernels >"$scratch/fetched" 2>&1
options=(
	-Dlibdrm=enabled -Ddigest=enabled -Dmodels=enabled -Dtool=enabled -Djson=enabled -Dvulkan=enabled
	-Dtests=enabled
)
do_now build build/sanitized "${options[@]}" -Db_sanitize=address,undefined
if [[ -n $all ]]; then
	CC=clang do_now build build/clang "${options[@]}"
	do_now build build/thread -Dtests=enabled -Dlibdrm=disabled -Dtool=disabled -Ddefault_library=shared \
		-Db_sanitize=thread
	CC=clang do_now build build/fuzz -Dfuzz=true
fi

say "the guests' kernels"
status=0
finish || status=$?
cat "$scratch/fetched"
[[ $status == 0 ]] || die "without its kernels there is no guest"
mapfile -t more <"$scratch/more"
mapfile -t arm <"$scratch/arm"
[[ -z $all ]] || options+=(-Dpython_tests=enabled -Dguest_lavapipe="$top/build/guest-lavapipe")
do_now build build/gcc "${options[@]}" -Dudev_rule=true -Dguest="$top/build/guest-kernel" \
	-Dguest_more="$(IFS=, && echo "${more[*]}")"

# Either keeps a core busy, and little more.
begin run_guests >"$scratch/guests" 2>&1
do_now run_host
say "waiting for the guests"
finish
cat "$scratch/guests"

say "what passed where"
# shellcheck disable=SC2086 # without a file the table is printed
"$top/scripts/test-platforms.py" "$scratch/runs" $table

say "result"
[[ -z $all || ${#more[@]}+${#arm[@]} == 3+3 ]] || echo "left out: one of the kernels, see above"
"$top/scripts/test-summary.py" "$scratch/runs"
