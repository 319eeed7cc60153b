/* SPDX-License-Identifier: MIT */
#include "tool.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "json_out.h"

/* More than a century; nothing overflows by it. */
#define SECONDS_MAX 4e9

static bool begins_with_digit(const char *text)
{
	return *text >= '0' && *text <= '9';
}

bool parse_bytes(const char *text, uint64_t *bytes)
{
	static const char suffixes[] = "KMGT";
	/* A leading zero would mean octal digits to strtoull(). */
	const bool hexadecimal = text[0] == '0' && (text[1] | 0x20) == 'x';
	unsigned long long value;
	unsigned shift = 0;
	const char *suffix;
	char *end;

	/* strtoull() accepts a sign, and makes a large number of it. */
	if (!begins_with_digit(text))
		return false;
	errno = 0;
	value = strtoull(text, &end, hexadecimal ? 16 : 10);
	if (errno != 0)
		return false;
	if (*end != '\0') {
		suffix = strchr(suffixes, *end);
		if (!suffix || end[1] != '\0')
			return false;
		shift = 10 * (unsigned)(suffix - suffixes + 1);
	}
	if (value > UINT64_MAX >> shift)
		return false;
	*bytes = (uint64_t)value << shift;
	return true;
}

bool is_standard_input(const char *name)
{
	return strcmp(name, "-") == 0;
}

bool parse_number(const char *text, uint64_t max, uint64_t *number)
{
	unsigned long long value;
	char *end;

	if (!begins_with_digit(text))
		return false;
	errno = 0;
	value = strtoull(text, &end, 10);
	if (errno != 0 || *end != '\0' || value > max)
		return false;
	*number = value;
	return true;
}

/* The paths that a user may choose; the others follow from the file. */
static bool parse_path(const char *text, uint32_t *paths)
{
	uint32_t i;

	for (i = DMALOAD_PATH_DIRECT; i <= DMALOAD_PATH_BUFFERED; i++) {
		if (strcmp(dmaload_path_name(i), text) == 0) {
			*paths = 1u << i;
			return true;
		}
	}
	return false;
}

static bool parse_engine(const char *text, enum dmaload_engine *engine)
{
	const char *name;
	uint32_t i;

	for (i = 0; (name = dmaload_engine_name(i)); i++) {
		if (strcmp(name, text) == 0) {
			*engine = (enum dmaload_engine)i;
			return true;
		}
	}
	return false;
}

bool parse_syscalls(const char *text, enum dmaload_syscalls *syscalls)
{
	const char *name;
	uint32_t i;

	for (i = 0; (name = dmaload_syscalls_name(i)); i++) {
		if (strcmp(name, text) == 0) {
			*syscalls = (enum dmaload_syscalls)i;
			return true;
		}
	}
	mistake("--syscalls must be auto, basic, old or all, not \"%s\"", text);
	return false;
}

bool permits_newer(enum dmaload_syscalls syscalls)
{
	if (syscalls == DMALOAD_SYSCALLS_AUTO)
		syscalls = dmaload_syscalls_query(NULL, 0);
	return syscalls == DMALOAD_SYSCALLS_ALL;
}

static bool parse_seconds(const char *text, uint64_t *ns)
{
	double value;
	char *end;

	/* strtod() also accepts "nan", "inf" and signs. */
	if (!begins_with_digit(text) && *text != '.')
		return false;
	value = strtod(text, &end);
	if (end == text || *end != '\0' || !(value > 0) || value > SECONDS_MAX)
		return false;
	/* Less than a nanosecond must not become 0, which means no limit. */
	*ns = value * 1e9 < 1 ? 1 : (uint64_t)(value * 1e9);
	return true;
}

bool settings_take(struct settings *settings, int option, const char *value)
{
	switch (option) {
	case 'p':
		if (parse_path(value, &settings->paths))
			return true;
		mistake("--path must be direct, bounce or buffered, not \"%s\"",
			value);
		return false;
	case 'e':
		if (parse_engine(value, &settings->engine))
			return true;
		mistake("--engine must be auto, io_uring or threads, not "
			"\"%s\"", value);
		return false;
	case 'y':
		return parse_syscalls(value, &settings->syscalls);
	case 'o':
		if (parse_bytes(value, &settings->offset))
			return true;
		mistake("--offset must be a number of bytes, not \"%s\"",
			value);
		return false;
	case 'l':
		/* The largest number means that there is none. */
		if (parse_bytes(value, &settings->length) &&
		    settings->length > 0 && settings->length != DMALOAD_TO_END)
			return true;
		mistake("--length must be a number of bytes from 1 on, not "
			"\"%s\"", value);
		return false;
	case 't':
		if (parse_seconds(value, &settings->timeout_ns))
			return true;
		mistake("--timeout must be a number of seconds above 0, not "
			"\"%s\"",
			 value);
		return false;
	case 'v':
		return settings->verify = true;
	case 'j':
		return settings->json = json_accept();
	case 'q':
		return settings->quiet = true;
	default:
		return false;
	}
}

int settings_ctx(const struct settings *settings, struct dmaload_ctx **out,
		 struct dmaload_error *err)
{
	const struct dmaload_config config = {
		.size = sizeof(config),
		.engine = settings->engine,
		.syscalls = settings->syscalls,
	};

	return dmaload_ctx_create(out, &config, err);
}
