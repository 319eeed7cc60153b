#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The program dmaload storing into the file itself: on request, where no other file can replace it.
# usage: cli-store-in-place.sh DMALOAD MEDDLE WHO DIR SOURCE SIZE
# SIZE names the file pattern-SIZE in DIR, more than 1 MiB.
set -u

dir=$4 source=$5 size=$6
dmaload=$(realpath "$(command -v "$1")")
meddle=$(realpath "$(command -v "$2")")
who=$(realpath "$(command -v "$3")")
# shellcheck source-path=SCRIPTDIR source=checks.sh
. "$(dirname -- "$0")/checks.sh"
place=$(mktemp -d "$dir/in-place-XXXXXX") || exit 1
small=$work/small
mkdir "$small"
trap 'umount "$small" 2>/dev/null; rm -rf "$work" "$place"' EXIT
file=$dir/pattern-$size
new=$place/new

# store NAME STATUS FILE ARG...: store the bytes of FILE by "dmaload store new ARG..."
store()
{
	name=$1 want=$2 input=$3
	shift 3
	check "$name" "$want" "$dmaload" load "$input" --source "$source" --quiet -- \
		"$dmaload" store "$new" "$@"
}

# Print everything about the file except its bytes.
identity()
{
	stat -c '%d %i %h %a %u %g' "$1"
}

# old FILE: make the old file: the same bytes, and a second name
old()
{
	rm -f "$new" "$place/second"
	cp "$1" "$new"
	ln "$new" "$place/second"
	chmod 640 "$new"
	identity "$new" >"$work/before"
}

# stays NAME: it is still the same file
stays()
{
	expect "$1: it is the same file" [ "$(identity "$new")" = "$(cat "$work/before")" ]
	expect "$1: no other file is there" [ -z "$(find "$place" -name '.dmaload-*')" ]
}

# A file that becomes longer, becomes shorter, or keeps its size; ends that are not whole pages.
for pair in "1 4097" "4097 1" "1048577 4095" "4095 1048577" "4097 4097" "$size 1048576"; do
	old "$dir/pattern-${pair% *}"
	store "$pair" 0 "$dir/pattern-${pair#* }" --in-place --verify --json
	expect "$pair: the bytes" cmp "$new" "$dir/pattern-${pair#* }"
	expect "$pair: by the other name, too" cmp "$place/second" "$dir/pattern-${pair#* }"
	equals "$pair: verified" verified true
	# 0, unless others have read the file meanwhile.
	says "$pair: what is left in the page cache" out '^ *"cache_residue_bytes":[0-9]+'
	stays "$pair"
done
for forced in direct bounce buffered; do
	[ "$forced" = direct ] && [ "$source" != memfd ] && continue
	old "$file"
	store "only $forced" 0 "$dir/pattern-1048577" --in-place --path $forced --no-fsync --quiet
	expect "only $forced: the bytes" cmp "$new" "$dir/pattern-1048577"
done
old "$dir/pattern-4096"
ln -s new "$place/link"
check "a link" 0 "$dmaload" load "$file" --source "$source" --quiet -- \
	"$dmaload" store "$place/link" --in-place --quiet
expect "a link: the bytes" cmp "$new" "$file"
expect "a link: it is still one" [ -L "$place/link" ]
stays "a link"
rm "$new" "$place/second" "$place/link"
store "no file" 0 "$dir/pattern-4097" --in-place --quiet
expect "no file: it is made" cmp "$new" "$dir/pattern-4097"
expect "no file: its mode is the umask's" [ "$(stat -c %a "$new")" = 644 ]
mkfifo "$place/fifo"
check "a pipe" 1 "$dmaload" load "$file" --source "$source" --quiet -- \
	"$dmaload" store "$place/fifo" --in-place
says "a pipe: the reason" err "fifo is a pipe"

# Without the option, the other name keeps the old bytes.
old "$dir/pattern-4095"
store "another file" 0 "$dir/pattern-4097" --quiet
expect "another file: the second name is of the old one" cmp "$place/second" "$dir/pattern-4095"

# The kernel removes rights from a file that is written to; the program reports them. Writes by root
# keep the set-ID bits.
if [ "$(id -u)" = 0 ] && "$who" run 2001:2001 test -x "$dmaload" -a -x "$dir"; then
	chmod 755 "$place"
	for user in 0:0 2001:2001; do
		old "$dir/pattern-4095"
		chown 2001:2001 "$new"
		chmod 6755 "$new"
		capability=
		setfattr -n security.capability -v 0x0100000200200000000000000000000000000000 \
			"$new" 2>/dev/null && capability=1
		check "set-ID bits, by $user" 0 "$dmaload" load "$file" --source "$source" --quiet -- \
			"$who" run $user "$dmaload" store "$new" --in-place --json
		for name in 4:set-user-ID 2:set-group-ID; do
			bit=${name%%:*} name=${name#*:}
			kept=$(($(stat -c %a "$new") / 1000 & bit))
			told=$(grep -c "new has not kept its $name bit: " "$work/err")
			expect "set-ID bits, by $user: $name, kept $kept, told $told" \
				[ $((kept / bit + told)) = 1 ]
		done
		[ $user = 0:0 ] || [ "$(stat -c %a "$new")" = 755 ] ||
			fail "set-ID bits, by $user: are kept: $(stat -c %a "$new")"
		if [ "$capability" ] && ! getfattr --absolute-names -n security.capability "$new" \
			>/dev/null 2>&1; then
			says "set-ID bits, by $user: the capability" err \
				"not kept its security.capability: "
			says "set-ID bits, by $user: JSON" out '"security.capability: '
		fi
	done
	old "$dir/pattern-4095"
	store "nothing to be lost" 0 "$file" --in-place --quiet
	expect "nothing to be lost: nothing is said" [ ! -s "$work/err" ]
fi

# A mount point, in a mount namespace.
# shellcheck disable=SC2016 # expanded by the inner shell
mount_over='mount -o bind "$0" "$1" && shift && exec "$@"'
# shellcheck disable=SC2016 # expanded by the inner shell
if unshare -m sh -c 'mount -o bind "$0" "$1"' "$place/second" "$new" 2>/dev/null; then
	old "$dir/pattern-4095"
	cp "$new" "$place/inner"
	for how in refused --in-place; do
		want=0
		[ "$how" = --in-place ] || want=1 how=
		# shellcheck disable=SC2086 # empty, or one word
		check "a mount point $how" $want unshare -m sh -c "$mount_over" "$place/inner" "$new" \
			"$dmaload" load "$dir/pattern-4097" --source "$source" --quiet -- \
			"$dmaload" store "$new" --quiet $how
		[ -z "$how" ] || continue
		says "a mount point: the reason" err "new is a mount point"
		says "a mount point: the remedy" err "with --in-place the file itself"
		expect "a mount point: what is mounted is there" cmp "$place/inner" "$dir/pattern-4095"
	done
	expect "a mount point --in-place: the bytes" cmp "$place/inner" "$dir/pattern-4097"
	expect "a mount point --in-place: what is below it" cmp "$new" "$dir/pattern-4095"
	# The file becomes a mount point during the store.
	check "a mount point in the end" 1 unshare -m "$dmaload" load "$dir/pattern-4097" \
		--source "$source" --quiet -- "$meddle" before 2 "$place/.dmaload-*" \
		"mount -o bind '$place/inner' '$new'" "$dmaload" store "$new" --quiet
	says "a mount point in the end: the reason" err "new cannot be replaced: .*mount point"
	says "a mount point in the end: the remedy" err "with --in-place the file itself"
	stays "a mount point in the end"
	expect "a mount point in the end: the old bytes" cmp "$new" "$dir/pattern-4095"
	check "busy for another reason" 1 "$dmaload" load "$dir/pattern-4097" --source "$source" \
		--quiet -- "$meddle" refuse 16 renameat,renameat2 "$dmaload" store "$new" --quiet
	says "busy for another reason: the remedy" err "with --in-place the file itself"
else
	echo "SKIPPED - mount points: no mount namespace of one's own"
fi

# Folders in which the user may write to the file, but not replace it.
if [ "$(id -u)" = 0 ] && "$who" run 2002:2002 test -x "$dmaload" -a -x "$dir"; then
	for mode in 1777 755; do
		old "$dir/pattern-4095"
		chmod 666 "$new"
		identity "$new" >"$work/before"
		chmod $mode "$place"
		for how in refused --in-place; do
			want=0
			[ "$how" = --in-place ] || want=1 how=
			# shellcheck disable=SC2086 # empty, or one word
			check "a folder of mode $mode $how" $want "$dmaload" load "$dir/pattern-4097" \
				--source "$source" --quiet -- "$who" run 2002:2002 \
				"$dmaload" store "$new" --quiet $how
			stays "a folder of mode $mode $how"
			[ -z "$how" ] || continue
			says "a folder of mode $mode: the remedy" err "with --in-place the file itself"
			expect "a folder of mode $mode: the old bytes" cmp "$new" "$dir/pattern-4095"
		done
		expect "a folder of mode $mode --in-place: the bytes" cmp "$new" "$dir/pattern-4097"
	done
	# A file that the user may write but not read.
	chmod 222 "$new"
	check "a file that cannot be read" 0 "$dmaload" load "$file" --source "$source" --quiet -- \
		"$who" run 2002:2002 "$dmaload" store "$new" --in-place --quiet
	expect "a file that cannot be read: the bytes" cmp "$new" "$file"
	check "a file that cannot be read back" 1 "$dmaload" load "$dir/pattern-4097" \
		--source "$source" --quiet -- "$who" run 2002:2002 "$dmaload" store "$new" \
		--in-place --verify
	says "a file that cannot be read back: the reason" err "for reading and writing"
	expect "a file that cannot be read back: the old bytes" cmp "$new" "$file"
	chmod 444 "$new"
	check "a file that cannot be written" 1 "$dmaload" load "$dir/pattern-4097" \
		--source "$source" --quiet -- "$who" run 2002:2002 "$dmaload" store "$new" --in-place
	says "a file that cannot be written: the reason" err "cannot open .*new for writing"
	expect "a file that cannot be written: the old bytes" cmp "$new" "$file"
fi

# A failure before the first write leaves everything unchanged, the length included.
if mount -t tmpfs -o size=1m small "$small" 2>/dev/null; then
	echo precious >"$small/new"
	check "a full disk" 1 "$dmaload" load "$file" --source "$source" --quiet -- \
		"$dmaload" store "$small/new" --in-place
	says "a full disk: the reason" err "new is as it was: .*No space left"
	expect "a full disk: the old bytes" [ "$(cat "$small/new")" = precious ]
	head -c 700000 "$file" >"$small/new"
	check "no room for two" 1 "$dmaload" load "$dir/pattern-1048576" --source "$source" --quiet -- \
		"$dmaload" store "$small/new" --length 700000
	says "no room for two: the remedy" err "with --in-place the file itself"
	check "room for one" 0 "$dmaload" load "$dir/pattern-1048576" --source "$source" --quiet -- \
		"$dmaload" store "$small/new" --length 700000 --in-place --quiet
	head -c 700000 "$dir/pattern-1048576" >"$work/part"
	expect "room for one: the bytes" cmp "$small/new" "$work/part"
else
	echo "SKIPPED - a full disk: tmpfs cannot be mounted"
fi
# shellcheck disable=SC2016 # expanded by the inner shell
limited='ulimit -f 512; exec "$@"'
old "$dir/pattern-4095"
check "a file that exceeds the limit" 1 "$dmaload" load "$file" --source "$source" --quiet -- \
	sh -c "$limited" sh "$dmaload" store "$new" --in-place
says "a file that exceeds the limit: the reason" err "new is as it was: .*File too large"
expect "a file that exceeds the limit: the old bytes" cmp "$new" "$dir/pattern-4095"
stays "a file that may not be so long"

# Nor if it exceeds the limit already.
head -c $((size + 1)) /dev/zero >"$work/zeros"
old "$work/zeros"
check "a file that exceeds the limit already" 1 "$dmaload" load "$file" --source "$source" --quiet -- \
	sh -c "$limited" sh "$dmaload" store "$new" --in-place --no-fsync
says "a file that is longer: the reason" err "new is as it was: .*File too large"
expect "a file that is longer: the old bytes" cmp "$new" "$work/zeros"
stays "a file that is longer"

# Later failures are reported.
old "$dir/pattern-4095"
check "it cannot be made shorter" 1 "$dmaload" load "$dir/pattern-511" --source "$source" --quiet -- \
	"$meddle" refuse 5 ftruncate "$dmaload" store "$new" --in-place
says "it cannot be made shorter: the state" err "new has the new bytes, but cannot be made shorter"
check "it cannot be made durable" 1 "$dmaload" load "$dir/pattern-4097" --source "$source" --quiet -- \
	"$meddle" refuse 5 fsync "$dmaload" store "$new" --in-place
says "it cannot be made durable: the state" err "new has new bytes among the old ones: .*durable"

finish cli-store-in-place
