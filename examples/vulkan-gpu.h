/* SPDX-License-Identifier: MIT */
/* A Vulkan device that runs one compute shader. */
#ifndef VULKAN_GPU_H
#define VULKAN_GPU_H

#include <stddef.h>
#include <stdint.h>
#include <vulkan/vulkan.h>

struct gpu {
	VkInstance instance;
	VkPhysicalDevice physical;
	VkPhysicalDeviceProperties properties;
	VkDevice device;
	VkQueue queue;
	uint32_t family; /* of the queue */
};

/* All return 0, or -1 after a message. The destructors take what is zero. */

/* Print the name of a function and its error. */
int gpu_check(VkResult result, const char *function);

/* Open the first device with these extensions, and with a queue that computes. */
int gpu_open(struct gpu *gpu, const char *const *extensions, uint32_t count);
void gpu_close(struct gpu *gpu);

/* Return the first type of memory among the bits that has these properties, or
 * UINT32_MAX after a message. */
uint32_t gpu_memory_type(const struct gpu *gpu, uint32_t bits,
			 VkMemoryPropertyFlags properties);

/*
 * Run a shader in 64 work groups, and wait for it. Binding 0 is the first buffer,
 * which another device or the CPU has filled. Binding 1 is the second, which the
 * CPU will read.
 */
int gpu_run(const struct gpu *gpu, const uint32_t *code, size_t code_bytes,
	    VkBuffer input, VkBuffer output);

#endif
