/* SPDX-License-Identifier: MIT */
#ifndef DMALOAD_HPP
#define DMALOAD_HPP

/**
 * @file
 * libdmaload for C++17: handles that can be moved and not copied, and results.
 * Header only: it calls the C functions, whose headers have all the rules.
 *
 *     dmaload::context context = dmaload::context::create().value();
 *     dmaload::file file = dmaload::file::open("model.gguf").value();
 *     dmaload::buffer buffer =
 *             dmaload::buffer::create("heap:system", file.size()).value();
 *
 *     dmaload_report report = context.load({file.whole(buffer)}).value();
 *     import_into_my_device(buffer.fd().value());
 *
 * Each call that can fail returns a dmaload::result. Choose how to handle
 * failures: value() throws a dmaload::error, or test the result, and read
 * error(). Without exceptions (-fno-exceptions), value() ends the program by
 * std::abort() on a failure.
 *
 * Functions of yours, such as options::progress, may throw: the exception stops
 * the load, and comes out of the call that waits for it.
 *
 * get() of a handle is the C object, for all that has no form here.
 *
 * Since: 0.2
 */

#include <dmaload.h>

#include <dmaload/cpp/result.hpp>

#include <dmaload/cpp/buffer.hpp>
#include <dmaload/cpp/file.hpp>
#include <dmaload/cpp/options.hpp>
#include <dmaload/cpp/spread.hpp>

#include <dmaload/cpp/job.hpp>

#include <dmaload/cpp/context.hpp>

#include <dmaload/cpp/events.hpp>

#endif
