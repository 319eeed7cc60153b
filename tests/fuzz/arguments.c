/* SPDX-License-Identifier: MIT */
/*
 * The tool's arguments. The input is a command line in the format of
 * /proc/PID/cmdline: words, each ended by a NUL. Words before the command that begin
 * with "DMALOAD_" set the environment. A word "<" before the command makes standard
 * input a regular file.
 *
 * The tool runs in this process, with the library on the fake kernel, which has a file
 * for each name on the command line. The tool itself calls the real kernel. Therefore
 * slashes in words are replaced, the current directory is empty, and PATH points
 * nowhere: no input can open, replace or run anything on this machine.
 */
#include <fcntl.h>
#include <getopt.h>
#include <json-c/json.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <dmaload.h>

#include "confine.h"
#include "fake.h"
#include "fuzz.h"

/* The tool's own name included, the final NULL not. */
#define WORDS_MAX 24
/* The longest name in a directory. */
#define WORD_MAX 255
#define FILE_BYTES 20000

/* The tool's main(), renamed by the build. */
int tool_main(int argc, char **argv);

struct line {
	char *words[WORDS_MAX + 1];
	int count;
	bool stdin_is_file;
};

struct outcome {
	int code;
	char *out, *err;
	size_t out_length, err_length;
};

static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGXFSZ };
#define N_SIGNALS (sizeof(signals) / sizeof(signals[0]))

/* Refuse real rings: at a thousand runs a second they would exhaust the kernel. */
int __wrap_io_uring_queue_init(unsigned entries, void *ring, unsigned flags);
int __wrap_io_uring_queue_init(unsigned entries, void *ring, unsigned flags)
{
	(void)entries;
	(void)ring;
	(void)flags;
	return -1;
}

/* A store makes its file on the real kernel. Let the library find an empty one on the
 * fake kernel. */
int __real_dmaload_file_from_fd(struct dmaload_file **out, int fd,
				struct dmaload_error *err);
int __wrap_dmaload_file_from_fd(struct dmaload_file **out, int fd,
				struct dmaload_error *err);
int __wrap_dmaload_file_from_fd(struct dmaload_file **out, int fd,
				struct dmaload_error *err)
{
	int r, other;

	if (fd == STDIN_FILENO)
		return __real_dmaload_file_from_fd(out, fd, err);
	other = fake_open(fake_add(FAKE_FILE, "", 0), O_RDWR);
	r = __real_dmaload_file_from_fd(out, other, err);
	fake_close(other);
	return r;
}

static void take_word(struct line *line, char *word)
{
	char *c, *equals = strchr(word, '=');

	for (c = word; *c; c++)
		if (*c == '/')
			*c = '_';
	if (line->count > 1 || strncmp(word, "DMALOAD_", 8) != 0 || !equals) {
		if (line->count == 1 && strcmp(word, "<") == 0)
			line->stdin_is_file = true;
		else
			line->words[line->count++] = word;
		return;
	}
	*equals = '\0';
	setenv(word, equals + 1, 1);
}

/* Split text, which ends in a NUL, into words that point into it. */
static void split(struct line *line, char *text, size_t length)
{
	static char name[] = "dmaload";
	char *word, *next;

	memset(line, 0, sizeof(*line));
	clearenv();
	setenv("PATH", "/nonexistent", 1);
	line->words[line->count++] = name;
	for (word = text; word < text + length && line->count < WORDS_MAX;
	     word = next) {
		next = word + strlen(word) + 1;
		if (next - word <= WORD_MAX + 1)
			take_word(line, word);
	}
}

static const struct {
	const char *name;
	enum fake_kind kind;
	uint64_t size;
} others[] = {
	{ "empty", FAKE_FILE, 0 }, { "page", FAKE_FILE, 4096 },
	{ "folder", FAKE_DIR, 0 }, { "pipe", FAKE_PIPE, FILE_BYTES },
	{ "block", FAKE_BLOCK, FILE_BYTES },
};

/* Add a file for a name, so that most loads run to their end. */
static void add_file(const char *name)
{
	enum fake_kind kind = FAKE_FILE;
	uint64_t size = FILE_BYTES;
	size_t i;

	if (name[0] == '\0' || strcmp(name, ".") == 0 ||
	    strcmp(name, "..") == 0 || fake_find(name) ||
	    strlen(name) >= sizeof(((struct fake_node *)NULL)->path))
		return;
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		if (strcmp(name, others[i].name) == 0) {
			kind = others[i].kind;
			size = others[i].size;
		}
	}
	fake_add(kind, name, size);
}

/* Make the machine. fd 1000, the first of the fake kernel, is a dma-buf to store. */
static void make_world(const struct line *line)
{
	static const char *const kinds[] = { "file", "pipe" };
	struct fake_node *input;
	int i;

	fake_add_udmabuf();
	fake_add_heap("pinned");
	fake_find("/dev/dma_heap/system")->pfnmap = true;
	fake.fds_max = 60;
	fake_open(fake_add(FAKE_DMABUF, "", 3 * FAKE_PAGE), O_RDWR);
	input = fake_add(line->stdin_is_file ? FAKE_FILE : FAKE_PIPE,
			 kinds[!line->stdin_is_file], FILE_BYTES);
	input->path[0] = '\0';
	input->comes_most = 3000;
	fake_open_stdin(input);
	for (i = 1; i < line->count; i++)
		if (line->words[i][0] != '-')
			add_file(line->words[i]);
}

/* Run the tool with stdout and stderr in memory, getopt's messages included. */
static void run_tool(struct outcome *outcome, struct line *line)
{
	struct sigaction before[N_SIGNALS];
	FILE *const out = stdout, *const err = stderr;
	size_t i;

	memset(outcome, 0, sizeof(*outcome));
	for (i = 0; i < N_SIGNALS; i++)
		sigaction(signals[i], NULL, &before[i]);
	stdout = open_memstream(&outcome->out, &outcome->out_length);
	stderr = open_memstream(&outcome->err, &outcome->err_length);
	FUZZ_CHECK(stdout && stderr);
	optind = 0;
	outcome->code = tool_main(line->count, line->words);
	fclose(stdout);
	fclose(stderr);
	stdout = out;
	stderr = err;
	for (i = 0; i < N_SIGNALS; i++)
		sigaction(signals[i], &before[i], NULL);
}

static void check_json(const char *text, size_t length)
{
	struct json_tokener *tokener = json_tokener_new();
	struct json_object *object;
	size_t end;

	FUZZ_CHECK(tokener);
	json_tokener_set_flags(tokener, JSON_TOKENER_VALIDATE_UTF8);
	object = json_tokener_parse_ex(tokener, text, (int)length);
	if (!object)
		FUZZ_FAIL("no JSON: %s\n%s", json_tokener_error_desc(
			  json_tokener_get_error(tokener)), text);
	FUZZ_CHECK(json_object_is_type(object, json_type_object));
	end = json_tokener_get_parse_end(tokener);
	/* Only the end of the line may follow. */
	FUZZ_CHECK(strspn(text + end, "\n") == length - end);
	json_object_put(object);
	json_tokener_free(tokener);
}

static bool is_command(const struct line *line, const char *name)
{
	return line->count > 1 && strcmp(line->words[1], name) == 0;
}

static bool has_command(const struct line *line)
{
	int i;

	for (i = 1; i < line->count; i++)
		if (strcmp(line->words[i], "--") == 0)
			return true;
	return false;
}

/* Return whether --json is certainly an option. After another option it may be that
 * option's value. */
static bool asks_for_json(const struct line *line)
{
	int i;

	for (i = 2; i < line->count && line->words[i]; i++)
		if (strcmp(line->words[i], "--json") == 0 &&
		    line->words[i - 1][0] != '-')
			return true;
	return false;
}

/* Check the exit code, and the output: readable, valid JSON if JSON, and a reason for
 * each failure. */
static void check_outcome(const struct outcome *outcome,
			  const struct line *line, bool hands_over)
{
	/* On a terminal there is a progress bar. */
	const char *const breaks = isatty(STDERR_FILENO) ? "\n\r" : "\n";
	const bool is_load = is_command(line, "load");

	fuzz_check_text(outcome->out, outcome->out_length, breaks);
	fuzz_check_text(outcome->err, outcome->err_length, breaks);
	if (outcome->code == 126 || outcome->code == 127)
		FUZZ_CHECK(is_load && hands_over);
	else
		FUZZ_CHECK(outcome->code >= 0 && outcome->code <= 2);
	if (outcome->code != 0)
		FUZZ_CHECK(outcome->err_length > 0);
	if (outcome->code == 2)
		FUZZ_CHECK(outcome->out_length == 0);
	if (outcome->out_length > 0 && outcome->out[0] == '{')
		check_json(outcome->out, outcome->out_length);
	else if (is_load && !hands_over && asks_for_json(line))
		/* Wrong usage and help are text. */
		FUZZ_CHECK(outcome->code == 2 ||
			   strncmp(outcome->out, "usage: ", 7) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	struct outcome outcome;
	struct line line;
	bool hands_over;
	int fd;

	FUZZ_CHECK(text);
	memcpy(text, data, size);
	text[size] = '\0';
	split(&line, text, size);
	confine_stdin(line.stdin_is_file);
	fake_reset();
	fd = confine_free_fd();
	make_world(&line);
	confine_enter();
	/* Ask first: the tool removes the command from the words. */
	hands_over = has_command(&line);
	run_tool(&outcome, &line);
	/* A bench writes its failures into the file that it is given. */
	confine_clear(outcome.code != 0 && !is_command(&line, "bench"));
	confine_leave();
	check_outcome(&outcome, &line, hands_over);
	fake_check_balanced();
	/* The fake kernel's buffers hold real fds. */
	fake_reset();
	FUZZ_CHECK(confine_free_fd() == fd);
	free(outcome.out);
	free(outcome.err);
	free(text);
	return 0;
}
