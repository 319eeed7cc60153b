/* SPDX-License-Identifier: MIT */
/*
 * The library as a C++17 program has it: no designated initialisers, owners for
 * the objects, a lambda for the progress. Loads all of a file and compares.
 *
 *   load FILE SOURCE
 */
#include <dmaload.h>

#include <cstdio>
#include <cstring>
#include <exception>
#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

namespace {

template <auto destroy> struct Destroy {
	template <typename T> void operator()(T *object) const
	{
		destroy(object);
	}
};

using Ctx = std::unique_ptr<dmaload_ctx, Destroy<dmaload_ctx_destroy>>;
using File = std::unique_ptr<dmaload_file, Destroy<dmaload_file_close>>;
using Buffer = std::unique_ptr<dmaload_buffer, Destroy<dmaload_buffer_destroy>>;

void check(int r, const dmaload_error &err)
{
	if (r < 0)
		throw std::runtime_error(err.message);
}

Ctx make_ctx()
{
	dmaload_config config = DMALOAD_CONFIG_INIT;
	dmaload_error err{};
	dmaload_ctx *ctx = nullptr;

	config.chunk_bytes = DMALOAD_CHUNK_DEFAULT / 2;
	config.queue_depth = DMALOAD_DEPTH_DEFAULT;
	check(dmaload_ctx_create(&ctx, &config, &err), err);
	return Ctx(ctx);
}

File open_file(const std::string &path)
{
	dmaload_error err{};
	dmaload_file *file = nullptr;

	check(dmaload_file_open(&file, path.c_str(), &err), err);
	return File(file);
}

Buffer make_buffer(const char *source, uint64_t size)
{
	dmaload_error err{};
	dmaload_buffer *buffer = nullptr;

	check(dmaload_buffer_create(&buffer, source, size, &err), err);
	return Buffer(buffer);
}

dmaload_report load(dmaload_ctx *ctx, dmaload_file *file, dmaload_buffer *buffer,
		    uint64_t &progress)
{
	dmaload_range range{};
	dmaload_options options = DMALOAD_OPTIONS_INIT;
	dmaload_report report = DMALOAD_REPORT_INIT;
	dmaload_error err{};

	range.file = file;
	range.buffer = buffer;
	range.length = DMALOAD_TO_END;
	options.paths = DMALOAD_ALLOW_DIRECT | DMALOAD_ALLOW_BOUNCE |
			DMALOAD_ALLOW_BUFFERED;
	options.progress = [](const dmaload_progress *how, void *data) {
		*static_cast<uint64_t *>(data) = how->bytes_done;
		return 0;
	};
	options.progress_data = &progress;
	check(dmaload_load(ctx, &range, 1, &options, &report, &err), err);
	return report;
}

bool equals(dmaload_buffer *buffer, const std::string &path)
{
	std::ifstream stream(path, std::ios::binary);
	const std::vector<char> want{ std::istreambuf_iterator<char>(stream), {} };
	dmaload_error err{};

	check(dmaload_buffer_begin(buffer, DMALOAD_ACCESS_READ, &err), err);
	const bool same = want.size() <= dmaload_buffer_size(buffer) &&
		std::memcmp(dmaload_buffer_map(buffer), want.data(),
			    want.size()) == 0;
	check(dmaload_buffer_end(buffer, DMALOAD_ACCESS_READ, &err), err);
	return same;
}

/* An exception out of a progress function ends the program, by
 * std::terminate(). */
void check_that_exceptions_end_it(const std::string &path, const char *source)
{
	int status = 0;
	const pid_t pid = fork();

	if (pid < 0)
		throw std::runtime_error("no child");
	if (pid == 0) {
		std::set_terminate([] { _exit(77); });
		const Ctx ctx = make_ctx();
		const File file = open_file(path);
		const Buffer buffer = make_buffer(source,
						  dmaload_file_size(file.get()));
		dmaload_range range{};
		dmaload_options options = DMALOAD_OPTIONS_INIT;

		range.file = file.get();
		range.buffer = buffer.get();
		range.length = DMALOAD_TO_END;
		options.progress = [](const dmaload_progress *, void *) -> int {
			throw std::runtime_error("out of a progress function");
		};
		try {
			dmaload_load(ctx.get(), &range, 1, &options, nullptr,
				     nullptr);
		} catch (const std::exception &) {
			_exit(1);
		}
		_exit(2);
	}
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status) ||
	    WEXITSTATUS(status) != 77)
		throw std::runtime_error("an exception went through the library");
}

void run(const std::string &path, const char *source)
{
	const Ctx ctx = make_ctx();
	const File file = open_file(path);
	const uint64_t size = dmaload_file_size(file.get());
	const Buffer buffer = make_buffer(source, size);
	uint64_t progress = 0;

	const dmaload_report report =
		load(ctx.get(), file.get(), buffer.get(), progress);
	if (report.bytes_total != size || progress != size)
		throw std::runtime_error("not every byte was accounted for");
	if (!equals(buffer.get(), path))
		throw std::runtime_error("the buffer differs from the file");

	std::vector<char> text(dmaload_report_format(&report, nullptr, 0) + 1);
	dmaload_report_format(&report, text.data(), text.size());
	std::fputs(text.data(), stdout);
}

}

int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	try {
		run(argv[1], argv[2]);
		check_that_exceptions_end_it(argv[1], argv[2]);
	} catch (const std::exception &e) {
		std::fprintf(stderr, "%s: %s\n", argv[0], e.what());
		return 1;
	}
	return 0;
}
