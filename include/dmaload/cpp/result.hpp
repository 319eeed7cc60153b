/* SPDX-License-Identifier: MIT */
/** @file Values, or why there are none; and owners of C objects. Included by
 * dmaload.hpp. */
#ifndef DMALOAD_CPP_RESULT_HPP
#define DMALOAD_CPP_RESULT_HPP

#include <dmaload/error.h>

#include <cstdlib>
#include <system_error>
#include <utility>
#include <variant>

namespace dmaload {

/** What result::value() throws: code() is the errno of the failure, and what()
 * the message. Since: 0.2 */
class error : public std::system_error {
public:
	explicit error(const dmaload_error &why)
		: std::system_error(-why.code, std::generic_category()),
		  why_(why)
	{
	}

	const char *what() const noexcept override
	{
		return why_.message;
	}

private:
	dmaload_error why_;
};

namespace detail {

[[noreturn]] inline void fail(const dmaload_error &why)
{
#ifdef __cpp_exceptions
	throw dmaload::error(why);
#else
	(void)why;
	std::abort();
#endif
}

}

/**
 * A value, or a struct dmaload_error. Test it before you use it, or call
 * value().
 *
 * Since: 0.2
 */
template <typename T> class [[nodiscard]] result {
public:
	result(T value)
		: state_(std::in_place_index<0>, std::move(value))
	{
	}

	result(const dmaload_error &why)
		: state_(std::in_place_index<1>, why)
	{
	}

	explicit operator bool() const noexcept
	{
		return state_.index() == 0;
	}

	/** Return the value, or throw the error. Of a result that is no
	 * temporary, move it: std::move(result).value(). */
	T value() &&
	{
		check();
		return std::move(*std::get_if<0>(&state_));
	}

	T &value() &
	{
		check();
		return *std::get_if<0>(&state_);
	}

	/** Only of a result that is true. */
	T &operator*() noexcept
	{
		return *std::get_if<0>(&state_);
	}

	T *operator->() noexcept
	{
		return std::get_if<0>(&state_);
	}

	/** Only of a result that is false. */
	const dmaload_error &error() const noexcept
	{
		return *std::get_if<1>(&state_);
	}

private:
	void check() const
	{
		if (!*this)
			detail::fail(error());
	}

	std::variant<T, dmaload_error> state_;
};

/** Success, or a struct dmaload_error. Since: 0.2 */
template <> class [[nodiscard]] result<void> {
public:
	result() noexcept = default;

	result(const dmaload_error &why) noexcept
		: why_(why)
	{
	}

	explicit operator bool() const noexcept
	{
		return why_.code == 0;
	}

	void value() const
	{
		if (!*this)
			detail::fail(why_);
	}

	const dmaload_error &error() const noexcept
	{
		return why_;
	}

private:
	dmaload_error why_ = {};
};

namespace detail {

/** The one owner of a C object. */
template <typename T, void (*destroy)(T *)> class owner {
public:
	owner() noexcept = default;

	/** Take over an object of the C functions. */
	explicit owner(T *object) noexcept
		: object_(object)
	{
	}

	owner(owner &&other) noexcept
		: object_(other.release())
	{
	}

	owner &operator=(owner &&other) noexcept
	{
		if (this != &other)
			reset(other.release());
		return *this;
	}

	owner(const owner &) = delete;
	owner &operator=(const owner &) = delete;

	~owner()
	{
		destroy(object_);
	}

	/** Return the object, or nullptr after a move. */
	T *get() const noexcept
	{
		return object_;
	}

	explicit operator bool() const noexcept
	{
		return object_ != nullptr;
	}

	/** Give the object away, to be destroyed by its C function. */
	[[nodiscard]] T *release() noexcept
	{
		return std::exchange(object_, nullptr);
	}

	/** Destroy the object, and own another one, or none. */
	void reset(T *object = nullptr) noexcept
	{
		destroy(std::exchange(object_, object));
	}

private:
	T *object_ = nullptr;
};

}

}

#endif
