/* SPDX-License-Identifier: MIT */
/** @file The ends of many jobs in one place. Included by dmaload.hpp. */
#ifndef DMALOAD_CPP_EVENTS_HPP
#define DMALOAD_CPP_EVENTS_HPP

#include <dmaload/cpp/context.hpp>
#include <dmaload/cpp/result.hpp>
#include <dmaload/events.h>

#include <cstdint>

namespace dmaload {

/** A queue of events: struct dmaload_events. Jobs report to it whose
 * options::events is its get(). Since: 0.2 */
class events : public detail::owner<dmaload_events, dmaload_events_destroy> {
public:
	using owner::owner;

	/** As dmaload_events_create(). */
	static result<events> create(const context &of)
	{
		dmaload_events *out = nullptr;
		dmaload_error why;

		if (dmaload_events_create(&out, of.get(), &why) < 0)
			return why;
		return events(out);
	}

	/**
	 * As dmaload_events_next(). An exception of a job's function comes out
	 * of job::wait().
	 *
	 * @param report  receives the report of a job that has ended, or
	 *                nullptr
	 * @return the event; the error -EINPROGRESS if there is none yet,
	 *         -ENODATA if there is no job either
	 */
	result<dmaload_event> next(std::int64_t timeout_ns = DMALOAD_FOREVER,
				   dmaload_report *report = nullptr)
	{
		dmaload_event event = DMALOAD_EVENT_INIT;
		dmaload_error why;

		if (dmaload_events_next(get(), timeout_ns, &event, report,
					&why) < 0)
			return why;
		return event;
	}

	/** As dmaload_events_fd(): the fd is the queue's. */
	result<int> fd()
	{
		dmaload_error why;
		const int fd = dmaload_events_fd(get(), &why);

		if (fd < 0)
			return why;
		return fd;
	}
};

}

#endif
