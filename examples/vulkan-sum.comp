/* SPDX-License-Identifier: MIT */
/* Add up signed weights of 8 bits. Each invocation has a sum of its own, of
 * every 4096th word. */
#version 450

layout(local_size_x = 64) in;
layout(std430, binding = 0) readonly buffer Weights {
	int words[];
};
layout(std430, binding = 1) writeonly buffer Sums {
	int sums[];
};

void main()
{
	const uint self = gl_GlobalInvocationID.x;
	const uint all = gl_NumWorkGroups.x * gl_WorkGroupSize.x;
	int sum = 0;

	for (uint i = self; i < words.length(); i += all)
		for (int bit = 0; bit < 32; bit += 8)
			sum += bitfieldExtract(words[i], bit, 8);
	sums[self] = sum;
}
