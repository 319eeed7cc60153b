# SPDX-License-Identifier: MIT
# bash completion of dmaload                                -*- shell-script -*-
#
# It needs nothing of the package bash-completion, which finds it by its name.

# Names of heaps, which are sources, and the other sources.
_dmaload_sources()
{
	local node

	for node in /dev/dma_heap/*; do
		[[ ! -e $node ]] || printf '%s\n' "${node##*/}" "heap:${node##*/}"
	done
	printf '%s\n' udmabuf udmabuf:2M memfd
	[[ $1 != bench ]] || printf '%s\n' memory memory:4K memfd:2M
}

# The values of an option; nothing where any number would do.
_dmaload_values() # COMMAND OPTION
{
	case $2 in
	--source) _dmaload_sources "$1" ;;
	--path) printf '%s\n' direct bounce buffered ;;
	--engine) printf '%s\n' auto io_uring threads ;;
	--cache) printf '%s\n' auto bypass keep ;;
	--syscalls) printf '%s\n' auto basic old all ;;
	--digest) printf '%s\n' sha256 sha512 blake2b512 fsverity ;;
	esac
}

_dmaload_options() # COMMAND
{
	local common=(--path --engine --syscalls --timeout --verify --json --quiet --help)

	case $1 in
	probe) printf '%s\n' --source --syscalls --json --help ;;
	load) printf '%s\n' --source --spread --size --offset --length --limit --tensors \
		--align --cache \
		--digest --expect --expect-file \
		"${common[@]}" ;;
	store) printf '%s\n' --fd --offset --length --fsync --no-fsync --in-place "${common[@]}" ;;
	bench) printf '%s\n' --rounds --case --list --source --engine --length --no-fio \
		--fio-job --paired --json --quiet --help ;;
	ls) printf '%s\n' --json --help ;;
	*) printf '%s\n' --help --version ;;
	esac
}

# The words up to the cursor, in $words: readline parts them at "=" and ":", too.
_dmaload_join()
{
	local i last=''

	words=()
	for ((i = 0; i <= COMP_CWORD; i++)); do
		if [[ -n $last && ${COMP_WORDS[i]} == [=:]* ]] || [[ $last == *[=:] ]]; then
			words[${#words[@]} - 1]+=${COMP_WORDS[i]}
		else
			words+=("${COMP_WORDS[i]}")
		fi
		last=${COMP_WORDS[i]}
	done
}

# Offer the lines of standard input that begin like the word, without the part that readline
# takes for a word of its own. compgen -W would run a command in the name of a heap.
_dmaload_offer() # WORD
{
	local candidate cut=''

	[[ $1 != *:* || $COMP_WORDBREAKS != *:* ]] || cut=${1%:*}:
	while read -r candidate; do
		[[ $candidate != "$1"* ]] || COMPREPLY+=("${candidate#"$cut"}")
	done
}

# From "--" on, it is somebody else's command line.
_dmaload_command() # INDEX OF "--" IN COMP_WORDS
{
	local offset

	if (($1 + 1 == COMP_CWORD)); then
		mapfile -t COMPREPLY < <(compgen -c -- "${COMP_WORDS[COMP_CWORD]}")
		return
	fi
	# In bash-completion from 2.12 on, and before.
	for offset in _comp_command_offset _command_offset; do
		if declare -F "$offset" >/dev/null; then
			"$offset" $(($1 + 1))
			return
		fi
	done
}

_dmaload()
{
	local words=() command='' i

	COMPREPLY=()
	_dmaload_join
	for ((i = 1; i < ${#words[@]} - 1; i++)); do
		[[ -n $command || ${words[i]} == -* ]] || command=${words[i]}
	done
	for ((i = 1; i < COMP_CWORD; i++)); do
		if [[ $command == load && ${COMP_WORDS[i]} == -- ]]; then
			_dmaload_command "$i"
			return
		fi
	done

	local current=${words[-1]} before=${words[-2]}
	local numbers='align|tensors|fd|offset|length|limit|size|timeout|rounds|case|fio-job'
	case $command in
	'')
		_dmaload_offer "$current" < <(printf '%s\n' probe load store bench ls help
			_dmaload_options)
		;;
	help)
		compopt +o default
		_dmaload_offer "$current" < <(printf '%s\n' probe load store bench ls)
		;;
	*)
		if [[ $current == --json=* ]]; then
			return
		elif [[ $current == --*=* ]]; then
			compopt +o default
			_dmaload_offer "${current#*=}" < <(_dmaload_values "$command" "${current%%=*}")
		elif [[ $before =~ ^--(source|path|engine|cache|syscalls|$numbers)$ ]]; then
			compopt +o default
			_dmaload_offer "$current" < <(_dmaload_values "$command" "$before")
		elif [[ $current == -* ]]; then
			compopt +o default
			_dmaload_offer "$current" < <(_dmaload_options "$command")
		fi
		;;
	esac
}

# Where nothing is offered, files are.
complete -o default -F _dmaload dmaload
