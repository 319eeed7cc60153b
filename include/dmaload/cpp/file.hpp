/* SPDX-License-Identifier: MIT */
/** @file Files, and ranges of them. Included by dmaload.hpp. */
#ifndef DMALOAD_CPP_FILE_HPP
#define DMALOAD_CPP_FILE_HPP

#include <dmaload/cpp/buffer.hpp>
#include <dmaload/cpp/result.hpp>
#include <dmaload/file.h>
#include <dmaload/load.h>

#include <cstdint>
#include <string>

namespace dmaload {

/** A file or a stream: struct dmaload_file. Since: 0.2 */
class file : public detail::owner<dmaload_file, dmaload_file_close> {
public:
	using owner::owner;

	/** As dmaload_file_open(), to load from. */
	static result<file> open(const std::string &path)
	{
		dmaload_file *out = nullptr;
		dmaload_error why;

		if (dmaload_file_open(&out, path.c_str(), &why) < 0)
			return why;
		return file(out);
	}

	/** As dmaload_file_create(), to store into. */
	static result<file> create(const std::string &path, bool exclusive = false)
	{
		dmaload_file *out = nullptr;
		dmaload_error why;

		if (dmaload_file_create(&out, path.c_str(), exclusive, &why) < 0)
			return why;
		return file(out);
	}

	/** As dmaload_file_from_fd(): the fd stays yours. */
	static result<file> from_fd(int fd)
	{
		dmaload_file *out = nullptr;
		dmaload_error why;

		if (dmaload_file_from_fd(&out, fd, &why) < 0)
			return why;
		return file(out);
	}

	/** As dmaload_file_from_stream(): the fd stays yours. */
	static result<file> from_stream(int fd)
	{
		dmaload_file *out = nullptr;
		dmaload_error why;

		if (dmaload_file_from_stream(&out, fd, &why) < 0)
			return why;
		return file(out);
	}

	std::uint64_t size() const noexcept
	{
		return dmaload_file_size(get());
	}

	const char *name() const noexcept
	{
		return dmaload_file_name(get());
	}

	/** Return a range: length bytes of the file, and their place. */
	dmaload_range range(std::uint64_t offset, std::uint64_t length,
			    const buffer &to,
			    std::uint64_t buffer_offset = 0) const noexcept
	{
		dmaload_range range = {};

		range.file = get();
		range.file_offset = offset;
		range.length = length;
		range.buffer = to.get();
		range.buffer_offset = buffer_offset;
		return range;
	}

	/** Return the range from the file's first byte to its last. */
	dmaload_range whole(const buffer &to) const noexcept
	{
		return range(0, DMALOAD_TO_END, to);
	}
};

}

#endif
