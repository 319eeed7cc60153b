/* SPDX-License-Identifier: MIT */
/* Damage files at random, in the same way each time. */
#include "models.h"

#include <string.h>

#include "../pattern.h"

uint64_t draw(uint64_t *seed, uint64_t below)
{
	return pattern_word((*seed)++) % below;
}

static void overwrite(struct bytes *file, uint64_t *seed)
{
	const struct token *token = &models.tokens[draw(seed, models.n_tokens)];
	const size_t at = draw(seed, file->length);
	size_t n = file->length - at;

	if (n > token->length)
		n = token->length;
	memcpy(file->data + at, token->data, n);
}

/* Insert, remove or repeat bytes. */
static void shift(struct bytes *file, uint64_t *seed)
{
	const struct token *token = &models.tokens[draw(seed, models.n_tokens)];
	const size_t at = draw(seed, file->length);
	const size_t rest = file->length - at;
	const size_t cut = draw(seed, rest < 30 ? rest : 30);
	struct bytes made = { 0 };

	put(&made, file->data, at);
	switch (draw(seed, 3)) {
	case 0: put(&made, token->data, token->length); break;
	case 1: put(&made, file->data + at, cut); break;
	default: break;
	}
	if (draw(seed, 2))
		put(&made, file->data + at + cut, rest - cut);
	else
		put(&made, file->data + at, rest);
	bytes_free(file);
	*file = made;
}

void mutate(struct bytes *file, uint64_t *seed)
{
	size_t n = 1 + draw(seed, 4);

	while (n-- > 0 && file->length > 0) {
		switch (draw(seed, 6)) {
		case 0:
			file->data[draw(seed, file->length)] ^=
				(unsigned char)(1u << draw(seed, 8));
			break;
		case 1:
			file->data[draw(seed, file->length)] =
				(unsigned char)draw(seed, 256);
			break;
		case 2:
		case 3:
			overwrite(file, seed);
			break;
		case 4:
			shift(file, seed);
			break;
		default:
			if (draw(seed, 4) == 0)
				file->length -= draw(seed, file->length);
			break;
		}
	}
}
