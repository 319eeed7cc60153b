/* SPDX-License-Identifier: MIT */
#include "models.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "../pattern.h"

static unsigned char *more(struct bytes *file, size_t length)
{
	unsigned char *begin;

	if (file->room - file->length < length) {
		file->room = 2 * (file->length + length) + 64;
		file->data = realloc(file->data, file->room);
		if (!file->data)
			abort();
	}
	begin = file->data + file->length;
	file->length += length;
	return begin;
}

void put(struct bytes *file, const void *data, size_t length)
{
	if (length > 0)
		memcpy(more(file, length), data, length);
}

void put_text(struct bytes *file, const char *text)
{
	put(file, text, strlen(text));
}

void put_u16(struct bytes *file, uint16_t value)
{
	value = htole16(value);
	put(file, &value, sizeof(value));
}

void put_u32(struct bytes *file, uint32_t value)
{
	value = htole32(value);
	put(file, &value, sizeof(value));
}

void put_u64(struct bytes *file, uint64_t value)
{
	value = htole64(value);
	put(file, &value, sizeof(value));
}

void put_zeros(struct bytes *file, size_t length)
{
	if (length > 0)
		memset(more(file, length), 0, length);
}

void put_padding(struct bytes *file, size_t align)
{
	put_zeros(file, (align - file->length % align) % align);
}

void put_data(struct bytes *file, unsigned tensor, size_t length)
{
	if (length > 0)
		pattern_fill(more(file, length), length,
			     (uint64_t)(tensor + 1) << 32);
}

void bytes_free(struct bytes *file)
{
	free(file->data);
	*file = (struct bytes){ 0 };
}

const struct bad *models_refused(size_t number)
{
	if (number < models.n_bad)
		return &models.bad[number];
	number -= models.n_bad;
	if (number < models.n_unfit)
		return &models.unfit[number];
	number -= models.n_unfit;
	return number < models.n_texts ? &models.texts[number] : NULL;
}
