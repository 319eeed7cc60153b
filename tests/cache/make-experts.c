/* SPDX-License-Identifier: MIT */
/*
 * Write GGUF files with stacked experts into a folder: experts.gguf, and others
 * that examples/experts.c must refuse.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../integration/formats/gguf_models.h"

/* As in many models, layer 0 has no experts. Offsets are multiples of 32 only,
 * and the tensors of an expert differ in size. */
static struct known model[] = {
	{ "token_embd.weight", "F16", "[64,41]", 5248, 0 },
	{ "blk.0.ffn_up.weight", "Q4_K", "[256,5]", 720, 0 },
	{ "blk.1.ffn_gate_exps.weight", "Q4_K", "[256,96,16]", 221184, 0 },
	{ "blk.1.ffn_up_exps.weight", "Q4_K", "[256,96,16]", 221184, 0 },
	{ "blk.1.ffn_down_exps.weight", "Q8_0", "[96,256,16]", 417792, 0 },
	{ "blk.1.ffn_gate_inp.weight", "F32", "[256,16]", 16384, 0 },
	{ "blk.2.ffn_gate_exps.weight", "Q4_K", "[256,96,16]", 221184, 0 },
	{ "blk.2.ffn_up_exps.weight", "Q4_K", "[256,96,16]", 221184, 0 },
	{ "blk.2.ffn_down_exps.weight", "Q8_0", "[96,256,16]", 417792, 0 },
	{ "blk.2.ffn_down_exps.bias", "F32", "[96,16]", 6144, 0 },
	{ "blk.10.ffn_gate_exps.weight", "Q4_K", "[256,96,16]", 221184, 0 },
	{ "blk.10.ffn_up_exps.weight", "Q4_K", "[256,96,16]", 221184, 0 },
	{ "blk.10.ffn_down_exps.weight", "Q8_0", "[96,256,16]", 417792, 0 },
	{ "output_exps.weight", "I8", "[5,3,2]", 30, 0 },
};
static struct known uneven[] = {
	{ "blk.0.ffn_up_exps.weight", "I8", "[4096,2,8]", 65536, 0 },
	{ "blk.1.ffn_up_exps.weight", "I8", "[4096,2,9]", 73728, 0 },
};
static struct known none[] = {
	{ "blk.0.ffn_up_exps.weight", "I8", "[4096,2]", 8192, 0 },
	{ "blk.x.ffn_up_exps.weight", "I8", "[4096,2,2]", 16384, 0 },
};

static void make(const char *dir, const char *name, struct known *tensors,
		 size_t count)
{
	struct bytes bytes = { 0 };
	char path[4096];
	FILE *file;

	gguf_start(&bytes, count, GGUF_METADATA);
	gguf_metadata(&bytes);
	gguf_finish(&bytes, tensors, count, 32, 0);
	snprintf(path, sizeof(path), "%s/%s.gguf", dir, name);
	file = fopen(path, "wb");
	if (!file || fwrite(bytes.data, 1, bytes.length, file) != bytes.length ||
	    fclose(file) != 0) {
		perror(path);
		exit(1);
	}
	bytes_free(&bytes);
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: %s DIR\n", argv[0]);
		return 2;
	}
	make(argv[1], "experts", model, sizeof(model) / sizeof(model[0]));
	make(argv[1], "uneven", uneven, 2);
	make(argv[1], "none", none, 2);
	return 0;
}
