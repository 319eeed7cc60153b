/* SPDX-License-Identifier: MIT */
/*
 * Recognizes a file that is not a model, or a model of another format. Receives a
 * header that a reader has refused; hands on the reason. Always: only the first
 * bytes are read, and they only change the message.
 */
#include <string.h>
#include <strings.h>

#include "header.h"

/* How many bytes identify a kind; the magic of a tar file ends last. */
#define START 512

static const struct {
	const char *bytes;
	size_t length, at;
	const char *kind;
} signatures[] = {
	{ "version https://git-lfs.github.com/", 35, 0,
	  "a Git LFS pointer; fetch the file with \"git lfs pull\"" },
	{ "GGUF", 4, 0, "a GGUF file" },
	{ "FUGG", 4, 0, "a GGUF file with its bytes in the wrong order" },
	{ "lmgg", 4, 0, "a GGML file, which is older than GGUF" },
	{ "fmgg", 4, 0, "a GGML file, which is older than GGUF" },
	{ "tjgg", 4, 0, "a GGML file, which is older than GGUF" },
	{ "algg", 4, 0, "a GGML adapter, which is older than GGUF" },
	{ "PK\3\4", 4, 0, "a zip archive; PyTorch checkpoints are such" },
	{ "\x80\2\x8a\n", 4, 0, "an old PyTorch checkpoint" },
	{ "\x80\4\x95", 3, 0, "a Python pickle" },
	{ "\x80\5\x95", 3, 0, "a Python pickle" },
	{ "\x89HDF\r\n\x1a\n", 8, 0, "an HDF5 file" },
	{ "\x93NUMPY", 6, 0, "a NumPy array" },
	{ "TFL3", 4, 4, "a TensorFlow Lite model" },
	{ "ORTM", 4, 4, "a model in the own format of ONNX Runtime" },
	{ "\x1f\x8b", 2, 0, "a gzip file; unpack it" },
	{ "\x28\xb5\x2f\xfd", 4, 0, "a zstd file; unpack it" },
	{ "\xfd" "7zXZ", 5, 0, "an xz file; unpack it" },
	{ "BZh", 3, 0, "a bzip2 file; unpack it" },
	{ "\4\x22\x4d\x18", 4, 0, "an LZ4 file; unpack it" },
	{ "7z\xbc\xaf\x27\x1c", 6, 0, "a 7z archive; unpack it" },
	{ "ustar", 5, 257, "a tar archive; unpack it" },
	{ "\x7f" "ELF", 4, 0, "an ELF program or library" },
	{ "%PDF-", 5, 0, "a PDF document" },
};

static const char *find_signature(const unsigned char *bytes, size_t length)
{
	size_t i;

	for (i = 0; i < sizeof(signatures) / sizeof(signatures[0]); i++)
		if (length >= signatures[i].at + signatures[i].length &&
		    memcmp(bytes + signatures[i].at, signatures[i].bytes,
			   signatures[i].length) == 0)
			return signatures[i].kind;
	return NULL;
}

/* Not isspace(), which depends on the locale. */
static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* A server that refuses a download often sends a page instead. */
static const char *find_markup(const char *text, size_t length)
{
	static const struct {
		const char *tag, *kind;
	} tags[] = {
		{ "<!doctype html", "an HTML page; download the file again" },
		{ "<html", "an HTML page; download the file again" },
		{ "<head", "an HTML page; download the file again" },
		{ "<?xml", "XML text; download the file again" },
		{ "<error", "XML text; download the file again" },
		{ "{", "JSON text" },
		{ "[", "JSON text" },
	};
	size_t i, n;

	while (length > 0 && is_space(*text)) {
		text++;
		length--;
	}
	for (i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
		n = strlen(tags[i].tag);
		if (length >= n && strncasecmp(text, tags[i].tag, n) == 0)
			return tags[i].kind;
	}
	return NULL;
}

/* Return the length of the first line if these bytes are text; else 0. */
static size_t text_line(const unsigned char *bytes, size_t length)
{
	size_t line = 0, i;

	for (i = 0; i < length; i++)
		if (bytes[i] >= 0x7f || (bytes[i] < ' ' && !is_space((char)bytes[i])))
			return 0;
	while (line < length && bytes[line] >= ' ')
		line++;
	return line;
}

static bool all_zero(const unsigned char *bytes, size_t length)
{
	return bytes[0] == 0 && memcmp(bytes, bytes + 1, length - 1) == 0;
}

bool refuse_other_format(struct header *header)
{
	const unsigned char *bytes;
	const char *kind;
	size_t length, line;

	header->at = 0;
	header->end = header->size;
	if (header_peek(header, &bytes, &length) < 0)
		return true;
	if (length > START)
		length = START;
	kind = find_signature(bytes, length);
	if (!kind)
		kind = find_markup((const char *)bytes, length);
	if (!kind && onnx_begins(bytes, length))
		kind = "an ONNX model";
	if (!kind && length == START && all_zero(bytes, length))
		kind = "an unfinished download: with zeros";
	line = text_line(bytes, length);
	if (kind)
		refuse(header, "not a GGUF, safetensors or ONNX file: it "
		       "begins like %s", kind);
	else if (line > 0)
		refuse(header, "not a GGUF, safetensors or ONNX file: it "
		       "begins like text: \"%.*s\"", line > 60 ? 60 : (int)line,
		       (const char *)bytes);
	return kind || line > 0;
}
