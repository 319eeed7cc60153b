/* SPDX-License-Identifier: MIT */
#include "setting.h"

#include <stdio.h>
#include <string.h>

#include "fuzz.h"
#include "input.h"
#include "schedule.h"

struct setting setting;

const char *setting_path(const struct node *node)
{
	static char path[64];

	snprintf(path, sizeof(path), "/data/%u",
		 (unsigned)(node - setting.nodes));
	return path;
}

/* Draw the kernel's features. */
static void make_machine(void)
{
	const uint32_t traits = input_word(), more = input_byte();

	fake.no_proc = traits % 8 == 7;
	fake.no_cachestat = traits >> 3 & 1;
	fake.no_dontcache = traits >> 4 & 1;
	setting.crowded = (traits >> 5 & 3) == 2;
	fake.no_populate = (traits >> 7 & 3) == 3;
	fake.hugetlb = traits >> 9 & 1;
	fake.huge_pages = traits >> 10 & 1;
	fake.threads_late = traits >> 11 & 1;
	fake.reads_pin = (traits >> 12 & 3) == 3;
	fake.huge_gap = traits >> 14 & 3;
	fake.order = (enum fake_order)(more % 3);
	fake.batch = more >> 2 & 3;
	fake.submit_most = (more >> 4 & 3) == 3 ? 2 : 0;
	fake.scattered = more >> 6;
	fake.seed = 1 + input_word();
	schedule_seed(fake.seed);
	fake.read_most = input_one_in(8) ? 1 + input_word() : 0;
	fake.map_most = input_one_in(16) ? (size_t)4096 << input_below(8) : 0;
	fake.fds_max = input_one_in(16) ? 24 + input_below(24) : 0;
	if (input_below(4) < 3)
		fake_add_udmabuf();
}

/* Mostly small. A load that is many times the pool compares the paths' speed. */
uint64_t setting_draw_size(void)
{
	const uint32_t style = input_byte();
	const uint64_t size = input_word();

	return style >= 240 ? (256 << 10) + size : size >> style % 4;
}

static void make_node(struct node *node)
{
	static const enum fake_kind kinds[] = {
		FAKE_FILE, FAKE_FILE, FAKE_FILE, FAKE_FILE, FAKE_FILE,
		FAKE_BLOCK, FAKE_PIPE, FAKE_CHAR,
	};
	static const uint32_t blocks[] = { 512, 512, 1024, 4096, 8192, 65536 };
	const enum fake_kind kind = kinds[input_below(8)];
	uint64_t size = setting_draw_size();
	struct fake_node *of;
	uint64_t i;

	if (kind == FAKE_BLOCK)
		size += 512 - size % 512;
	node->will_shrink = node->will_evict = false;
	node->is_stream = kind == FAKE_PIPE || kind == FAKE_CHAR;
	node->came = node->came_most = 0;
	node->is_read = false;
	node->fake = of = fake_add(kind, setting_path(node), size);
	/* Give each file other bytes. */
	for (i = 0; i < size; i++)
		of->bytes[i] ^= (unsigned char)(71 * (node - setting.nodes));
	content_adopt(&node->content, of->bytes, size);
	of->block = blocks[input_below(6)];
	of->st.dio_offset_align = of->block;
	/* A larger alignment than a page would make the results depend on where mmap()
	 * places mappings. */
	of->mem_align = of->block > FAKE_PAGE ? FAKE_PAGE : of->block;
	if (input_one_in(4))
		of->mem_align = 512;
	of->st.dio_mem_align = of->mem_align;
	/* Let the kernel report a wrong alignment, or none. */
	if (input_one_in(16))
		of->st.dio_offset_align = 512 * input_below(3);
	of->st.dio_known = !input_one_in(8);
	/* A block device cannot grow. */
	if (kind == FAKE_BLOCK)
		of->room = size;
	if (node->is_stream) {
		of->comes_most = input_one_in(2) ? 1 + input_below(5000) : 0;
		of->stalls = input_below(4);
	}
}

void setting_make_ctx(void)
{
	const struct dmaload_config config = {
		.size = sizeof(config),
		.chunk_bytes = 4096u << input_below(5),
		.queue_depth = 1 + input_below(9),
		.engine = input_below(3),
	};

	dmaload_ctx_destroy(setting.ctx);
	dmaload_events_destroy(setting.events);
	setting.ctx = NULL;
	setting.chunk_bytes = config.chunk_bytes;
	FUZZ_CHECK(dmaload_ctx_create(&setting.ctx, &config, NULL) == 0);
	FUZZ_CHECK(dmaload_events_create(&setting.events, setting.ctx, NULL) ==
		   0);
}

void setting_make(void)
{
	unsigned i;

	fake_reset();
	setting.ctx = NULL;
	setting.events = NULL;
	setting.jobs = 0;
	setting.faulty = false;
	/* There is no last check to compare with. */
	setting.disturbed = true;
	make_machine();
	for (i = 0; i < NODES; i++)
		make_node(&setting.nodes[i]);
	setting_make_ctx();
	memset(setting.handles, 0, sizeof(setting.handles));
	for (i = 0; i < HANDLES; i++)
		setting_open(&setting.handles[i]);
	for (i = 0; i < BUFFERS; i++) {
		setting.memories[i].buffer = NULL;
		setting.memories[i].view = NULL;
		setting.memories[i].own = NULL;
		setting.memories[i].fd = -1;
		setting_allocate(&setting.memories[i]);
	}
}

void setting_finish(void)
{
	unsigned i;

	dmaload_events_destroy(setting.events);
	dmaload_ctx_destroy(setting.ctx);
	for (i = 0; i < HANDLES; i++)
		setting_close(&setting.handles[i]);
	for (i = 0; i < BUFFERS; i++)
		setting_destroy(&setting.memories[i]);
	fake_check_balanced();
	/* Destroyed buffers must not have changed either. */
	setting_check();
	fuzz_trace = schedule_trace();
	fake_reset();
}

/* Check the bytes around the caller's memory. */
static void check_around(const struct memory *memory)
{
	const unsigned char *at = memory->own, *end = at + memory->own_size;

	for (; at < end; at++)
		if (at == memory->view && memory->buffer)
			at += memory->size - 1;
		else if (*at != 0)
			FUZZ_FAIL("a byte beside the caller's memory is %#x",
				  *at);
}

static void check_stream(struct node *node)
{
	const uint64_t came = node->fake->came;

	if (!node->is_stream)
		return;
	if (came < node->came || came > node->came_most)
		FUZZ_FAIL("a stream stands at %llu, and not %llu to %llu",
			  (unsigned long long)came,
			  (unsigned long long)node->came,
			  (unsigned long long)node->came_most);
	node->came = node->came_most = came;
}

void setting_check(void)
{
	struct memory *memory;
	struct node *node;
	char name[32];
	unsigned i;

	fake_check_quiet();
	for (i = 0; i < NODES; i++) {
		node = &setting.nodes[i];
		snprintf(name, sizeof(name), "file %u", i);
		content_check(&node->content, name, node->fake->bytes,
			      node->fake->size);
		check_stream(node);
	}
	for (i = 0; i < BUFFERS; i++) {
		memory = &setting.memories[i];
		snprintf(name, sizeof(name), "buffer %u", i);
		if (memory->view)
			content_check(&memory->content, name, memory->view,
				      memory->size);
		if (memory->own)
			check_around(memory);
	}
}
