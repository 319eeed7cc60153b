/* SPDX-License-Identifier: MIT */
/** @file How to do one load, with functions that may throw. Included by
 * dmaload.hpp. */
#ifndef DMALOAD_CPP_OPTIONS_HPP
#define DMALOAD_CPP_OPTIONS_HPP

#include <dmaload/load.h>
#include <dmaload/report.h>

#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <utility>

namespace dmaload {

/** The members of struct dmaload_options and of struct dmaload_transform.
 * Since: 0.2 */
struct options {
	std::uint32_t paths = 0;
	std::uint32_t cache = 0;
	std::uint32_t flags = 0;
	std::uint64_t deadline_ns = 0;
	dmaload_events *events = nullptr;
	std::uint64_t user_data = 0;
	/** Receives the report of a blocking call, even of one that fails, or
	 * nullptr. */
	dmaload_report *report = nullptr;
	/** dmaload_options::progress; return false to stop. */
	std::function<bool(const dmaload_progress &progress)> progress;
	/** dmaload_transform::function; return false to stop. */
	std::function<bool(const dmaload_piece &piece)> transform;
	/** dmaload_transform::unit and dmaload_transform::flags. */
	std::uint32_t unit = 0;
	std::uint32_t pieces = 0;
};

namespace detail {

/** The options of a load that runs. Its functions are called through this
 * object, which therefore does not move. */
class calls {
public:
	explicit calls(options from)
		: from_(std::move(from)), c_(dmaload_sized<dmaload_options>()),
		  transform_(dmaload_sized<dmaload_transform>())
	{
		c_.paths = from_.paths;
		c_.cache = from_.cache;
		c_.flags = from_.flags;
		c_.deadline_ns = from_.deadline_ns;
		c_.events = from_.events;
		c_.user_data = from_.user_data;
		if (from_.progress) {
			c_.progress = on_progress;
			c_.progress_data = this;
		}
		if (from_.transform) {
			transform_.function = on_piece;
			transform_.data = this;
			transform_.unit = from_.unit;
			transform_.flags = from_.pieces;
			c_.transform = &transform_;
		}
	}

	calls(const calls &) = delete;
	calls &operator=(const calls &) = delete;

	const dmaload_options *get() const noexcept
	{
		return &c_;
	}

	void keep(const dmaload_report &report) const noexcept
	{
		if (from_.report)
			*from_.report = report;
	}

	/** Throw what a function has thrown, once. When the load has ended. */
	void rethrow()
	{
#ifdef __cpp_exceptions
		std::exception_ptr thrown;
		{
			const std::lock_guard<std::mutex> lock(mutex_);
			std::swap(thrown, thrown_);
		}
		if (thrown)
			std::rethrow_exception(thrown);
#endif
	}

private:
	template <typename F, typename Argument>
	int call(const F &function, const Argument &argument) noexcept
	{
#ifdef __cpp_exceptions
		try {
			return function(argument) ? 0 : 1;
		} catch (...) {
			const std::lock_guard<std::mutex> lock(mutex_);
			if (!thrown_)
				thrown_ = std::current_exception();
			return 1;
		}
#else
		return function(argument) ? 0 : 1;
#endif
	}

	static int on_progress(const dmaload_progress *progress, void *data)
	{
		calls *self = static_cast<calls *>(data);

		return self->call(self->from_.progress, *progress);
	}

	static int on_piece(const dmaload_piece *piece, void *data)
	{
		calls *self = static_cast<calls *>(data);

		return self->call(self->from_.transform, *piece);
	}

	options from_;
	dmaload_options c_;
	dmaload_transform transform_;
	/* A transform may be called by several threads at once. */
	std::mutex mutex_;
	std::exception_ptr thrown_;
};

}

}

#endif
