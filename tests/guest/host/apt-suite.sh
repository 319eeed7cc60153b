# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# Receives: the name of a Debian suite.
# Hands on: a private apt configuration for this suite.
# Always:   apt's own sources, lists and caches stay as they are.
#
# The sources are copies of the machine's own entries with another suite. They have the same URI and
# Signed-By, so mirrors and proxies keep working.

apt_suite_die()
{
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

apt_suite_say()
{
	printf '%s: %s\n' "${0##*/}" "$*" >&2
}

# Print the machine's release, as "12 bookworm".
apt_suite_release()
{
	# shellcheck source=/dev/null
	(
		. /etc/os-release
		[[ $ID == debian ]] && printf '%s %s\n' "$VERSION_ID" "$VERSION_CODENAME"
	) ||
		apt_suite_die "this machine does not run a stable release of Debian"
}

# Print the deb822 stanzas of FILE that have the machine's own suite, with SUITE in its place.
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

# Print the one-line entries of FILE likewise: deb [option=value ...] URI SUITE COMPONENT...
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

# Fill DIR/sources with entries for SUITE, and with "also-own" the machine's own entries, too.
apt_suite_sources() # DIR SUITE [also-own]
{
	local dir=$1 suite=$2 codename own list parts file made
	codename=$(apt_suite_release)
	codename=${codename#* }
	own="^(${codename}|stable|oldstable|oldoldstable)\$"

	mkdir -p "$dir/sources"
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
		apt_suite_die "apt's sources have no entry for $codename"
}

# Write DIR/apt.conf for DIR/sources.
apt_suite_configure() # DIR
{
	local dir=$1
	# apt reads the file of -c last, so #clear removes hooks of the machine's configuration.
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
	if [[ -n ${APT_SUITE_SOURCES:-} ]]; then
		sed -n 's/^\([[:space:]]*\)deb[[:space:]]/\1deb-src /p' "$dir/sources/suite.list" \
			>"$dir/sources/source.list"
		sed 's/^Types:.*/Types: deb-src/' "$dir/sources/suite.sources" >"$dir/sources/source.sources"
	fi
	if [[ -n ${APT_SUITE_ARCH:-} ]]; then
		# The machine's own entries may allow its own architecture only.
		sed -i 's/\barch=[^] ]*//; s/\[[[:space:]]*\]//' "$dir/sources/suite.list"
		sed -i '/^[Aa]rchitectures:/d' "$dir/sources/suite.sources"
		cat >>"$dir/apt.conf" <<-CONF
			APT::Architecture "$APT_SUITE_ARCH";
			#clear APT::Architectures;
			APT::Architectures { "$APT_SUITE_ARCH"; };
			Dir::State::status "/dev/null";
		CONF
	fi
}

# Fill the folder DIR with an apt configuration for SUITE, and fetch the package lists. With
# "also-own", apt uses the machine's own sources, too, for dependencies. With APT_SUITE_ARCH, apt
# has the packages of this architecture, and none is installed. With APT_SUITE_SOURCES, apt has the
# source packages, too.
apt_suite_open() # DIR SUITE [also-own]
{
	local dir
	dir=$(realpath -- "$1")
	mkdir -p "$dir/lists/partial" "$dir/archives/partial"
	apt_suite_sources "$dir" "${@:2}"
	apt_suite_configure "$dir"
	APT_SUITE_CONF=$dir/apt.conf
	apt_suite_say "reading the package lists of $2"
	apt_suite_retry apt-get -c "$APT_SUITE_CONF" -qq update
}

# Make three attempts at a command that uses the network.
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

# Print the newest package whose whole name matches the extended regular expression.
apt_suite_newest() # REGEX
{
	local name
	name=$(apt-cache -c "$APT_SUITE_CONF" search --names-only "^$1\$" |
		cut -d ' ' -f 1 | sort -V | tail -n 1)
	[[ -n $name ]] || apt_suite_die "no package matches $1"
	printf '%s\n' "$name"
}

# Download one package, and unpack it below ROOT.
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
