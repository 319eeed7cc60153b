/* SPDX-License-Identifier: MIT */
/** @file Loads in the background. Included by dmaload.hpp. */
#ifndef DMALOAD_CPP_JOB_HPP
#define DMALOAD_CPP_JOB_HPP

#include <dmaload/cpp/options.hpp>
#include <dmaload/cpp/result.hpp>
#include <dmaload/job.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

namespace dmaload {

/** A job: struct dmaload_job. context::submit() makes it. Its end cancels the
 * job, and waits for it, unless it has ended. Since: 0.2 */
class job : public detail::owner<dmaload_job, dmaload_job_destroy> {
public:
	job() noexcept = default;
	job(job &&) noexcept = default;

	/** The other job's functions must live until this one's job is gone. */
	job &operator=(job &&other) noexcept
	{
		owner::operator=(std::move(other));
		calls_ = std::move(other.calls_);
		return *this;
	}

	~job()
	{
		reset();
	}

	/**
	 * As dmaload_job_wait(). If a function of the options has thrown, throw
	 * its exception, once.
	 *
	 * @param failed  receives the report even if the job has failed, or
	 *                nullptr
	 * @return the report; the error -EINPROGRESS if the job has not ended
	 */
	result<dmaload_report> wait(std::int64_t timeout_ns = DMALOAD_FOREVER,
				    dmaload_report *failed = nullptr)
	{
		dmaload_report report = DMALOAD_REPORT_INIT;
		dmaload_error why;
		const int r = dmaload_job_wait(get(), timeout_ns, &report, &why);

		if (failed)
			*failed = report;
		if (calls_ && r != -EINPROGRESS)
			calls_->rethrow();
		if (r < 0)
			return why;
		return report;
	}

	void cancel() noexcept
	{
		dmaload_job_cancel(get());
	}

	void set_urgent() noexcept
	{
		dmaload_job_set_urgent(get());
	}

	std::uint64_t user_data() const noexcept
	{
		return dmaload_job_user_data(get());
	}

	dmaload_progress progress() const noexcept
	{
		dmaload_progress progress = DMALOAD_PROGRESS_INIT;

		dmaload_job_progress(get(), &progress);
		return progress;
	}

	/** Set index to that of the next complete range, and return 0; or
	 * return -EINPROGRESS or -ENODATA, as dmaload_job_next_range(). */
	int next_range(std::size_t &index) noexcept
	{
		return dmaload_job_next_range(get(), &index);
	}

	/** As dmaload_job_fd(): the fd is the job's. */
	result<int> fd()
	{
		dmaload_error why;
		const int fd = dmaload_job_fd(get(), &why);

		if (fd < 0)
			return why;
		return fd;
	}

private:
	friend class context;

	job(dmaload_job *object, std::unique_ptr<detail::calls> calls) noexcept
		: owner(object), calls_(std::move(calls))
	{
	}

	std::unique_ptr<detail::calls> calls_;
};

}

#endif
