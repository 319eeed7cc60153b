/* SPDX-License-Identifier: MIT */
/* Names in file systems. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "model.h"

static int node_at(const char *path, struct fake_node **node)
{
	struct fake_desc *desc;
	int fd;

	if (sscanf(path, "/proc/self/fd/%d", &fd) == 1) {
		desc = fake.no_proc ? NULL : fake_desc_of(fd);
		*node = desc ? desc->node : NULL;
	} else {
		*node = fake_find(path);
	}
	return *node ? 0 : -ENOENT;
}

int sys_open(const char *path, int flags)
{
	FAKE_LOCKED;
	struct fake_node *node;
	int r = fake_enter(FAKE_OPEN);

	if (r < 0)
		return r;
	r = node_at(path, &node);
	if (r < 0)
		return r;
	if (node->open_error)
		return node->open_error;
	if ((flags & O_DIRECT) && node->direct_error)
		return node->direct_error;
	if (node->kind == FAKE_PIPE && !(flags & O_NONBLOCK))
		fake_trap("opening %s would wait for a writer for ever", path);
	return fake_fd_new(node, flags);
}

int sys_create(const char *path, int flags)
{
	FAKE_LOCKED;
	struct fake_node *node;
	int r;

	if (node_at(path, &node) == 0 && (flags & O_EXCL)) {
		fake_note(FAKE_OPEN);
		return -EEXIST;
	}
	if (node_at(path, &node) < 0) {
		r = fake_enter(FAKE_OPEN);
		if (r < 0)
			return r;
		return fake_fd_new(fake_add(FAKE_FILE, path, 0), flags);
	}
	return sys_open(path, flags);
}

/* No group has a name. */
void sys_group_name(gid_t gid, char *name, size_t size)
{
	FAKE_LOCKED;
	snprintf(name, size, "%u", (unsigned)gid);
}

int sys_stat_path(const char *path, struct sys_stat *st)
{
	FAKE_LOCKED;
	struct fake_node *node;
	int r = fake_enter(FAKE_STAT_PATH);

	if (r == 0)
		r = node_at(path, &node);
	if (r == 0)
		*st = node->st;
	return r;
}

/* Return the name of a node in a directory, or NULL. */
static const char *name_in(const char *dir, const struct fake_node *node)
{
	const size_t length = strlen(dir);

	if (strncmp(node->path, dir, length) != 0 || node->path[length] != '/')
		return NULL;
	return node->path + length + 1;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int sys_list(const char *dir, char ***names, size_t *count)
{
	FAKE_LOCKED;
	const struct fake_node *node;
	int r = fake_enter(FAKE_LIST);
	char **list;
	size_t n = 0;

	if (r < 0)
		return r;
	for (node = fake_nodes(); node; node = node->next)
		n += name_in(dir, node) != NULL;
	if (n == 0 && !fake_find(dir))
		return -ENOENT;

	list = calloc(n + 1, sizeof(*list));
	n = 0;
	for (node = fake_nodes(); list && node; node = node->next)
		if (name_in(dir, node))
			list[n++] = strdup(name_in(dir, node));
	if (!list)
		fake_trap("no memory");
	qsort(list, n, sizeof(*list), by_name);
	*names = list;
	*count = n;
	return 0;
}

#define TEXTS_MAX 32

static struct {
	char path[256];
	const char *text;
	int code;
} texts[TEXTS_MAX];
static unsigned n_texts;
/* A thread that cannot read its status must assume that a filter is active. */
static bool status_was_refused;

void fake_say(const char *path, const char *text, int code)
{
	unsigned i;

	for (i = 0; i < n_texts; i++)
		if (strcmp(texts[i].path, path) == 0)
			break;
	if (i == TEXTS_MAX)
		fake_trap("the model has no text left");
	n_texts += i == n_texts;
	snprintf(texts[i].path, sizeof(texts[i].path), "%s", path);
	texts[i].text = text;
	texts[i].code = code;
}

void fake_texts_reset(void)
{
	FAKE_LOCKED;
	n_texts = 0;
	status_was_refused = false;
}

/* Find the text that a test has set. */
static int find_text(const char *path, const char **says)
{
	unsigned i;

	for (i = 0; i < n_texts; i++) {
		if (strcmp(texts[i].path, path) != 0)
			continue;
		*says = texts[i].text;
		return texts[i].code;
	}
	return 0;
}

bool fake_may_have_filter(void)
{
	FAKE_LOCKED;
	return fake.knows != DMALOAD_SYSCALLS_AUTO || status_was_refused;
}

static bool is_status(const char *path)
{
	return strcmp(path, "/proc/self/status") == 0 ||
	       strcmp(path, "/proc/thread-self/status") == 0;
}

static int read_text(const char *path, const char **says)
{
	int r = fake_enter(FAKE_READ_TEXT);

	*says = NULL;
	if (r == 0)
		r = find_text(path, says);
	if (r < 0 || *says)
		return r;
	if (strcmp(path, "/proc/meminfo") == 0 && !fake.no_proc)
		*says = fake.meminfo;
	else if (is_status(path) &&
		 !(fake.no_thread_self && strstr(path, "thread-self")))
		*says = fake.no_proc ? NULL : fake.status;
	else if (strcmp(path, "/proc/self/cgroup") == 0)
		*says = fake.no_proc ? NULL : fake.cgroup;
	else if (strstr(path, "/udmabuf/parameters/size_limit_mb"))
		*says = fake.udmabuf_limit;
	else if (strstr(path, "/transparent_hugepage/shmem_enabled"))
		*says = fake.shmem_enabled;
	else if (strstr(path, "/transparent_hugepage/hpage_pmd_size"))
		*says = fake.huge_size;
	else if (strstr(path, "/hugepages-2048kB/free_hugepages"))
		*says = fake.huge_free;
	return *says ? 0 : -ENOENT;
}

static int text_of(const char *path, const char **says)
{
	const int r = read_text(path, says);

	status_was_refused |= r < 0 && is_status(path);
	return r;
}

int sys_read_text(const char *path, char *text, size_t size)
{
	FAKE_LOCKED;
	const char *says;
	int r = text_of(path, &says);

	return r < 0 ? r : snprintf(text, size, "%s", says);
}

int sys_read_all(const char *path, char **text)
{
	FAKE_LOCKED;
	const char *says;
	int r = text_of(path, &says);

	if (r < 0)
		return r;
	*text = strdup(says);
	if (!*text)
		fake_trap("no memory");
	return 0;
}
