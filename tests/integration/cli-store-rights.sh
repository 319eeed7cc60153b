#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The program dmaload storing: the new file has the old one's rights and attributes. Otherwise it
# has fewer rights, and the program reports what is missing. This needs root, and a file system with
# ACLs.
# usage: cli-store-rights.sh DMALOAD MEDDLE WHO DIR SOURCE ROUNDS
# ROUNDS is the number of generated ACLs. If there are less than 10, few moments are attacked.
set -u

dir=$4 source=$5 rounds=$6
dmaload=$(realpath "$(command -v "$1")")
meddle=$(realpath "$(command -v "$2")")
who=$(realpath "$(command -v "$3")")
# shellcheck source-path=SCRIPTDIR source=checks.sh
. "$(dirname -- "$0")/checks.sh"
place=$(mktemp -d "$dir/rights-XXXXXX") || exit 1
trap 'chattr -ia "$place"/* 2>/dev/null; rm -rf "$work" "$place"' EXIT
file=$dir/pattern-4097
new=$place/new

# The old file's owner and group, and a user who stores without being either.
owner=2001 group=2100 other=2002
user="$who run $other:2002"
# A user whom ACLs name, and one whom none names, in the groups that matter; ACLs name 2101, too.
users="$owner:2001 2003:2003 2003:$group 2003:2101 2003:2002 2004:2004 2004:$group 2004:2101 \
	2004:2002 2004:$group,2101 2004:$group,2002 2004:2101,2002 2004:$group,2101,2002"

# Refuse this call to the program only.
refuse_set="$meddle refuse 95 fsetxattr"
refuse_get="$meddle refuse 13 getxattr"

# store NAME STATUS WRAPPER ARG...: run "WRAPPER dmaload store new ARG..."
store()
{
	name=$1 want=$2 wrapper=$3
	shift 3
	# shellcheck disable=SC2086 # the wrapper is a command with arguments
	check "$name" "$want" "$dmaload" load "$file" --source "$source" --quiet -- \
		$wrapper "$dmaload" store "$new" "$@"
}

# Print a digit for each user: the rights that the kernel grants on a file.
rights()
{
	# shellcheck disable=SC2086 # users are words
	"$who" may "$1" $users
}

# within AFTER BEFORE: no user has more rights than before
within()
(
	after=$1 before=$2
	[ -n "$after" ] && [ ${#after} = ${#before} ] || return 1
	while [ -n "$after" ]; do
		rest_after=${after#?} rest_before=${before#?}
		[ $((${after%"$rest_after"} & ~${before%"$rest_before"})) = 0 ] || return 1
		after=$rest_after before=$rest_before
	done
)

# whole NAME: the bytes are complete, and there is no other file
whole()
{
	expect "$1: the bytes" cmp "$new" "$file"
	expect "$1: nothing stays behind" [ -z "$(find "$place" -name '.dmaload-*')" ]
}

mode()
{
	stat -c %a "$new"
}

# old MODE: make a file with this owner and group
old()
{
	rm -f "$new"
	echo precious >"$new"
	chown $owner:$group "$new"
	chmod "$1" "$new"
}

acl()
{
	getfacl -cpnE "$1" | grep . | tr '\n' ' '
}

attribute()
{
	getfattr --absolute-names --only-values -n "$1" "$new" 2>/dev/null
}

skip()
{
	echo "SKIPPED - rights: $1"
	exit 0
}

[ "$(id -u)" = 0 ] || skip "it takes root"
chmod 755 "$place"
chown $other "$place"
touch "$new"
setfacl -m u:2003:r "$new" || skip "$dir has no ACLs"
# shellcheck disable=SC2086 # the wrapper is a command with arguments
$user test -x "$dmaload" -a -w "$place" || skip "others do not come as far as $dir and $dmaload"

# The mask rw- of an ACL that names one user is no right of the group.
old 600
setfacl -m u:2003:rw "$new"
store "an ACL" 0 "" --quiet
whole "an ACL"
expect "an ACL: it is kept" [ "$(acl "$new")" = \
	"user::rw- user:2003:rw- group::--- mask::rw- other::--- " ]
expect "an ACL: nothing is said" [ ! -s "$work/err" ]
old 600
setfacl -m u:2003:rw "$new"
store "an ACL that cannot be set" 0 "$refuse_set" --json
whole "an ACL that cannot be set"
expect "an ACL that cannot be set: the owner's file alone" [ "$(mode)" = 600 ]
says "an ACL that cannot be set: it is reported" err "new has not kept its ACL: .*not supported"
says "an ACL that cannot be set: JSON" out '"not_kept":\['
says "an ACL that cannot be set: JSON has it" out '"ACL: .*not supported"'
old 644
store "an ACL that cannot be read" 0 "$refuse_get" --quiet
expect "an ACL that cannot be read: the mode may be its mask" [ "$(mode)" = 600 ]
says "an ACL that cannot be read: it is reported" err "not kept its ACL: Permission denied"

# The group's bits are for one group.
for pair in "640 600" "664 644" "604 600" "646 644" "2755 755" "4755 755" "755 755"; do
	old "${pair% *}"
	store "a group of other users, ${pair% *}" 0 "$user" --quiet
	whole "a group of other users, ${pair% *}"
	expect "a group of other users, ${pair% *}: ${pair#* }" [ "$(mode)" = "${pair#* }" ]
done
says "a group of other users: it is reported" err "not kept its group $group: "
says "an owner: it is reported" err "not kept its owner $owner: "
old 2660
store "a group of the user's own" 0 "$who run $other:2002,$group" --quiet
expect "a group of the user's own: it is kept" [ "$(stat -c '%u %g %a' "$new")" = "$other $group 2660" ]

# In a user namespace, an unmapped ID appears as 65534, which may be a real ID there: that of
# nobody, 165534 outside.
if "$who" inside true; then
	stranger=70000
	chown 100000:100000 "$place"
	for pair in "6666 666" "6660 600" "640 600" "4755 755" "2755 755" "604 600"; do
		rm -f "$new"
		echo precious >"$new"
		chown $stranger:$stranger "$new"
		chmod "${pair% *}" "$new"
		ids="$stranger:$stranger $stranger:165534 165534:$stranger 165534:165534 $users"
		# shellcheck disable=SC2086 # users are words
		before=$("$who" may "$new" $ids)
		store "an owner outside of the namespace, ${pair% *}" 0 "$who inside" --quiet
		whole "an owner outside of the namespace, ${pair% *}"
		# shellcheck disable=SC2086 # users are words
		expect "an owner outside of the namespace, ${pair% *}: no user gains rights" \
			within "$("$who" may "$new" $ids)" "$before"
		expect "an owner outside of the namespace, ${pair% *}: its place is not taken" \
			[ "$(stat -c '%u %g %a' "$new")" = "100000 100000 ${pair#* }" ]
		says "an owner outside of the namespace, ${pair% *}: it is reported" err \
			"not kept its owner 65534: .*user namespace"
		says "an owner outside of the namespace, ${pair% *}: the group, too" err \
			"not kept its group 65534: .*user namespace"
	done
	# Really own IDs are kept, except for 65534, which is ambiguous.
	old 640
	chown 101000:102000 "$new"
	store "an owner of the namespace" 0 "$who inside" --quiet
	expect "an owner of the namespace: it is kept" \
		[ "$(stat -c '%u %g %a' "$new")" = "101000 102000 640" ]
	expect "an owner of the namespace: nothing is said" [ ! -s "$work/err" ]
	chown $other "$place"
else
	echo "SKIPPED - user namespaces: none of one's own"
fi
# Outside of a namespace, 65534 is an ordinary user.
old 6750
chown 65534:65534 "$new"
chmod 6750 "$new"
store "the owner nobody" 0 "" --quiet
expect "the owner nobody: it is kept" [ "$(stat -c '%u %g %a' "$new")" = "65534 65534 6750" ]

# With any ACL, user and refused call, no user gains rights. The numbers look random, but are the
# same each time.
seed=1
draw()
{
	seed=$(((seed * 1103515245 + 12345) & 0x7fffffff))
	drawn=$((seed >> 16 & 7))
}

made_up()
{
	acl=
	for entry in u:: u:2003: g:: g:2101: m:: o::; do
		draw
		acl=$acl${acl:+,}$entry$drawn
	done
	draw
	# Sometimes the ACL names only the group, only the user, or nobody.
	case $drawn in
	0) acl=$(echo "$acl" | sed 's/,u:2003:.//') ;;
	1) acl=$(echo "$acl" | sed 's/,g:2101:.//') ;;
	2) acl=$(echo "$acl" | sed 's/,u:2003:.//; s/,g:2101:.//; s/,m::.//') ;;
	esac
	old 600
	setfacl --set "$acl" "$new"
}

round=0 problem=
while [ $round -lt "$rounds" ] && [ -z "$problem" ]; do
	kept=$seed
	for wrapper in "" "$user" "$refuse_set" "$user $refuse_set" "$refuse_get" \
		"$user $refuse_get"; do
		seed=$kept
		made_up
		before=$(rights "$new")
		# shellcheck disable=SC2086 # the wrapper is a command with arguments
		"$dmaload" load "$file" --source "$source" --quiet -- \
			$wrapper "$dmaload" store "$new" --quiet --no-fsync \
			>"$work/out" 2>"$work/err" ||
			problem="it fails"
		after=$(rights "$new")
		if [ -z "$wrapper" ] && [ "$after" != "$before" ]; then
			problem="not the same"
		elif ! within "$after" "$before"; then
			problem="more"
		fi
		[ -z "$problem" ] || break
	done
	round=$((round + 1))
done
if [ -n "$problem" ]; then
	fail "generated ACLs: $acl, $wrapper: $before became $after: $problem"
else
	pass "generated ACLs: $round"
fi

# A folder's default ACL is for new files. A file that replaces another must not get it.
old 640
setfacl -d -m u:2003:rwx,g:2101:rwx "$place"
before=$(rights "$new")
store "a default ACL" 0 "" --quiet
whole "a default ACL"
expect "a default ACL: no user gains rights by it" [ "$(rights "$new")" = "$before" ]
expect "a default ACL: no ACL" [ "$(acl "$new")" = "user::rw- group::r-- other::--- " ]
rm "$new"
store "a new file" 0 "" --quiet
whole "a new file"
touch "$place/touched"
expect "a new file has what the folder gives" \
	[ "$(acl "$new")" = "$(acl "$place/touched")" ]
rm "$place/touched"
step=$((rounds < 10 ? 4 : 1))
# shellcheck disable=SC2016 # expanded by meddle's shell
for acl in u::6,g::4,o::0 u::6,u:2003:6,g::0,g:2101:4,m::6,o::0; do
	n=1 problem=
	while [ -z "$problem" ]; do
		old 600
		setfacl --set $acl "$new"
		before=$(rights "$new") now=$work/now
		rm -f "$now"
		export who users now
		"$dmaload" load "$file" --source "$source" --quiet -- \
			"$meddle" before $n "$place/.dmaload-*" '"$who" may "$1" $users >"$now"' \
			"$dmaload" store "$new" --quiet >"$work/out" 2>"$work/err" </dev/null ||
			problem="it fails"
		[ -s "$now" ] || break
		within "$(cat "$now")" "$before" || problem="$(cat "$now"), more than $before"
		n=$((n + step))
	done
	expect "meanwhile nobody has more, $acl, up to moment $n${problem:+: $problem}" \
		[ -z "$problem" -a $n -gt 8 ]
done
setfacl -k "$place"

# Other attributes. Their values contain zeros and newlines.
setfattr_all()
{
	setfattr -n user.comment -v 0x00ff0a00ff "$new" &&
		setfattr -n user.large -v "$(printf '%0900d' 7)" "$new" &&
		setfattr -n trusted.origin -v "a disk" "$new" &&
		setfattr -n security.selinux -v system_u:object_r:etc_t:s0 "$new" &&
		setfattr -n security.capability -v 0x0100000200200000000000000000000000000000 "$new"
}

old 644
if setfattr_all; then
	getfattr --absolute-names -d -m - -e hex "$new" | sort >"$work/before"
	store "attributes" 0 "" --quiet
	whole "attributes"
	getfattr --absolute-names -d -m - -e hex "$new" | sort >"$work/after"
	expect "attributes: all are there" cmp "$work/before" "$work/after"
	expect "attributes: nothing is said" [ ! -s "$work/err" ]

	store "attributes that cannot be set" 0 "$refuse_set" --json
	whole "attributes that cannot be set"
	for lost in user.comment user.large trusted.origin security.selinux security.capability; do
		says "attributes that cannot be set: $lost" err "has not kept its $lost: "
		says "attributes that cannot be set: JSON, $lost" out "\"$lost: .*not supported\""
	done
	old 644
	setfattr_all
	store "attributes that only root may set" 0 "$user" --quiet
	expect "the user's are kept" [ "$(attribute user.large)" = "$(printf '%0900d' 7)" ]
	says "capabilities are lost, and told" err "has not kept its security.capability: "
	# Kernels differ in who may set a label that no module of theirs knows.
	[ -n "$(attribute security.selinux)" ] ||
		says "a label is lost, and told" err "has not kept its security.selinux: "
else
	echo "SKIPPED - attributes: this file system does not have them all"
fi
# A signature of the old bytes is wrong for the new ones.
old 644
if setfattr -n security.ima -v 0x0404 "$new" 2>/dev/null; then
	store "a signature of the bytes" 0 "" --quiet
	expect "a signature of the bytes is not kept" [ -z "$(attribute security.ima)" ]
	expect "a signature of the bytes: nothing is said" [ ! -s "$work/err" ]
fi
old 200
chown $other "$new"
setfattr -n user.comment -v secret "$new"
store "attributes that cannot be read" 0 "$user" --quiet
says "attributes that cannot be read: it is reported" err "not kept its user.comment: Permission denied"

# The program detects files that cannot be replaced before it writes anything.
for flag in i a; do
	old 644
	if chattr +$flag "$new" 2>/dev/null; then
		for how in "" --in-place; do
			# shellcheck disable=SC2086 # empty, or one word
			store "chattr +$flag $how" 1 "" $how
			says "chattr +$flag $how: it is reported" err "chattr.1., -$flag"
		done
		chattr -$flag "$new"
		expect "chattr +$flag: the old file is there" [ "$(cat "$new")" = precious ]
	fi
done

# A link that another user has put into a folder for all users.
mkdir -m 1777 "$place/tmp"
old 644
# shellcheck disable=SC2086
$user ln -s "$new" "$place/tmp/link"
if [ "$(cat /proc/sys/fs/protected_symlinks)" = 1 ]; then
	for how in "" --in-place; do
		# shellcheck disable=SC2086 # empty, or one word
		check "another user's link in /tmp $how" 1 "$dmaload" load "$file" --source "$source" \
			--quiet -- "$dmaload" store "$place/tmp/link" $how
		says "another user's link in /tmp $how: it is reported" err "link: Permission denied"
	done
	expect "another user's link in /tmp is not followed" [ "$(cat "$new")" = precious ]
fi

finish cli-store-rights
