/* SPDX-License-Identifier: MIT */
/** @file Load, store and compare. Included by dmaload.hpp. */
#ifndef DMALOAD_CPP_CONTEXT_HPP
#define DMALOAD_CPP_CONTEXT_HPP

#include <dmaload/cpp/file.hpp>
#include <dmaload/cpp/job.hpp>
#include <dmaload/cpp/options.hpp>
#include <dmaload/cpp/result.hpp>
#include <dmaload/report.h>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <string>
#include <utility>

namespace dmaload {

/** What context::load_stream() has loaded. Since: 0.2 */
struct loaded_stream {
	dmaload::buffer buffer;
	/** Its bytes begin at the first byte of the buffer. */
	std::uint64_t length;
	dmaload_report report;
};

/**
 * A context: struct dmaload_ctx. Without one of create(), each blocking call
 * makes and frees a context of its own, with the defaults.
 *
 * Ranges are any container of struct dmaload_range that is contiguous, or a
 * list in braces. If a function of the options throws, the call throws its
 * exception; a job does so in job::wait().
 *
 * Since: 0.2
 */
class context : public detail::owner<dmaload_ctx, dmaload_ctx_destroy> {
public:
	using list = std::initializer_list<dmaload_range>;
	using owner::owner;

	/** As dmaload_ctx_create(). */
	static result<context> create(const dmaload_config *config = nullptr)
	{
		dmaload_ctx *out = nullptr;
		dmaload_error why;

		if (dmaload_ctx_create(&out, config, &why) < 0)
			return why;
		return context(out);
	}

	/** As dmaload_load(). */
	template <typename Ranges = list>
	result<dmaload_report> load(const Ranges &ranges, options how = {})
	{
		return block(dmaload_load, ranges, std::move(how));
	}

	/** As dmaload_store(). */
	template <typename Ranges = list>
	result<dmaload_report> store(const Ranges &ranges, options how = {})
	{
		return block(dmaload_store, ranges, std::move(how));
	}

	/** As dmaload_verify(). */
	template <typename Ranges = list>
	result<dmaload_report> verify(const Ranges &ranges, options how = {})
	{
		return block(dmaload_verify, ranges, std::move(how));
	}

	/** As dmaload_submit(). */
	template <typename Ranges = list>
	result<job> submit(dmaload_operation operation, const Ranges &ranges,
			   options how = {})
	{
		auto calls = std::make_unique<detail::calls>(std::move(how));
		dmaload_job *out = nullptr;
		dmaload_error why;

		if (dmaload_submit(&out, get(), operation, std::data(ranges),
				   std::size(ranges), calls->get(), &why) < 0)
			return why;
		return job(out, std::move(calls));
	}

	/** As dmaload_load_stream(): a stream of unknown length. */
	result<loaded_stream> load_stream(const file &stream,
					  const char *source = nullptr,
					  std::uint64_t hint = 0,
					  std::uint64_t limit = 0,
					  options how = {})
	{
		dmaload_report report = DMALOAD_REPORT_INIT;
		detail::calls calls(std::move(how));
		dmaload_buffer *out = nullptr;
		std::uint64_t length = 0;
		dmaload_error why;
		const int r = dmaload_load_stream(&out, &length, get(),
						  stream.get(), source, hint,
						  limit, calls.get(), &report,
						  &why);
		buffer made(out);

		calls.keep(report);
		calls.rethrow();
		if (r < 0)
			return why;
		return loaded_stream{ std::move(made), length, report };
	}

	/** As dmaload_probe(): the path that a load of this range would take.
	 * options::report receives why a better one is declined. */
	result<dmaload_path> probe(const dmaload_range &range, options how = {})
	{
		dmaload_report report = DMALOAD_REPORT_INIT;
		detail::calls calls(std::move(how));
		dmaload_path path = {};
		dmaload_error why;
		const int r = dmaload_probe(get(), &range, calls.get(), &path,
					    &report, &why);

		calls.keep(report);
		if (r < 0)
			return why;
		return path;
	}

	/** Free what no load uses: dmaload_ctx_trim(). Return 0 or -errno. */
	int trim() noexcept
	{
		return dmaload_ctx_trim(get());
	}

private:
	template <typename Function, typename Ranges>
	result<dmaload_report> block(Function *function, const Ranges &ranges,
				     options how)
	{
		dmaload_report report = DMALOAD_REPORT_INIT;
		detail::calls calls(std::move(how));
		dmaload_error why;
		const int r = function(get(), std::data(ranges),
				       std::size(ranges), calls.get(), &report,
				       &why);

		calls.keep(report);
		calls.rethrow();
		if (r < 0)
			return why;
		return report;
	}
};

/** As dmaload_load_file(): load all of a file into a new buffer. Since: 0.2 */
inline result<buffer> load_file(const std::string &path,
				const char *source = nullptr, options how = {})
{
	dmaload_report report = DMALOAD_REPORT_INIT;
	detail::calls calls(std::move(how));
	dmaload_buffer *out = nullptr;
	dmaload_error why;
	const int r = dmaload_load_file(&out, path.c_str(), source, calls.get(),
					&report, &why);

	calls.keep(report);
	calls.rethrow();
	if (r < 0)
		return why;
	return buffer(out);
}

/** As dmaload_report_format(). Since: 0.2 */
inline std::string text_of(const dmaload_report &report)
{
	std::string text(dmaload_report_format(&report, nullptr, 0) + 1, '\0');

	dmaload_report_format(&report, text.data(), text.size());
	text.pop_back();
	return text;
}

}

#endif
