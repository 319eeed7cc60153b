/* SPDX-License-Identifier: MIT */
/* Digests of the files, from the bytes that go by in the load. */
#include "tool.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <dmaload-digest.h>

/* A million files with long names. */
#define LIST_MAX ((size_t)256 << 20)

struct digests {
	struct dmaload_digest *digest;
	struct dmaload_digest_list *list;
	struct dmaload_transform transform;
	const struct files *files;
	char algorithm[DMALOAD_DIGEST_SIZE];
	/* NULL: those of the list, or none. */
	const char *expected;
	size_t count;
	char (*texts)[DMALOAD_DIGEST_SIZE];
};

static int read_all(int fd, char **text, size_t *length)
{
	size_t room = 65536;
	char *more;
	ssize_t n = 1;

	*text = NULL;
	for (*length = 0; n > 0; *length += (size_t)n) {
		room *= 2;
		more = room <= LIST_MAX ? realloc(*text, room) : NULL;
		if (!more)
			return room <= LIST_MAX ? -ENOMEM : -EFBIG;
		*text = more;
		n = read(fd, *text + *length, room - *length);
		if (n < 0)
			return -errno;
		if (*length + (size_t)n < room / 2)
			room /= 2;
	}
	return 0;
}

static int read_list(struct digests *digests, const struct request *request,
		     struct dmaload_error *err)
{
	const int fd = open(request->expect_file, O_RDONLY | O_CLOEXEC);
	char *text = NULL;
	size_t length = 0;
	int r = fd < 0 ? -errno : read_all(fd, &text, &length);

	if (fd >= 0)
		close(fd);
	if (r < 0)
		r = explain(err, r, "cannot read %s: %s", request->expect_file,
			    strerror(-r));
	else
		r = dmaload_digest_list_create(&digests->list, text, length,
					       request->digest, err);
	free(text);
	return r;
}

/* Return the digest that a file must have, or NULL. */
static const char *expected_of(const struct digests *digests, size_t i)
{
	const char *name = digests->files->pairs[i].name;
	size_t n;

	if (!digests->list)
		return digests->expected;
	for (n = 0; n < dmaload_digest_list_count(digests->list); n++)
		if (strcmp(dmaload_digest_list_name(digests->list, n), name) == 0)
			return dmaload_digest_list_digest(digests->list, n);
	return NULL;
}

/* Each FILE must be in the list, before any is loaded. Take the algorithm from
 * the first one. */
static int choose(struct digests *digests, const struct request *request,
		  struct dmaload_error *err)
{
	const char *expected = NULL;
	size_t i;

	for (i = 0; i < digests->count; i++) {
		expected = expected_of(digests, i);
		if (digests->list && !expected)
			return explain(err, -ENOENT, "%s is not in %s: pass the "
				       "name as it is there",
				       digests->files->pairs[i].name,
				       request->expect_file);
	}
	if (request->digest) {
		snprintf(digests->algorithm, sizeof(digests->algorithm), "%s",
			 request->digest);
		return 0;
	}
	snprintf(digests->algorithm, sizeof(digests->algorithm), "%.*s",
		 (int)strcspn(expected, ":"), expected);
	return 0;
}

static int prepare(struct digests *digests, const struct request *request,
		   struct dmaload_error *err)
{
	char text[DMALOAD_DIGEST_SIZE];
	int r = 0;

	if (request->expect)
		r = dmaload_digest_parse(text, request->expect, err);
	digests->expected = request->expect;
	if (r == 0 && request->expect_file)
		r = read_list(digests, request, err);
	if (r == 0)
		r = choose(digests, request, err);
	if (r == 0)
		r = dmaload_digest_create(&digests->digest, digests->algorithm,
					  digests->count, err);
	return r;
}

/* The kernel has the digest of a whole file only. */
bool digests_may_be_measured(const struct request *request)
{
	return request->settings.offset == 0 &&
	       request->settings.length == DMALOAD_TO_END &&
	       ((request->digest && strcmp(request->digest, "fsverity") == 0) ||
		(request->expect && strncmp(request->expect, "fsverity:", 9) == 0));
}

int digests_measure(char **out, int fd, struct dmaload_error *err)
{
	char text[DMALOAD_DIGEST_SIZE];

	*out = NULL;
	/* Without a digest of its own, the bytes tell. */
	if (dmaload_digest_measure(fd, text, err) < 0)
		return 0;
	*out = strdup(text);
	return *out ? 0 : explain(err, -ENOMEM, "no memory for a digest");
}

/* Return whether no byte need be hashed. */
static bool all_measured(const struct files *files)
{
	size_t i;

	for (i = 0; i < files->n_owned; i++)
		if (!files->owned[i].measured)
			return false;
	return true;
}

int digests_begin(struct digests **out, const struct request *request,
		  const struct files *files, struct dmaload_options *options,
		  struct dmaload_error *err)
{
	struct digests *digests;
	bool verity;
	int r;

	*out = NULL;
	if (!request->digest && !request->expect && !request->expect_file)
		return 0;
	*out = digests = calloc(1, sizeof(*digests));
	if (!digests)
		return explain(err, -ENOMEM, "no memory for digests");
	digests->files = files;
	digests->count = files->count;
	r = prepare(digests, request, err);
	if (r < 0)
		return r;
	digests->texts = calloc(digests->count, sizeof(*digests->texts));
	if (!digests->texts)
		return explain(err, -ENOMEM, "no memory for digests");
	verity = strcmp(digests->algorithm, "fsverity") == 0;
	digests->transform = (struct dmaload_transform){
		.size = sizeof(digests->transform),
		.unit = verity ? DMALOAD_DIGEST_UNIT : 0,
		.flags = DMALOAD_PIECES_COPIED |
			 (verity ? DMALOAD_PIECES_AT_ONCE : DMALOAD_PIECES_IN_ORDER),
		.function = dmaload_digest_piece,
		.data = digests->digest,
	};
	if (!all_measured(files))
		options->transform = &digests->transform;
	return 0;
}

/* The digest is of the size that the file had. */
static int check_size(const struct pair *pair, const struct dmaload_range *range,
		      struct dmaload_error *err)
{
	struct stat st;

	if (range->length != DMALOAD_TO_END || stat(pair->name, &st) < 0 ||
	    !S_ISREG(st.st_mode) ||
	    (uint64_t)st.st_size == pair->offset + pair->length)
		return 0;
	return explain(err, -EBADMSG, "%s changed while it was loaded: it had %"
		       PRIu64 " bytes, and has %" PRIu64, pair->name,
		       pair->offset + pair->length, (uint64_t)st.st_size);
}

static int check_one(struct digests *digests, size_t i, struct dmaload_error *err)
{
	const struct pair *pair = &digests->files->pairs[i];
	const char *expected = expected_of(digests, i);
	struct dmaload_error why;
	int r = 0;

	if (digests->files->owned[i].measured)
		snprintf(digests->texts[i], DMALOAD_DIGEST_SIZE, "%s",
			 digests->files->owned[i].measured);
	else
		r = dmaload_digest_result(digests->digest, i, digests->texts[i], err);
	if (r < 0 || !expected)
		return r;
	r = dmaload_digest_compare(digests->texts[i], expected, &why);
	if (r < 0)
		return explain(err, r, "%s: %s", pair->name, why.message);
	return check_size(pair, &digests->files->ranges[i], err);
}

int digests_end(struct digests *digests, int result, struct dmaload_error *err)
{
	char text[DMALOAD_DIGEST_SIZE];
	struct dmaload_error why;
	size_t i;

	if (!digests)
		return result;
	/* The function stopped the load: why? */
	for (i = 0; result == -ECANCELED && i < digests->count; i++)
		if (dmaload_digest_result(digests->digest, i, text, &why) < 0)
			return explain(err, why.code, "%s: %s",
				       digests->files->pairs[i].name, why.message);
	for (i = 0; result == 0 && i < digests->count; i++)
		result = check_one(digests, i, err);
	return result;
}

const char *digests_text(const struct digests *digests, size_t i)
{
	return digests && digests->texts && digests->texts[i][0] ?
	       digests->texts[i] : NULL;
}

/* sha256sum escapes names that are more than a line. */
static void print_name(const char *name, FILE *out)
{
	for (; *name; name++) {
		if (*name == '\\' || *name == '\n' || *name == '\r')
			putc('\\', out);
		putc(*name == '\n' ? 'n' : *name == '\r' ? 'r' : *name, out);
	}
}

void digests_print(const struct digests *digests, FILE *out)
{
	const char *name, *digits;
	size_t i;

	for (i = 0; digests && i < digests->count; i++) {
		name = digests->files->pairs[i].name;
		digits = strchr(digests->texts[i], ':') + 1;
		/* As "fsverity digest" prints it. */
		if (strcmp(digests->algorithm, "fsverity") == 0) {
			fprintf(out, "sha256:%s %s\n", digits, name);
			continue;
		}
		fprintf(out, "%s%s  ", strpbrk(name, "\\\n\r") ? "\\" : "", digits);
		print_name(name, out);
		putc('\n', out);
	}
}

void digests_free(struct digests *digests)
{
	if (!digests)
		return;
	dmaload_digest_destroy(digests->digest);
	dmaload_digest_list_destroy(digests->list);
	free(digests->texts);
	free(digests);
}
