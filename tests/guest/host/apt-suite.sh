# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# Receives the name of a Debian suite; hands on a private apt configuration that sees it.
# The sources are made from the machine's own entries (same URI, same Signed-By, other suite), so
# mirrors and proxies keep working. Always: apt's own sources, lists and caches stay as they are.

apt_suite_die()
{
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

apt_suite_say()
{
	printf '%s: %s\n' "${0##*/}" "$*" >&2
}

# The machine's release, as "12 bookworm".
apt_suite_release()
{
	# shellcheck source=/dev/null
	(
		. /etc/os-release
		[[ $ID == debian ]] && printf '%s %s\n' "$VERSION_ID" "$VERSION_CODENAME"
	) ||
		apt_suite_die "this is not a Debian stable release"
}

# Copies the deb822 stanzas of FILE that carry the machine's own suite, with SUITE in its place.
apt_suite_from_deb822() # OWN SUITE FILE
{
	awk -v own="$1" -v suite="$2" '
		function flush_stanza() {
			if (mine && deb && !off)
				printf "%s\n", stanza
			stanza = field = ""
			mine = deb = off = 0
		}
		/^[[:space:]]*$/ { flush_stanza(); next }
		/^#/ { next }
		/^[^[:space:]]/ { field = tolower($0); sub(/:.*/, "", field) }
		field == "suites" {
			line = $0
			sub(/^[^[:space:]]*:/, "", line)
			n = split(line, word)
			for (i = 1; i <= n; i++)
				mine = mine || word[i] ~ own
			if (/^[^[:space:]]/)
				stanza = stanza "Suites: " suite "\n"
			next
		}
		field == "types" && /(:|[[:space:]])deb([[:space:]]|$)/ { deb = 1 }
		field == "types" { gsub(/deb-src/, "") }
		field == "enabled" && /:[[:space:]]*(no|false|0|off)[[:space:]]*$/ { off = 1 }
		{ stanza = stanza $0 "\n" }
		END { flush_stanza() }
	' "$3"
}

# The same for one-line entries: deb [option=value ...] URI SUITE COMPONENT...
apt_suite_from_list() # OWN SUITE FILE
{
	awk -v own="$1" -v suite="$2" '
		!/^[[:space:]]*deb[[:space:]]/ { next }
		{
			sub(/[[:space:]]*#.*/, "")
			match($0, /^[ \t]*deb[ \t]+(\[[^]]*\][ \t]*)?[^ \t]+[ \t]+/)
			head = substr($0, 1, RLENGTH)
			rest = substr($0, RLENGTH + 1)
			if (split(rest, word) >= 2 && word[1] ~ own)
				printf "%s%s%s\n", head, suite, substr(rest, length(word[1]) + 1)
		}
	' "$3"
}

# Fills the directory DIR with an apt configuration that sees SUITE, then fetches the lists.
# With "also-own" as third argument the machine's own sources are seen too, for dependencies. With
# APT_SUITE_ARCH set, the packages of this architecture are seen, and nothing counts as installed.
apt_suite_open() # DIR SUITE [also-own]
{
	local dir suite codename own list parts file made
	dir=$(realpath -- "$1")
	suite=$2
	codename=$(apt_suite_release)
	codename=${codename#* }
	own="^(${codename}|stable|oldstable|oldoldstable)\$"

	mkdir -p "$dir/sources" "$dir/lists/partial" "$dir/archives/partial"
	eval "$(apt-config shell list Dir::Etc::sourcelist/f parts Dir::Etc::sourceparts/d)"
	: >"$dir/sources/suite.sources"
	: >"$dir/sources/suite.list"
	for file in "$list" "$parts"/*.list "$parts"/*.sources; do
		[[ -f $file ]] || continue
		[[ ${3:-} != also-own ]] || cp -- "$file" "$dir/sources/own-${file##*/}"
		made=$dir/sources/suite
		case $file in
		*.sources) apt_suite_from_deb822 "$own" "$suite" "$file" >>"$made.sources" ;;
		*) apt_suite_from_list "$own" "$suite" "$file" >>"$made.list" ;;
		esac
	done
	[[ -s $dir/sources/suite.sources || -s $dir/sources/suite.list ]] ||
		apt_suite_die "no entry for $codename among apt's sources"

	# Given with -c this file is read last, so #clear takes out the hooks of the machine's.
	cat >"$dir/apt.conf" <<-CONF
		#clear APT::Update::Post-Invoke;
		#clear APT::Update::Post-Invoke-Success;
		Dir::Etc::sourcelist "/dev/null";
		Dir::Etc::sourceparts "$dir/sources";
		Dir::State::Lists "$dir/lists";
		Dir::Cache::archives "$dir/archives";
		Dir::Cache::pkgcache "$dir/pkgcache.bin";
		Dir::Cache::srcpkgcache "$dir/srcpkgcache.bin";
		APT::Sandbox::User "root";
		Acquire::Languages "none";
		Acquire::Retries "3";
		APT::Update::Error-Mode "any";
	CONF
	if [[ -n ${APT_SUITE_ARCH:-} ]]; then
		# The machine's own entries may name its own architecture alone.
		sed -i 's/\barch=[^] ]*//; s/\[[[:space:]]*\]//' "$dir/sources/suite.list"
		sed -i '/^[Aa]rchitectures:/d' "$dir/sources/suite.sources"
		cat >>"$dir/apt.conf" <<-CONF
			APT::Architecture "$APT_SUITE_ARCH";
			#clear APT::Architectures;
			APT::Architectures { "$APT_SUITE_ARCH"; };
			Dir::State::status "/dev/null";
		CONF
	fi

	APT_SUITE_CONF=$dir/apt.conf
	apt_suite_say "reading the package lists of $suite"
	apt_suite_retry apt-get -c "$APT_SUITE_CONF" -qq update
}

# Three attempts at a command that talks to the network.
apt_suite_retry()
{
	local attempt
	for attempt in 1 2 3; do
		"$@" && return 0
		apt_suite_say "attempt $attempt of 3 failed: $*"
		sleep $((attempt * 2))
	done
	return 1
}

# The newest package whose name matches the extended regular expression as a whole.
apt_suite_newest() # REGEX
{
	local name
	name=$(apt-cache -c "$APT_SUITE_CONF" search --names-only "^$1\$" |
		cut -d ' ' -f 1 | sort -V | tail -n 1)
	[[ -n $name ]] || apt_suite_die "no package matches $1"
	printf '%s\n' "$name"
}

# Downloads one package and unpacks it below ROOT.
apt_suite_unpack() # PACKAGE ROOT
{
	local work deb
	work=$(mktemp -d "${APT_SUITE_CONF%/*}/deb.XXXXXX")
	(cd "$work" && apt_suite_retry apt-get -c "$APT_SUITE_CONF" -qq download "$1") ||
		apt_suite_die "cannot download $1"
	for deb in "$work"/*.deb; do
		apt_suite_say "unpacking $1 ($(($(stat -c %s "$deb") / 1000)) kB)"
		dpkg -x "$deb" "$2"
	done
	rm -rf -- "$work"
}
