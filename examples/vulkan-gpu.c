/* SPDX-License-Identifier: MIT */
#include "vulkan-gpu.h"

#include <stdlib.h>
#include <string.h>

#include "fail.h"

enum { DEVICES_MAX = 16, FAMILIES_MAX = 32 };

int gpu_check(VkResult result, const char *function)
{
	if (result == VK_SUCCESS)
		return 0;
	return fail(0, "%s: VkResult %d", function, result);
}

static int has_extension(const VkExtensionProperties *all, uint32_t count,
			 const char *name)
{
	uint32_t i;

	for (i = 0; i < count; i++)
		if (strcmp(all[i].extensionName, name) == 0)
			return 1;
	return 0;
}

static int has_extensions(VkPhysicalDevice physical,
			  const char *const *names, uint32_t count)
{
	VkExtensionProperties *all = NULL;
	uint32_t i, length = 0;
	int has = 0;

	if (vkEnumerateDeviceExtensionProperties(physical, NULL, &length,
						 NULL) == VK_SUCCESS)
		all = calloc(length + 1, sizeof(*all));
	if (all && vkEnumerateDeviceExtensionProperties(
			   physical, NULL, &length, all) == VK_SUCCESS) {
		for (has = 1, i = 0; i < count; i++)
			has &= has_extension(all, length, names[i]);
	}
	free(all);
	return has;
}

static int find_queue(VkPhysicalDevice physical, uint32_t *family)
{
	VkQueueFamilyProperties families[FAMILIES_MAX];
	uint32_t i, count = FAMILIES_MAX;

	vkGetPhysicalDeviceQueueFamilyProperties(physical, &count, families);
	for (i = 0; i < count; i++)
		if (families[i].queueFlags & VK_QUEUE_COMPUTE_BIT) {
			*family = i;
			return 1;
		}
	return 0;
}

static int open_device(struct gpu *gpu, const char *const *extensions,
		       uint32_t count)
{
	static const float priority = 1;
	const VkDeviceQueueCreateInfo queue = {
		.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO,
		.queueFamilyIndex = gpu->family,
		.queueCount = 1,
		.pQueuePriorities = &priority,
	};
	const VkDeviceCreateInfo info = {
		.sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO,
		.queueCreateInfoCount = 1,
		.pQueueCreateInfos = &queue,
		.enabledExtensionCount = count,
		.ppEnabledExtensionNames = extensions,
	};

	if (gpu_check(vkCreateDevice(gpu->physical, &info, NULL, &gpu->device),
		      "vkCreateDevice") < 0)
		return -1;
	vkGetDeviceQueue(gpu->device, gpu->family, 0, &gpu->queue);
	return 0;
}

int gpu_open(struct gpu *gpu, const char *const *extensions, uint32_t count)
{
	const VkApplicationInfo application = {
		.sType = VK_STRUCTURE_TYPE_APPLICATION_INFO,
		.apiVersion = VK_API_VERSION_1_1,
	};
	const VkInstanceCreateInfo info = {
		.sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO,
		.pApplicationInfo = &application,
	};
	VkPhysicalDevice devices[DEVICES_MAX];
	uint32_t i, found = DEVICES_MAX;

	if (gpu_check(vkCreateInstance(&info, NULL, &gpu->instance),
		      "vkCreateInstance") < 0)
		return -1;
	if (vkEnumeratePhysicalDevices(gpu->instance, &found, devices) < 0)
		found = 0;
	for (i = 0; i < found; i++) {
		gpu->physical = devices[i];
		vkGetPhysicalDeviceProperties(devices[i], &gpu->properties);
		if (gpu->properties.apiVersion >= VK_API_VERSION_1_1 &&
		    has_extensions(devices[i], extensions, count) &&
		    find_queue(devices[i], &gpu->family))
			return open_device(gpu, extensions, count);
	}
	return fail(0, "no Vulkan device of %u has %s", found,
		    extensions[count - 1]);
}

void gpu_close(struct gpu *gpu)
{
	if (gpu->device)
		vkDestroyDevice(gpu->device, NULL);
	if (gpu->instance)
		vkDestroyInstance(gpu->instance, NULL);
}

uint32_t gpu_memory_type(const struct gpu *gpu, uint32_t bits,
			 VkMemoryPropertyFlags properties)
{
	VkPhysicalDeviceMemoryProperties memory;
	uint32_t i;

	vkGetPhysicalDeviceMemoryProperties(gpu->physical, &memory);
	for (i = 0; i < memory.memoryTypeCount; i++)
		if (bits & 1u << i && (memory.memoryTypes[i].propertyFlags &
				       properties) == properties)
			return i;
	fail(0, "no type of memory of the %#x fits", bits);
	return UINT32_MAX;
}
