/* SPDX-License-Identifier: MIT */
/*
 * dmaload-models.hpp, with and without exceptions. The model has the tensor "weight", and its 32
 * bytes are 0.
 *
 *   tensors MODEL SOURCE
 */
#include <dmaload-models.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <type_traits>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace {

void expect(bool holds, const char *what)
{
	if (holds)
		return;
	std::fprintf(stderr, "not so: %s\n", what);
	std::exit(1);
}

#define EXPECT(condition) expect(static_cast<bool>(condition), #condition)

static_assert(!std::is_copy_constructible_v<dmaload::model> &&
	      std::is_nothrow_move_constructible_v<dmaload::model>);
static_assert(sizeof(dmaload::model) == sizeof(dmaload_model *));

bool holds_zeros(dmaload::tensors &loaded)
{
	const dmaload_place &place = loaded.places.at(0);
	dmaload::access access = loaded.buffer.begin(DMALOAD_ACCESS_READ).value();
	const std::byte *begin = loaded.buffer.data() + place.offset;
	const bool same = std::all_of(begin, begin + place.tensor->bytes, [](std::byte each) {
		return each == std::byte{ 0 };
	});

	access.end().value();
	return same;
}

void a_model(const std::string &path)
{
	const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
	dmaload::model model = dmaload::model::open(path).value();
	dmaload::model same = dmaload::model::from_fd(fd).value();

	close(fd);
	EXPECT(std::strcmp(model.format(), "safetensors") == 0);
	EXPECT(model.tensors().size() == 1 && same.tensors().size() == 1);
	EXPECT(std::strcmp(model.tensors()[0]->name, "weight") == 0);
	EXPECT(model.find("weight") == model.tensors()[0] && !model.find("bias"));
	EXPECT(model.files().value().size() == 1);
	EXPECT(model.choose().value().size() == 1);
	EXPECT(model.choose({ "w*" }).value()[0].tensor->bytes == 32);
	auto none = model.choose({ "w*", "bias" });
	EXPECT(!none && none.error().code == -ENOENT && std::strstr(none.error().message, "bias"));
}

void loads(const std::string &path, const char *source)
{
	dmaload::context context = dmaload::context::create().value();
	dmaload::options how;
	std::uint64_t seen = 0;

	how.progress = [&seen](const dmaload_progress &now) {
		seen = now.bytes_done;
		return true;
	};
	dmaload::tensors all = dmaload::load_tensors(path, source).value();
	EXPECT(all.places.size() == 1 && all.report.bytes_total == 32 && holds_zeros(all));
	dmaload::tensors some = dmaload::load_tensors(dmaload::model::open(path).value(), context, source,
						      { "weight" }, 4096, how).value();
	EXPECT(seen == 32 && holds_zeros(some));
	dmaload::tensors moved = std::move(some);
	EXPECT(holds_zeros(moved) && !some.model && !some.buffer);
}

void failures(const std::string &path, const char *source)
{
	auto missing = dmaload::load_tensors(path + ".missing", source);
	auto crooked = dmaload::load_tensors(path, source, {}, 3);
	auto no_source = dmaload::load_tensors(path, "nonsense");

	EXPECT(!missing && missing.error().code == -ENOENT);
	EXPECT(!crooked && crooked.error().code == -EINVAL);
	EXPECT(!no_source && no_source.error().code == -ENODEV);
	EXPECT(!dmaload::model::from_fd(-1));
#ifdef __cpp_exceptions
	try {
		dmaload::load_tensors(path, source, { "bias" }).value();
		expect(false, "bias is missing");
	} catch (const dmaload::error &why) {
		EXPECT(why.code().value() == ENOENT);
	}
#endif
}

}

int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	a_model(argv[1]);
	loads(argv[1], argv[2]);
	failures(argv[1], argv[2]);
	std::puts("all of dmaload-models.hpp");
	return 0;
}
