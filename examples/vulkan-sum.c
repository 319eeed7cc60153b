/* SPDX-License-Identifier: MIT */
/*
 * Load weights into a dma-buf, import it into Vulkan without a copy, and let a
 * compute shader add them up. The CPU does the same, and compares.
 *
 *   vulkan-sum FILE [SOURCE]
 *
 * The weights are signed and have 8 bits, so any file will do.
 *
 * Build it by:
 *
 *   glslangValidator -V --variable-name sum_code -o vulkan-sum.h vulkan-sum.comp
 *   cc -D_GNU_SOURCE -o vulkan-sum vulkan-sum.c vulkan-gpu.c vulkan-run.c fail.c \
 *	$(pkg-config --cflags --libs dmaload vulkan)
 */
#include <dmaload.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "fail.h"
#include "vulkan-gpu.h"
#include "vulkan-sum.h"

enum { SUMS = 4096 }; /* invocations of the shader */

#define DMA_BUF VK_EXTERNAL_MEMORY_HANDLE_TYPE_DMA_BUF_BIT_EXT

/* The last one is the rarest, and named if it is missing. */
static const char *const EXTENSIONS[] = {
	VK_KHR_EXTERNAL_MEMORY_FD_EXTENSION_NAME,
	VK_EXT_QUEUE_FAMILY_FOREIGN_EXTENSION_NAME,
	VK_EXT_EXTERNAL_MEMORY_DMA_BUF_EXTENSION_NAME,
};

/* A buffer of Vulkan, with all of its memory. */
struct block {
	VkBuffer buffer;
	VkDeviceMemory memory;
};

static void block_free(const struct gpu *gpu, struct block *block)
{
	if (!gpu->device)
		return;
	vkDestroyBuffer(gpu->device, block->buffer, NULL);
	vkFreeMemory(gpu->device, block->memory, NULL);
}

static int check_support(const struct gpu *gpu, uint64_t bytes)
{
	const VkPhysicalDeviceExternalBufferInfo info = {
		.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_EXTERNAL_BUFFER_INFO,
		.usage = VK_BUFFER_USAGE_STORAGE_BUFFER_BIT,
		.handleType = DMA_BUF,
	};
	VkExternalBufferProperties properties = {
		.sType = VK_STRUCTURE_TYPE_EXTERNAL_BUFFER_PROPERTIES,
	};

	if (bytes > gpu->properties.limits.maxStorageBufferRange)
		return fail(0, "%s: a shader sees %u bytes of a buffer at most",
			    gpu->properties.deviceName,
			    gpu->properties.limits.maxStorageBufferRange);
	vkGetPhysicalDeviceExternalBufferProperties(gpu->physical, &info,
						    &properties);
	if (!(properties.externalMemoryProperties.externalMemoryFeatures &
	      VK_EXTERNAL_MEMORY_FEATURE_IMPORTABLE_BIT))
		return fail(0, "%s imports no dma-buf as a buffer",
			    gpu->properties.deviceName);
	return 0;
}

/* Which types of memory a dma-buf can be depends on the driver and on who made
 * it. */
static int memory_types(const struct gpu *gpu, int fd, uint32_t *bits)
{
	PFN_vkGetMemoryFdPropertiesKHR get_properties;
	VkMemoryFdPropertiesKHR properties = {
		.sType = VK_STRUCTURE_TYPE_MEMORY_FD_PROPERTIES_KHR,
	};

	get_properties = (PFN_vkGetMemoryFdPropertiesKHR)vkGetDeviceProcAddr(
		gpu->device, "vkGetMemoryFdPropertiesKHR");
	if (!get_properties)
		return fail(0, "no vkGetMemoryFdPropertiesKHR");
	if (gpu_check(get_properties(gpu->device, DMA_BUF, fd, &properties),
		      "vkGetMemoryFdPropertiesKHR") < 0)
		return -1;
	*bits &= properties.memoryTypeBits;
	return 0;
}

/*
 * A successful import takes the fd over, and Vulkan closes it. So it gets a
 * duplicate, and the buffer keeps its own.
 */
static int import_memory(const struct gpu *gpu, int fd, struct block *block,
			 const VkMemoryRequirements *needs, uint32_t type)
{
	const VkMemoryDedicatedAllocateInfo dedicated = {
		.sType = VK_STRUCTURE_TYPE_MEMORY_DEDICATED_ALLOCATE_INFO,
		.buffer = block->buffer, /* some drivers want to know it */
	};
	const VkImportMemoryFdInfoKHR import = {
		.sType = VK_STRUCTURE_TYPE_IMPORT_MEMORY_FD_INFO_KHR,
		.pNext = &dedicated,
		.handleType = DMA_BUF,
		.fd = fcntl(fd, F_DUPFD_CLOEXEC, 0),
	};
	const VkMemoryAllocateInfo info = {
		.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO,
		.pNext = &import,
		.allocationSize = needs->size,
		.memoryTypeIndex = type,
	};

	if (import.fd < 0)
		return fail(0, "no fd is free");
	if (gpu_check(vkAllocateMemory(gpu->device, &info, NULL,
				       &block->memory),
		      "vkAllocateMemory") < 0) {
		close(import.fd);
		return -1;
	}
	return gpu_check(vkBindBufferMemory(gpu->device, block->buffer,
					    block->memory, 0),
			 "vkBindBufferMemory");
}

static int import(const struct gpu *gpu, const struct dmaload_buffer *weights,
		  struct block *block)
{
	const VkExternalMemoryBufferCreateInfo external = {
		.sType = VK_STRUCTURE_TYPE_EXTERNAL_MEMORY_BUFFER_CREATE_INFO,
		.handleTypes = DMA_BUF,
	};
	const VkBufferCreateInfo info = {
		.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO,
		.pNext = &external,
		.size = dmaload_buffer_size(weights),
		.usage = VK_BUFFER_USAGE_STORAGE_BUFFER_BIT,
	};
	const int fd = dmaload_buffer_fd(weights);
	VkMemoryRequirements needs;
	uint32_t type;

	if (check_support(gpu, info.size) < 0 ||
	    gpu_check(vkCreateBuffer(gpu->device, &info, NULL, &block->buffer),
		      "vkCreateBuffer") < 0)
		return -1;
	vkGetBufferMemoryRequirements(gpu->device, block->buffer, &needs);
	if (needs.size > info.size)
		return fail(0, "%s wants %" PRIu64 " bytes, the buffer has %"
			    PRIu64, gpu->properties.deviceName, needs.size,
			    info.size);
	if (memory_types(gpu, fd, &needs.memoryTypeBits) < 0)
		return -1;
	type = gpu_memory_type(gpu, needs.memoryTypeBits, 0);
	if (type == UINT32_MAX)
		return -1;
	return import_memory(gpu, fd, block, &needs, type);
}

/* Make a buffer for the sums, in memory that the CPU sees. */
static int make_sums(const struct gpu *gpu, struct block *block)
{
	const VkBufferCreateInfo info = {
		.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO,
		.size = SUMS * sizeof(int32_t),
		.usage = VK_BUFFER_USAGE_STORAGE_BUFFER_BIT,
	};
	VkMemoryAllocateInfo memory = {
		.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO,
	};
	VkMemoryRequirements needs;

	if (gpu_check(vkCreateBuffer(gpu->device, &info, NULL, &block->buffer),
		      "vkCreateBuffer") < 0)
		return -1;
	vkGetBufferMemoryRequirements(gpu->device, block->buffer, &needs);
	memory.allocationSize = needs.size;
	memory.memoryTypeIndex = gpu_memory_type(
		gpu, needs.memoryTypeBits,
		VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT |
			VK_MEMORY_PROPERTY_HOST_COHERENT_BIT);
	if (memory.memoryTypeIndex == UINT32_MAX ||
	    gpu_check(vkAllocateMemory(gpu->device, &memory, NULL,
				       &block->memory),
		      "vkAllocateMemory") < 0)
		return -1;
	return gpu_check(vkBindBufferMemory(gpu->device, block->buffer,
					    block->memory, 0),
			 "vkBindBufferMemory");
}

static int sum_on_gpu(const struct gpu *gpu, const struct block *weights,
		      int64_t *total)
{
	struct block sums = { 0 };
	void *map = NULL;
	int i, r;

	r = make_sums(gpu, &sums);
	if (r == 0)
		r = gpu_run(gpu, sum_code, sizeof(sum_code), weights->buffer,
			    sums.buffer);
	if (r == 0)
		r = gpu_check(vkMapMemory(gpu->device, sums.memory, 0,
					  VK_WHOLE_SIZE, 0, &map),
			      "vkMapMemory");
	for (*total = i = 0; r == 0 && i < SUMS; i++)
		*total += ((const int32_t *)map)[i];
	block_free(gpu, &sums);
	return r;
}

static int compare(const struct gpu *gpu, const struct dmaload_buffer *buffer,
		   int64_t on_gpu)
{
	const int8_t *weights = dmaload_buffer_map(buffer);
	const uint64_t count = dmaload_buffer_size(buffer);
	int64_t on_cpu = 0;
	uint64_t i;

	for (i = 0; i < count; i++)
		on_cpu += weights[i];
	printf("from %s: the sum is %" PRId64 " on %s, %" PRId64
	       " on the CPU\n", dmaload_buffer_source(buffer), on_gpu,
	       gpu->properties.deviceName, on_cpu);
	return on_gpu == on_cpu ? 0 : fail(0, "the sums differ");
}

int main(int argc, char **argv)
{
	struct dmaload_buffer *weights;
	struct block imported = { 0 };
	struct dmaload_error err;
	struct gpu gpu = { 0 };
	int64_t sum;
	int r;

	if (argc < 2) {
		fprintf(stderr, "usage: %s FILE [SOURCE]\n", argv[0]);
		return 2;
	}
	/* The bytes behind the end of the file are 0. */
	if (dmaload_load_file(&weights, argv[1], argv[2], NULL, NULL, &err) < 0)
		return -fail(0, "%s", err.message);
	r = gpu_open(&gpu, EXTENSIONS,
		     sizeof(EXTENSIONS) / sizeof(EXTENSIONS[0]));
	if (r == 0)
		r = import(&gpu, weights, &imported);
	if (r == 0)
		r = sum_on_gpu(&gpu, &imported, &sum);
	if (r == 0)
		r = compare(&gpu, weights, sum);
	block_free(&gpu, &imported);
	gpu_close(&gpu);
	dmaload_buffer_destroy(weights);
	return -r;
}
