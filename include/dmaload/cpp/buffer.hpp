/* SPDX-License-Identifier: MIT */
/** @file Buffers, and brackets around the CPU's access. Included by
 * dmaload.hpp. */
#ifndef DMALOAD_CPP_BUFFER_HPP
#define DMALOAD_CPP_BUFFER_HPP

#include <dmaload/buffer.h>
#include <dmaload/cpp/result.hpp>

#include <cstddef>
#include <cstdint>
#include <utility>

namespace dmaload {

/**
 * A bracket of CPU access: buffer::begin() makes it. Its end is at the end of
 * its life, or at end(), which says whether it failed. The buffer must live
 * longer.
 *
 * Since: 0.2
 */
class [[nodiscard]] access {
public:
	access(access &&other) noexcept
		: buffer_(std::exchange(other.buffer_, nullptr)),
		  flags_(other.flags_)
	{
	}

	access &operator=(access &&other) noexcept
	{
		if (this != &other) {
			(void)end();
			buffer_ = std::exchange(other.buffer_, nullptr);
			flags_ = other.flags_;
		}
		return *this;
	}

	~access()
	{
		(void)end();
	}

	/** End the bracket, once. */
	result<void> end() noexcept
	{
		dmaload_buffer *buffer = std::exchange(buffer_, nullptr);
		dmaload_error why;

		if (buffer && dmaload_buffer_end(buffer, flags_, &why) < 0)
			return why;
		return {};
	}

private:
	friend class buffer;

	access(dmaload_buffer *buffer, unsigned flags) noexcept
		: buffer_(buffer), flags_(flags)
	{
	}

	dmaload_buffer *buffer_;
	unsigned flags_;
};

/** A buffer: struct dmaload_buffer. Since: 0.2 */
class buffer : public detail::owner<dmaload_buffer, dmaload_buffer_destroy> {
public:
	using owner::owner;

	/** As dmaload_buffer_create(); source nullptr: the default one. */
	static result<buffer> create(const char *source, std::uint64_t size)
	{
		dmaload_buffer *out = nullptr;
		dmaload_error why;

		if (dmaload_buffer_create(&out, source, size, &why) < 0)
			return why;
		return buffer(out);
	}

	/** As dmaload_buffer_from_fd(): the fd stays yours. */
	static result<buffer> from_fd(int fd)
	{
		dmaload_buffer *out = nullptr;
		dmaload_error why;

		if (dmaload_buffer_from_fd(&out, fd, &why) < 0)
			return why;
		return buffer(out);
	}

	/** As dmaload_buffer_from_memory(): the memory must live longer. */
	static result<buffer> from_memory(void *memory, std::uint64_t size)
	{
		dmaload_buffer *out = nullptr;
		dmaload_error why;

		if (dmaload_buffer_from_memory(&out, memory, size, &why) < 0)
			return why;
		return buffer(out);
	}

	/** As dmaload_buffer_wait(). */
	result<void> wait() const
	{
		dmaload_error why;

		if (dmaload_buffer_wait(get(), &why) < 0)
			return why;
		return {};
	}

	/** Return the fd, when the buffer has it: dmaload_buffer_wait(), then
	 * dmaload_buffer_fd(). It is the buffer's; -1 for "memory". */
	result<int> fd() const
	{
		dmaload_error why;

		if (dmaload_buffer_wait(get(), &why) < 0)
			return why;
		return dmaload_buffer_fd(get());
	}

	std::uint64_t size() const noexcept
	{
		return dmaload_buffer_size(get());
	}

	/** Return the mapping: see dmaload_buffer_map(). */
	std::byte *data() const noexcept
	{
		return static_cast<std::byte *>(dmaload_buffer_map(get()));
	}

	const char *source() const noexcept
	{
		return dmaload_buffer_source(get());
	}

	/** Begin a bracket: DMALOAD_ACCESS_READ, DMALOAD_ACCESS_WRITE or
	 * both. */
	result<access> begin(unsigned flags)
	{
		dmaload_error why;

		if (dmaload_buffer_begin(get(), flags, &why) < 0)
			return why;
		return access(get(), flags);
	}

	/** As dmaload_buffer_wipe(). */
	result<void> wipe(std::uint64_t offset, std::uint64_t length)
	{
		dmaload_error why;

		if (dmaload_buffer_wipe(get(), offset, length, &why) < 0)
			return why;
		return {};
	}
};

}

#endif
