/* SPDX-License-Identifier: MIT */
#ifndef DMALOAD_MODELS_HPP
#define DMALOAD_MODELS_HPP

/**
 * @file
 * libdmaload-models for C++17, in the manner of dmaload.hpp: the tensors of a
 * model, and loads of them. Link with
 * "pkg-config --libs dmaload dmaload-models".
 *
 *     dmaload::tensors layer =
 *             dmaload::load_tensors("model.gguf", nullptr, {"blk.0.*"}).value();
 *
 *     for (const dmaload_place &each : layer.places)
 *             use(each.tensor->name, layer.buffer.data() + each.offset);
 *
 * Since: 0.2
 */

#include <dmaload-models.h>
#include <dmaload.hpp>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

namespace dmaload {

/** An open model: struct dmaload_model. Since: 0.2 */
class model : public detail::owner<dmaload_model, dmaload_model_close> {
public:
	using owner::owner;

	/** As dmaload_model_open(). */
	static result<model> open(const std::string &path)
	{
		dmaload_model *out = nullptr;
		dmaload_error why;

		if (dmaload_model_open(&out, path.c_str(), &why) < 0)
			return why;
		return model(out);
	}

	/** As dmaload_model_from_fd(): the fd stays yours. */
	static result<model> from_fd(int fd)
	{
		dmaload_model *out = nullptr;
		dmaload_error why;

		if (dmaload_model_from_fd(&out, fd, &why) < 0)
			return why;
		return model(out);
	}

	const char *format() const noexcept
	{
		return dmaload_model_format(get());
	}

	/** Return the files of the model, to load from, by their indexes. */
	result<std::vector<file>> files() const
	{
		std::vector<file> found;

		for (std::size_t i = 0; i < dmaload_model_files(get()); i++) {
			result<file> one =
				file::from_fd(dmaload_model_fd(get(), i));

			if (!one)
				return one.error();
			found.push_back(std::move(*one));
		}
		return found;
	}

	/** Return the tensors, which the model owns: dmaload_model_tensor(). */
	std::vector<const dmaload_tensor *> tensors() const
	{
		std::vector<const dmaload_tensor *> found;

		found.reserve(dmaload_model_tensors(get()));
		for (std::size_t i = 0; i < dmaload_model_tensors(get()); i++)
			found.push_back(dmaload_model_tensor(get(), i));
		return found;
	}

	/** As dmaload_model_find(). */
	const dmaload_tensor *find(const std::string &name) const noexcept
	{
		return dmaload_model_find(get(), name.c_str());
	}

	/** As dmaload_model_choose(); without patterns: all tensors. */
	result<std::vector<dmaload_place>>
	choose(const std::vector<std::string> &patterns = {}) const
	{
		/* Neither is empty: data() would be nullptr. */
		std::vector<dmaload_place> places(
			dmaload_model_tensors(get()) + 1);
		std::vector<const char *> texts;
		std::size_t found = 0;
		dmaload_error why;

		for (const std::string &each : patterns)
			texts.push_back(each.c_str());
		if (dmaload_model_choose(get(), texts.data(), texts.size(),
					 places.data(), &found, &why) < 0)
			return why;
		places.resize(found);
		return places;
	}
};

/** Tensors in one buffer. Since: 0.2 */
struct tensors {
	/** It owns what the places point to. */
	dmaload::model model;
	dmaload::buffer buffer;
	/** Each tensor, and its offset in the buffer. */
	std::vector<dmaload_place> places;
	dmaload_report report;
};

namespace detail {

inline std::vector<dmaload_range>
ranges_of(const std::vector<dmaload_place> &places,
	  const std::vector<file> &files, const buffer &to)
{
	std::vector<dmaload_range> ranges;

	for (const dmaload_place &each : places) {
		/* A range has at least one byte. */
		if (each.tensor->bytes == 0)
			continue;
		ranges.push_back(files[each.tensor->file].range(
			each.tensor->file_offset, each.tensor->bytes, to,
			each.offset));
		ranges.back().priority = each.pattern;
	}
	return ranges;
}

}

/**
 * Load tensors into a new buffer, those of an earlier pattern earlier.
 *
 * @param opened    the model; it moves into the result
 * @param to        the context that loads; one without an object makes its own
 * @param source    as in dmaload_buffer_create()
 * @param patterns  as in dmaload_model_choose()
 * @param align     as in dmaload_model_align()
 * @param how       as in dmaload_load()
 * @return the tensors, or the error of one of these functions, or
 *         -ENODATA  the tensors have no bytes
 *
 * Since: 0.2
 */
inline result<tensors> load_tensors(model opened, context &to,
				    const char *source = nullptr,
				    const std::vector<std::string> &patterns = {},
				    std::uint64_t align = 64, options how = {})
{
	auto places = opened.choose(patterns);
	std::uint64_t size = 0;
	dmaload_error why;

	if (!places)
		return places.error();
	if (dmaload_model_align(places->data(), places->size(), align, &size,
				&why) < 0)
		return why;
	if (size == 0) {
		why.code = -ENODATA;
		std::strcpy(why.message,
			    "nothing to load: these tensors are empty");
		return why;
	}
	auto files = opened.files();
	if (!files)
		return files.error();
	auto made = buffer::create(source, size);
	if (!made)
		return made.error();
	auto report = to.load(detail::ranges_of(*places, *files, *made),
			      std::move(how));
	if (!report)
		return report.error();
	return tensors{ std::move(opened), std::move(*made), std::move(*places),
			*report };
}

/** The same, of a model that is not open, and with a context of its own.
 * Since: 0.2 */
inline result<tensors> load_tensors(const std::string &path,
				    const char *source = nullptr,
				    const std::vector<std::string> &patterns = {},
				    std::uint64_t align = 64, options how = {})
{
	auto opened = model::open(path);
	context none;

	if (!opened)
		return opened.error();
	return load_tensors(std::move(*opened), none, source, patterns, align,
			    std::move(how));
}

}

#endif
