/* SPDX-License-Identifier: MIT */
/** @file A part of a file over several buffers. Included by dmaload.hpp. */
#ifndef DMALOAD_CPP_SPREAD_HPP
#define DMALOAD_CPP_SPREAD_HPP

#include <dmaload/cpp/file.hpp>
#include <dmaload/cpp/result.hpp>
#include <dmaload/spread.h>

#include <cstddef>
#include <cstdint>

namespace dmaload {

/** Several buffers, and the ranges that fill them: struct dmaload_spread. Pass it
 * to context::load() and the others in place of ranges. Since: 0.2 */
class spread : public detail::owner<dmaload_spread, dmaload_spread_destroy> {
public:
	using owner::owner;

	/** As dmaload_spread_create(). The file must live longer. */
	static result<spread> create(const char *source, const file &from,
				     std::uint64_t max = 0,
				     std::uint64_t offset = 0,
				     std::uint64_t length = DMALOAD_TO_END)
	{
		dmaload_spread *out = nullptr;
		dmaload_error why;

		if (dmaload_spread_create(&out, source, from.get(), offset,
					  length, max, &why) < 0)
			return why;
		return spread(out);
	}

	/** Return the number of buffers. */
	std::size_t size() const noexcept
	{
		return dmaload_spread_count(get());
	}

	/** Return the ranges, one for each buffer. The spread owns both. */
	const dmaload_range *data() const noexcept
	{
		return dmaload_spread_ranges(get());
	}

	const dmaload_range *begin() const noexcept
	{
		return data();
	}

	const dmaload_range *end() const noexcept
	{
		return data() + size();
	}
};

}

#endif
