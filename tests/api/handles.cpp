/* SPDX-License-Identifier: MIT */
/*
 * dmaload.hpp with and without exceptions: each handle, each call, and functions that throw. Loads
 * all of a file and compares.
 *
 *   handles FILE SOURCE
 */
#include <dmaload.hpp>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace {

/* A failure ends the program in a build without exceptions, too. */
void expect(bool holds, const char *what)
{
	if (holds)
		return;
	std::fprintf(stderr, "not so: %s\n", what);
	std::exit(1);
}

#define EXPECT(condition) expect(static_cast<bool>(condition), #condition)

static_assert(!std::is_copy_constructible_v<dmaload::buffer> &&
	      std::is_nothrow_move_constructible_v<dmaload::buffer> &&
	      std::is_nothrow_move_assignable_v<dmaload::buffer>);
static_assert(!std::is_copy_constructible_v<dmaload::job> &&
	      std::is_nothrow_move_constructible_v<dmaload::job>);
static_assert(!std::is_copy_constructible_v<dmaload::access>);
static_assert(sizeof(dmaload::file) == sizeof(dmaload_file *));

std::vector<char> bytes_of(const std::string &path)
{
	std::ifstream stream(path, std::ios::binary);

	return { std::istreambuf_iterator<char>(stream), {} };
}

bool holds(dmaload::buffer &buffer, const std::vector<char> &want)
{
	dmaload::access access = buffer.begin(DMALOAD_ACCESS_READ).value();
	const bool same = std::memcmp(buffer.data(), want.data(), want.size()) == 0;

	access.end().value();
	/* The second end does nothing. */
	access.end().value();
	return same;
}

void load_and_store(const std::string &path, const char *source)
{
	const std::vector<char> want = bytes_of(path);
	dmaload::context context = dmaload::context::create().value();
	dmaload::file file = dmaload::file::open(path).value();
	dmaload::buffer buffer = dmaload::buffer::create(source, file.size()).value();
	std::uint64_t progress = 0;
	dmaload::options how;

	EXPECT(file.size() == want.size() && buffer.size() >= want.size());
	EXPECT(std::string(file.name()).find(path) != std::string::npos);
	EXPECT(std::strcmp(buffer.source(), source) == 0);
	buffer.wait().value();
	EXPECT(buffer.fd().value() == dmaload_buffer_fd(buffer.get()));
	how.progress = [&progress](const dmaload_progress &now) {
		progress = now.bytes_done;
		return true;
	};
	dmaload_report report = context.load({ file.whole(buffer) }, how).value();
	EXPECT(report.bytes_total == want.size() && progress == want.size());
	EXPECT(holds(buffer, want));
	EXPECT(dmaload::text_of(report).find("bytes") != std::string::npos);
	std::fputs(dmaload::text_of(report).c_str(), stdout);

	/* Ranges in a vector and in an array; a copy of the file. */
	const std::string copy = path + ".copy";
	const std::vector<dmaload_range> ranges = {
		dmaload::file::create(copy).value().range(0, 1, buffer) };
	dmaload::file stored = dmaload::file::create(copy).value();
	const std::array<dmaload_range, 1> all = { stored.range(0, want.size(), buffer) };
	context.store(all).value();
	EXPECT(bytes_of(copy) == want);
	context.verify(std::array<dmaload_range, 1>{ file.whole(buffer) }).value();
	unlink(copy.c_str());
	EXPECT(ranges.size() == 1);

	buffer.wipe(0, want.size()).value();
	EXPECT(!holds(buffer, want) || want == std::vector<char>(want.size()));
	EXPECT(context.trim() == 0);
}

void handles_move(const std::string &path, const char *source)
{
	dmaload::file file = dmaload::file::open(path).value();
	dmaload_file *const raw = file.get();
	dmaload::file other = std::move(file);
	dmaload::context none;

	EXPECT(!file && other.get() == raw);
	file = std::move(other);
	EXPECT(!other && file.get() == raw);
	EXPECT(file.release() == raw && !file);
	other.reset(raw);
	EXPECT(other.get() == raw);

	dmaload::buffer buffer = dmaload::load_file(path, source).value();
	EXPECT(holds(buffer, bytes_of(path)));
	/* Without a context, the call makes one. */
	EXPECT(none.load({ other.whole(buffer) }).value().bytes_total == other.size());
	dmaload::access first = buffer.begin(DMALOAD_ACCESS_READ).value();
	dmaload::access second = std::move(first);
	first = std::move(second);
	first.end().value();

	std::vector<char> memory(8192);
	dmaload::buffer own =
		dmaload::buffer::from_memory(memory.data(), memory.size()).value();
	EXPECT(static_cast<void *>(own.data()) == memory.data());
}

void results_without_exceptions(const std::string &path, const char *source)
{
	auto missing = dmaload::file::open(path + ".missing");
	dmaload::buffer buffer = dmaload::buffer::create(source, 4096).value();
	dmaload::file file = dmaload::file::open(path).value();
	dmaload_report report = DMALOAD_REPORT_INIT;
	dmaload::context context;
	dmaload::options how;

	EXPECT(!missing && missing.error().code == -ENOENT);
	EXPECT(std::strstr(missing.error().message, ".missing"));
	EXPECT(!dmaload::buffer::from_fd(-1));
	auto wiped = buffer.wipe(0, 0);
	EXPECT(!wiped && wiped.error().code == -EINVAL);
	auto begun = buffer.begin(0);
	EXPECT(!begun && begun.error().code == -EINVAL);
	how.report = &report;
	how.progress = [](const dmaload_progress &) { return false; };
	auto stopped = context.load({ file.range(0, 4096, buffer) }, how);
	EXPECT(!stopped && stopped.error().code == -ECANCELED);
	EXPECT(report.bytes_total == 4096);

	auto found = dmaload::file::open(path);
	EXPECT(found && found->size() == (*found).size());
	EXPECT(std::move(found).value().size() == file.size());
}

void jobs(const std::string &path, const char *source)
{
	dmaload::context context = dmaload::context::create().value();
	dmaload::buffer buffer = dmaload::load_file(path, source).value();
	dmaload::file file = dmaload::file::open(path).value();
	std::atomic<std::uint64_t> seen{ 0 };
	dmaload::options how;
	std::size_t index = 1;

	how.user_data = 42;
	how.pieces = DMALOAD_PIECES_COPIED | DMALOAD_PIECES_IN_ORDER;
	how.transform = [&seen](const dmaload_piece &piece) {
		seen += piece.length;
		return true;
	};
	dmaload::job job = context.submit(DMALOAD_LOAD, { file.whole(buffer) }, how).value();
	EXPECT(job.user_data() == 42 && job.fd().value() >= 0);
	job.set_urgent();
	/* The functions move with it. */
	dmaload::job other = std::move(job);
	dmaload::job third = context.submit(DMALOAD_VERIFY, { file.whole(buffer) }).value();
	EXPECT(third.wait().value().bytes_total == file.size());
	third = std::move(other);
	EXPECT(third.wait().value().bytes_total == file.size() && seen == file.size());
	EXPECT(third.progress().ranges_done == 1);
	EXPECT(third.next_range(index) == 0 && index == 0);
	EXPECT(third.next_range(index) == -ENODATA);
	third.cancel();
	EXPECT(third.wait(0));
	EXPECT(holds(buffer, bytes_of(path)));
	EXPECT(!context.submit(DMALOAD_LOAD, {}));
}

void streams(const std::string &path, const char *source)
{
	const std::vector<char> want = bytes_of(path);
	const std::string pipe = path + ".pipe";
	dmaload::context context = dmaload::context::create().value();

	EXPECT(mkfifo(pipe.c_str(), 0600) == 0);
	std::thread writer([&] {
		std::ofstream(pipe, std::ios::binary)
			.write(want.data(), static_cast<std::streamsize>(want.size()));
	});
	const int fd = open(pipe.c_str(), O_RDONLY | O_CLOEXEC);
	dmaload::file stream = dmaload::file::from_stream(fd).value();
	dmaload::loaded_stream loaded = context.load_stream(stream, source, 4096).value();
	writer.join();
	close(fd);
	unlink(pipe.c_str());
	EXPECT(loaded.length == want.size() && loaded.report.bytes_total == want.size());
	EXPECT(holds(loaded.buffer, want));
	dmaload::file file = dmaload::file::open(path).value();
	auto no_stream = context.load_stream(file, source);
	EXPECT(!no_stream && no_stream.error().code == -EINVAL);
}

void spreads_and_events(const std::string &path, const char *source)
{
	dmaload::context context = dmaload::context::create().value();
	dmaload::file file = dmaload::file::open(path).value();
	dmaload::events events = dmaload::events::create(context).value();
	dmaload::spread spread = dmaload::spread::create(source, file, 65536).value();
	dmaload::options how;

	EXPECT(spread.size() == (file.size() + 65535) / 65536 && spread.size() > 1);
	EXPECT(context.load(spread).value().bytes_total == file.size());
	EXPECT(dmaload_path_name(context.probe(*spread.begin()).value()));
	EXPECT(!context.probe(dmaload_range{}));

	auto idle = events.next();
	EXPECT(!idle && idle.error().code == -ENODATA);
	EXPECT(events.fd().value() >= 0);
	how.events = events.get();
	how.user_data = 7;
	dmaload::job job = context.submit(DMALOAD_VERIFY, spread, how).value();
	dmaload_report report = DMALOAD_REPORT_INIT;
	dmaload_event event = events.next(DMALOAD_FOREVER, &report).value();
	EXPECT(event.kind == DMALOAD_EVENT_END && event.result == 0 && event.user_data == 7);
	EXPECT(event.job == job.get() && report.bytes_total == file.size());

	std::uint64_t bytes = 0;
	for (const dmaload_range &range : spread)
		bytes += range.length;
	EXPECT(bytes == file.size());
	auto narrow = dmaload::spread::create(source, file, 1);
	EXPECT(!narrow && narrow.error().code == -EINVAL);
}

#ifdef __cpp_exceptions
struct mine {
	int number;
};

template <typename Error, typename Call> Error thrown_by(Call call)
{
	try {
		call();
	} catch (const Error &error) {
		return error;
	}
	expect(false, "an exception comes out of the call");
	std::abort();
}

void exceptions(const std::string &path, const char *source)
{
	dmaload::context context = dmaload::context::create().value();
	dmaload::buffer buffer = dmaload::load_file(path, source).value();
	dmaload::file file = dmaload::file::open(path).value();
	dmaload::options stops, breaks;

	const dmaload::error missing = thrown_by<dmaload::error>([&path] {
		dmaload::file::open(path + ".missing").value(); });
	EXPECT(missing.code() == std::errc::no_such_file_or_directory);
	EXPECT(std::strstr(missing.what(), ".missing"));
	EXPECT(thrown_by<dmaload::error>([&buffer] { buffer.wipe(0, 0).value(); })
		       .code().value() == EINVAL);

	/* The exception of the function, and not that of the canceled load. */
	stops.progress = [](const dmaload_progress &) -> bool { throw mine{ 7 }; };
	breaks.pieces = DMALOAD_PIECES_COPIED | DMALOAD_PIECES_AT_ONCE;
	breaks.transform = [](const dmaload_piece &) -> bool { throw mine{ 8 }; };
	for (const dmaload::options &how : { stops, breaks }) {
		const int number = how.transform ? 8 : 7;
		EXPECT(thrown_by<mine>([&] {
			(void)context.load({ file.whole(buffer) }, how); }).number == number);
		dmaload::job job =
			context.submit(DMALOAD_LOAD, { file.whole(buffer) }, how).value();
		EXPECT(thrown_by<mine>([&job] { (void)job.wait(); }).number == number);
		/* Once. */
		EXPECT(job.wait().error().code == -ECANCELED);
	}
	EXPECT(thrown_by<mine>([&] {
		(void)dmaload::load_file(path, source, stops); }).number == 7);
	EXPECT(context.load({ file.whole(buffer) }).value().bytes_total == file.size());
}
#endif

}

int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	load_and_store(argv[1], argv[2]);
	handles_move(argv[1], argv[2]);
	results_without_exceptions(argv[1], argv[2]);
	jobs(argv[1], argv[2]);
	streams(argv[1], argv[2]);
	spreads_and_events(argv[1], argv[2]);
#ifdef __cpp_exceptions
	exceptions(argv[1], argv[2]);
#endif
	return 0;
}
