/* SPDX-License-Identifier: MIT */
#include "vulkan-gpu.h"

enum { BINDINGS = 2, GROUPS = 64 };

struct run {
	VkDescriptorSetLayout set_layout;
	VkPipelineLayout layout;
	VkShaderModule shader;
	VkPipeline pipeline;
	VkDescriptorPool sets;
	VkDescriptorSet set;
	VkCommandPool commands;
	VkCommandBuffer command;
};

static int make_layouts(const struct gpu *gpu, struct run *run)
{
	VkDescriptorSetLayoutBinding bindings[BINDINGS];
	const VkDescriptorSetLayoutCreateInfo set = {
		.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO,
		.bindingCount = BINDINGS,
		.pBindings = bindings,
	};
	const VkPipelineLayoutCreateInfo pipeline = {
		.sType = VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO,
		.setLayoutCount = 1,
		.pSetLayouts = &run->set_layout,
	};
	uint32_t i;

	for (i = 0; i < BINDINGS; i++)
		bindings[i] = (VkDescriptorSetLayoutBinding){
			.binding = i,
			.descriptorType = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER,
			.descriptorCount = 1,
			.stageFlags = VK_SHADER_STAGE_COMPUTE_BIT,
		};
	if (gpu_check(vkCreateDescriptorSetLayout(gpu->device, &set, NULL,
						  &run->set_layout),
		      "vkCreateDescriptorSetLayout") < 0)
		return -1;
	return gpu_check(vkCreatePipelineLayout(gpu->device, &pipeline, NULL,
						&run->layout),
			 "vkCreatePipelineLayout");
}

static int make_pipeline(const struct gpu *gpu, struct run *run,
			 const uint32_t *code, size_t code_bytes)
{
	const VkShaderModuleCreateInfo shader = {
		.sType = VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO,
		.codeSize = code_bytes,
		.pCode = code,
	};
	VkComputePipelineCreateInfo pipeline = {
		.sType = VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO,
		.stage = {
			.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO,
			.stage = VK_SHADER_STAGE_COMPUTE_BIT,
			.pName = "main",
		},
		.layout = run->layout,
	};

	if (gpu_check(vkCreateShaderModule(gpu->device, &shader, NULL,
					   &run->shader),
		      "vkCreateShaderModule") < 0)
		return -1;
	pipeline.stage.module = run->shader;
	return gpu_check(vkCreateComputePipelines(gpu->device, VK_NULL_HANDLE,
						  1, &pipeline, NULL,
						  &run->pipeline),
			 "vkCreateComputePipelines");
}

static int make_set(const struct gpu *gpu, struct run *run,
		    const VkBuffer buffers[BINDINGS])
{
	const VkDescriptorPoolSize size = {
		VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, BINDINGS,
	};
	const VkDescriptorPoolCreateInfo pool = {
		.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO,
		.maxSets = 1,
		.poolSizeCount = 1,
		.pPoolSizes = &size,
	};
	VkDescriptorSetAllocateInfo set = {
		.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_ALLOCATE_INFO,
		.descriptorSetCount = 1,
		.pSetLayouts = &run->set_layout,
	};
	uint32_t i;

	if (gpu_check(vkCreateDescriptorPool(gpu->device, &pool, NULL,
					     &run->sets),
		      "vkCreateDescriptorPool") < 0)
		return -1;
	set.descriptorPool = run->sets;
	if (gpu_check(vkAllocateDescriptorSets(gpu->device, &set, &run->set),
		      "vkAllocateDescriptorSets") < 0)
		return -1;
	for (i = 0; i < BINDINGS; i++) {
		const VkDescriptorBufferInfo buffer = {
			.buffer = buffers[i], .range = VK_WHOLE_SIZE,
		};
		const VkWriteDescriptorSet write = {
			.sType = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET,
			.dstSet = run->set,
			.dstBinding = i,
			.descriptorCount = 1,
			.descriptorType = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER,
			.pBufferInfo = &buffer,
		};

		vkUpdateDescriptorSets(gpu->device, 1, &write, 0, NULL);
	}
	return 0;
}

static int begin(const struct gpu *gpu, struct run *run)
{
	const VkCommandPoolCreateInfo pool = {
		.sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO,
		.queueFamilyIndex = gpu->family,
	};
	VkCommandBufferAllocateInfo command = {
		.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO,
		.level = VK_COMMAND_BUFFER_LEVEL_PRIMARY,
		.commandBufferCount = 1,
	};
	const VkCommandBufferBeginInfo info = {
		.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO,
		.flags = VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT,
	};

	if (gpu_check(vkCreateCommandPool(gpu->device, &pool, NULL,
					  &run->commands),
		      "vkCreateCommandPool") < 0)
		return -1;
	command.commandPool = run->commands;
	if (gpu_check(vkAllocateCommandBuffers(gpu->device, &command,
					       &run->command),
		      "vkAllocateCommandBuffers") < 0)
		return -1;
	return gpu_check(vkBeginCommandBuffer(run->command, &info),
			 "vkBeginCommandBuffer");
}

/*
 * The input comes from outside of Vulkan, so the queue first acquires it: without
 * this, a GPU could read old bytes from its caches.
 */
static void record(const struct gpu *gpu, const struct run *run,
		   VkBuffer input)
{
	const VkBufferMemoryBarrier acquire = {
		.sType = VK_STRUCTURE_TYPE_BUFFER_MEMORY_BARRIER,
		.dstAccessMask = VK_ACCESS_SHADER_READ_BIT,
		.srcQueueFamilyIndex = VK_QUEUE_FAMILY_FOREIGN_EXT,
		.dstQueueFamilyIndex = gpu->family,
		.buffer = input,
		.size = VK_WHOLE_SIZE,
	};
	const VkMemoryBarrier publish = {
		.sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER,
		.srcAccessMask = VK_ACCESS_SHADER_WRITE_BIT,
		.dstAccessMask = VK_ACCESS_HOST_READ_BIT,
	};

	vkCmdPipelineBarrier(run->command, VK_PIPELINE_STAGE_TOP_OF_PIPE_BIT,
			     VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT, 0, 0, NULL,
			     1, &acquire, 0, NULL);
	vkCmdBindPipeline(run->command, VK_PIPELINE_BIND_POINT_COMPUTE,
			  run->pipeline);
	vkCmdBindDescriptorSets(run->command, VK_PIPELINE_BIND_POINT_COMPUTE,
				run->layout, 0, 1, &run->set, 0, NULL);
	vkCmdDispatch(run->command, GROUPS, 1, 1);
	vkCmdPipelineBarrier(run->command, VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT,
			     VK_PIPELINE_STAGE_HOST_BIT, 0, 1, &publish, 0,
			     NULL, 0, NULL);
}

static int submit(const struct gpu *gpu, const struct run *run)
{
	const VkSubmitInfo submit = {
		.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO,
		.commandBufferCount = 1,
		.pCommandBuffers = &run->command,
	};

	if (gpu_check(vkEndCommandBuffer(run->command),
		      "vkEndCommandBuffer") < 0 ||
	    gpu_check(vkQueueSubmit(gpu->queue, 1, &submit, VK_NULL_HANDLE),
		      "vkQueueSubmit") < 0)
		return -1;
	return gpu_check(vkQueueWaitIdle(gpu->queue), "vkQueueWaitIdle");
}

int gpu_run(const struct gpu *gpu, const uint32_t *code, size_t code_bytes,
	    VkBuffer input, VkBuffer output)
{
	const VkBuffer buffers[BINDINGS] = { input, output };
	struct run run = { 0 };
	int r = -1;

	if (make_layouts(gpu, &run) == 0 &&
	    make_pipeline(gpu, &run, code, code_bytes) == 0 &&
	    make_set(gpu, &run, buffers) == 0 && begin(gpu, &run) == 0) {
		record(gpu, &run, input);
		r = submit(gpu, &run);
	}
	vkDestroyCommandPool(gpu->device, run.commands, NULL);
	vkDestroyDescriptorPool(gpu->device, run.sets, NULL);
	vkDestroyPipeline(gpu->device, run.pipeline, NULL);
	vkDestroyShaderModule(gpu->device, run.shader, NULL);
	vkDestroyPipelineLayout(gpu->device, run.layout, NULL);
	vkDestroyDescriptorSetLayout(gpu->device, run.set_layout, NULL);
	return r;
}
