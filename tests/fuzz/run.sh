#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Runs libFuzzer on a fuzz target, starting from the inputs kept in the tree.
# usage: run.sh PROGRAM INPUTS SCRATCH [LIBFUZZER-OPTION...]
# SCRATCH/new collects new inputs, and the next run continues from them. An input that shows a
# fault becomes SCRATCH/crash-*, leak-*, oom-* or timeout-*.
set -eu

program=$1 inputs=$2 scratch=$3
shift 3
mkdir -p "$scratch/new"
# libFuzzer's default exit code for a fault is 77, which meson takes for a skipped test.
set -- -error_exitcode=1 -timeout_exitcode=1 -timeout=60 -print_final_stats=1 \
	-artifact_prefix="$scratch/" "$@" "$scratch/new"
[ ! -f "$inputs/dictionary" ] || set -- -dict="$inputs/dictionary" "$@"
for directory in "$inputs/corpus" "$inputs/faults"; do
	[ ! -d "$directory" ] || set -- "$@" "$directory"
done
exec "$program" "$@"
