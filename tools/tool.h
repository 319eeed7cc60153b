/* SPDX-License-Identifier: MIT */
#ifndef TOOL_H
#define TOOL_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <dmaload.h>
#include <dmaload/spread.h>

#include "arguments.h"
#include "output.h"
#include "progress_line.h"

/* Exit codes of the program, as its manual states them. */
enum { EXIT_OK = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

extern const struct command probe_command;
extern const struct command load_command;
extern const struct command store_command;
extern const struct command bench_command;
extern const struct command ls_command;

/* The options that load and store share. */
struct settings {
	uint64_t offset;
	/* DMALOAD_TO_END: not given. */
	uint64_t length;
	/* As in struct dmaload_options. */
	uint32_t paths;
	enum dmaload_engine engine;
	enum dmaload_syscalls syscalls;
	/* 0: without a limit. */
	uint64_t timeout_ns;
	bool verify;
	bool json;
	bool quiet;
};

#define SYSCALLS_OPTION							\
	{ 'y', "syscalls", "S",						\
	  "allow these system calls: all; old, without io_uring and other\n" \
	  "newer ones, at which a seccomp filter may end the process;\n" \
	  "basic, also without mincore; or auto (default): all if no\n"	\
	  "seccomp filter is active" }

/* The help of --json. */
#ifdef HAVE_JSON_C
#define JSON_HELP(text) text
#else
#define JSON_HELP(text) "refused: this dmaload is built without json-c"
#endif
#define JSON_OPTION							\
	{ 'j', "json", NULL,						\
	  JSON_HELP("print one JSON object, even after a failure") }

/* Their options. Each command describes 'o' and 'l', an offset and a length,
 * itself: they are of a file, or of a dma-buf. It passes a note on 'p'. */
#define SETTINGS_OPTIONS(path_note)					\
	{ 'p', "path", "P",						\
	  "only this path: direct, bounce or buffered" path_note },	\
	{ 'e', "engine", "E",						\
	  "engine of direct I/O: auto, io_uring or threads" },		\
	SYSCALLS_OPTION,						\
	{ 't', "timeout", "SECONDS", "give up after this time" },	\
	{ 'v', "verify", NULL,						\
	  "read the dma-buf back and compare it with FILE" },		\
	JSON_OPTION,							\
	{ 'q', "quiet", NULL, "no progress bar and no report" }

#define NUMBERS_NOTE							\
	"N is a number of bytes: decimal, or hexadecimal after 0x. It may end in K, M,\n" \
	"G or T, powers of 1024.\n"

/* Parse --syscalls. Return false if it is wrong, after a message. */
bool parse_syscalls(const char *text, enum dmaload_syscalls *syscalls);
/* Return true if system calls may be made that an old filter may forbid. */
bool permits_newer(enum dmaload_syscalls syscalls);

/* Return false if the option is wrong, after a message. */
bool settings_take(struct settings *settings, int option, const char *value);

/* Create the context for the settings. */
int settings_ctx(const struct settings *settings, struct dmaload_ctx **out,
		 struct dmaload_error *err);

/* Return a source of a list by its name, NULL if it has none. */
const struct dmaload_source *source_named(const struct dmaload_sources *sources,
					  const char *name);

/* Return the value of a key in a file of lines "KEY VALUE", such as
 * /proc/vmstat; 0 if it has none. */
uint64_t kernel_figure(const char *path, const char *key);
/* Return MemAvailable, in bytes; 0 if it is unknown. */
uint64_t memory_available(void);

/* Parse a number of bytes, decimal or, after 0x, hexadecimal, with an optional
 * K, M, G or T (powers of 1024). */
bool parse_bytes(const char *text, uint64_t *bytes);

/* "-" */
bool is_standard_input(const char *name);

/* Parse a decimal number up to max. */
bool parse_number(const char *text, uint64_t max, uint64_t *number);

/* A file, or a range of it, and the buffer that it is loaded into or stored
 * from. */
struct pair {
	/* As on the command line; the same pointer for all ranges of a file. */
	const char *name;
	struct dmaload_buffer *buffer;
	/* The range of the file. */
	uint64_t offset;
	uint64_t length;
};

/* A bar on a terminal; silent elsewhere. */
struct progress {
	FILE *out;
	const char *label;
	/* It is a stream of unknown length. */
	bool endless;
	uint64_t begun_ns;
	uint64_t drawn_ns;
	bool drawn;
	/* The columns of the last line. */
	unsigned drawn_length;
	struct meter meter;
};

uint64_t now_ns(void);
void progress_begin(struct progress *progress, const struct settings *settings,
		    const char *label);
void progress_draw(struct progress *progress,
		   const struct dmaload_progress *how);
void progress_end(struct progress *progress);

/* Catch SIGINT, SIGTERM and SIGHUP from now on; the second one ends the
 * process. */
void watch_begin(void);
/* Return -ECANCELED after a signal, which err names. */
int watch_check(struct dmaload_error *err);
/* Return the result of a call of the library; after a signal, err names that
 * too. */
int watch_result(int result, struct dmaload_error *err);
/* Restore the signals, for CMD. */
void watch_end(void);
/* Remove a file in an open directory, of an open fd, if a second signal comes,
 * unless the name is another file's by then; NULL: none. */
void watch_unfinished(int directory, const char *name, int fd);
/* Fill in the options of a call of the library, with the deadline of the
 * command. */
void watch_options(struct dmaload_options *options,
		   const struct settings *settings, struct progress *progress);

/* A file of a load, and its one buffer, or several. */
struct owned {
	struct dmaload_file *file;
	/* The digest of the whole file that the kernel has, or NULL. */
	char *measured;
	struct dmaload_buffer *buffer;
	struct dmaload_spread *spread;
};

struct digests;
struct chosen;

/* The files of one load, each with its own buffers. */
struct files {
	struct dmaload_ctx *ctx;
	struct owned *owned;
	size_t n_owned;
	/* One for each buffer, and at least one for each file. */
	struct pair *pairs;
	size_t count;
	/* One for each pair, or for each tensor. */
	struct dmaload_range *ranges;
	size_t n_ranges;
	/* NULL: whole files are loaded. */
	struct chosen *chosen;
	/* NULL: none is requested. */
	struct digests *digests;
};

/* The request of a load. */
struct request {
	struct settings settings;
	const char *source;
	uint32_t cache;
	/* 0: none. */
	uint64_t limit;
	/* Use several buffers if needed, of at most this size in bytes; 0: as
	 * large as the source allows. */
	bool spread;
	uint64_t spread_max;
	/* Bytes of the one buffer; 0: as many as are loaded. */
	uint64_t size;
	char **names;
	size_t count;
	/* The one FILE is standard input, and that is no file. */
	bool stream;
	/* NULL, or an algorithm; a digest; a file of digests. */
	const char *digest;
	const char *expect;
	const char *expect_file;
	/* The tensors to load of the one FILE, which is a model; none: load the
	 * bytes of the files. align is 0 by default. */
	const char **patterns;
	size_t n_patterns;
	uint64_t align;
	/* NULL, or the program to run with the dma-bufs. */
	char **command;
};

/* Read the arguments. Return false, with an exit code, if the command is not to
 * go on. */
bool load_parse(struct request *request, int argc, char **argv, int *code);

/* Add to an error how to load a pipe or a device that cannot be loaded by
 * name. */
int note_stream(int code, const char *name, struct dmaload_error *err);
/* Open the file of a name, or standard input, where the range may then begin
 * later. */
int load_open(struct owned *owned, const char *name,
	      const struct request *request, struct dmaload_range *range,
	      struct dmaload_error *err);
int files_open(struct files *files, const struct request *request,
	       struct dmaload_error *err);
int files_load(struct files *files, const struct request *request,
	       const struct dmaload_options *options,
	       struct dmaload_report *report, struct dmaload_error *err);
void files_finish(struct files *files);
/* Allocate a buffer of the size that the request or the pair has. */
int files_allocate(struct files *files, struct owned *owned, size_t at,
		   const struct request *request, struct dmaload_error *err);

/*
 * The digests of a load. digests_begin() changes the options of the load, if one
 * was requested; digests_end() receives the result of the load, and returns
 * -EBADMSG if a digest is not the expected one. digests_text() returns the
 * digest of a file, NULL if there is none; digests_print() prints them as
 * sha256sum does.
 */
/* Return whether the kernel may have the digests: see digests_measure(), which
 * sets *out to such a digest, or to NULL. */
bool digests_may_be_measured(const struct request *request);
int digests_measure(char **out, int fd, struct dmaload_error *err);
int digests_begin(struct digests **out, const struct request *request,
		  const struct files *files, struct dmaload_options *options,
		  struct dmaload_error *err);
int digests_end(struct digests *digests, int result, struct dmaload_error *err);
const char *digests_text(const struct digests *digests, size_t i);
void digests_print(const struct digests *digests, FILE *out);
void digests_free(struct digests *digests);

/* Become CMD, with the buffers' fds. If that fails, return an exit code. */
int handover_run(char **command, const struct files *files);
/* Return $DMALOAD_FD; -1 if it is not set or, after a message, is no fd. */
int handover_fd(void);
/* Return the bytes that were loaded into the buffer of this fd; DMALOAD_TO_END
 * if the environment does not have it. */
uint64_t handover_length(int fd);

/* The result of a command. */
struct result {
	/* The names are set, and the files and buffers as far as it came. */
	const struct pair *pairs;
	size_t count;
	/* A file may have several buffers: they are listed, even a single
	 * one. */
	bool spread;
	/* CMD gets the buffers. */
	bool handed_over;
	const struct dmaload_report *report;
	/* -1: not requested; 0: differs; 1: equal. */
	int verified;
	/* NULL: not requested. */
	const struct digests *digests;
	const struct chosen *chosen;
	/* The attributes that FILE has lost by a store, a line each. */
	char **not_kept;
	size_t not_kept_count;
	/* NULL after a success. */
	const struct dmaload_error *error;
};

/* Verification reads as well, so what it leaves in the page cache counts
 * too. */
void result_add_residue(struct dmaload_report *sum,
			const struct dmaload_report *verification);

/* Print as one JSON object, or for people. */
void result_print_json(const struct result *result, FILE *out);
void result_print_text(const struct result *result, FILE *out);

#endif
