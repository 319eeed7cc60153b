/* SPDX-License-Identifier: MIT */
/*
 * Receives: the name of a file to store into.
 * Hands on: an fd to write to; later, the file under that name, or the file as
 *           it was.
 * Always:   the name is looked up once. The files found are held by fds, so
 *           changing a name meanwhile cannot redirect a write to another file.
 */
#ifndef DESTINATION_H
#define DESTINATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "tool.h"

/* The attributes of the old file that the new one could not be given, a line
 * each. */
struct losses {
	char **texts;
	size_t count;
};

/* Report that something is not kept, and why. */
void losses_add(struct losses *losses, const char *why, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void losses_free(struct losses *losses);

/* Where a file is, or will be: a directory, and a name in it that is not a
 * link. */
struct place {
	/* As on the command line. */
	const char *name;
	/* O_PATH fds of the directory and the file; old is -1 if there was no
	 * file. */
	int directory;
	int old;
	char *base;
};

/* Find the file that a name leads to, or the place for a new one. */
int place_find(struct place *place, const char *name, struct dmaload_error *err);
/* Look up again what the place has now; a file that is gone stays in old. */
int place_refresh(struct place *place, struct dmaload_error *err);
/* Refuse a file that cannot be replaced, before any byte is written. If newer
 * system calls are forbidden, nothing is refused here. */
int place_check(const struct place *place, bool in_place, bool newer,
		struct dmaload_error *err);
/* Return the end of a message that says whether --in-place would help, or an
 * empty text. */
const char *place_hint(const struct place *place, int code);
void place_free(struct place *place);

/* Return true if two fds are of one file. */
bool is_same_file(int a, int b);
/* Compare an fd with a name in a directory. Return 1 if they are one file, 0 if
 * not, or -errno. */
int is_same_name(int directory, const char *name, int fd);

/* The file that is stored into. */
struct destination {
	struct place place;
	int fd;
	/* Write to the file itself, and not to a new one that replaces it. */
	bool in_place;
	/* The new file's name in the directory, while it has one. */
	char *temporary;
	/* The size to restore; SIZE_STAYS: do not change the size. */
	uint64_t old_size;
	/* Rights that the kernel may remove from a file that is written to. */
	struct privileges {
		mode_t bits;
		bool capability;
	} old_privileges;
	struct losses losses;
};

#define SIZE_STAYS UINT64_MAX

/* An empty destination, which can be closed. */
#define DESTINATION_NONE (struct destination){			\
		.place = { .directory = -1, .old = -1 },	\
		.fd = -1,					\
		.old_size = SIZE_STAYS,				\
	}

/* Open a destination. With in_place, write into an existing file. It is
 * readable, too, if the settings have it verified. */
int destination_open(struct destination *destination, const char *name,
		     bool in_place, const struct settings *settings,
		     struct dmaload_error *err);
/* Make the written bytes the file, of this length. */
int destination_commit(struct destination *destination, uint64_t length,
		       bool durable, struct dmaload_error *err);
/* Return the text of what has become of the file. written: whether any byte may
 * have been written. */
const char *destination_state(const struct destination *destination,
			      bool written);
/* Undo what is not committed. */
void destination_close(struct destination *destination);

/* The two kinds. */
int replacement_make(struct destination *destination, struct dmaload_error *err);
int replacement_commit(struct destination *destination, bool durable,
		       struct dmaload_error *err);
void replacement_remove(struct destination *destination);
int in_place_open(struct destination *destination, bool readable,
		  struct dmaload_error *err);
int in_place_commit(struct destination *destination, uint64_t length,
		    bool durable, struct dmaload_error *err);
void in_place_undo(struct destination *destination);

/*
 * Give a new file the group, owner, mode, ACL and extended attributes of the
 * old one. Add to losses whatever cannot be given, and narrow the rights that
 * depend on it. No user gets a right that the old file did not give.
 */
int inherit(int fd, int old, struct losses *losses, struct dmaload_error *err);

#endif
