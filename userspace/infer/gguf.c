// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reading a file, front to back, each part checked before the next is looked for:
 *
 *   magic, version, number of tensors, number of keys
 *   keys:    name, type, value
 *   tensors: name, dimensions, their sizes, type, offset from the first weight
 *   up to a multiple of the alignment, then the weights
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gguf_parts.h"
#include "gguf_reader.h"

/* GGUF's for keys; tensors' names are shorter still. */
#define MAX_NAME 65535u

/* What a file that does not say has; what we take: floats must be aligned, padding stay small. */
#define ALIGNMENT 32u
#define MIN_ALIGNMENT 8u
#define MAX_ALIGNMENT (1u << 20)

struct header {
	uint64_t tensors, keys;
};

static int read_header(struct gguf_reader *reader, struct header *header)
{
	const void *magic = gguf_take(reader, 4, "the magic number");
	uint32_t version = 0;
	int error;

	if (!magic)
		return -EBADMSG;
	if (memcmp(magic, "GGUF", 4))
		return gguf_bad(reader, 0, "this is no GGUF file, which would begin with 'GGUF'");
	error = gguf_take_u32(reader, "the version", &version);
	if (!error && __builtin_bswap32(version) >= 1 && __builtin_bswap32(version) <= 3)
		return gguf_bad(reader, 4, "the file is for big-endian machines");
	if (!error && version != 2 && version != 3)
		return gguf_bad(reader, 4, "its version is %" PRIu32 ", but only 2 and 3 are known",
				version);
	if (!error)
		error = gguf_take_u64(reader, "the number of tensors", &header->tensors);
	return error ? error : gguf_take_u64(reader, "the number of keys", &header->keys);
}

/*
 * one_more(): room for one more entry. Grown as they are read: a number in a file is no reason to
 * ask for memory.
 */
static bool one_more(void **entries, size_t n, size_t entry_bytes)
{
	void *more = *entries;

	/* At each power of two */
	if (!(n & (n - 1)))
		more = reallocarray(*entries, n ? 2 * n : 1, entry_bytes);
	if (!more)
		return false;
	*entries = more;
	return true;
}

static int read_name(struct gguf_reader *reader, const char *kind, struct infer_text *name)
{
	uint64_t at = reader->offset;
	int error;

	reader->kind = kind;
	reader->name = (struct infer_text){ "", 0 };
	error = gguf_take_text(reader, "its name", name);
	if (error)
		return error;
	if (!name->length || name->length > MAX_NAME)
		return gguf_bad(reader, at, "its name has %zu bytes, not 1 to %u", name->length,
				MAX_NAME);
	reader->name = *name;
	return 0;
}

static int check_bools(struct gguf_reader *reader, const uint8_t *bools, uint64_t count)
{
	for (uint64_t i = 0; i < count; i++)
		if (bools[i] > 1)
			return gguf_bad(reader, (uint64_t)(bools + i - reader->bytes),
					"a truth value is %u, not 0 or 1", bools[i]);
	return 0;
}

static int read_array(struct gguf_reader *reader, struct gguf_key *key)
{
	uint64_t at = reader->offset, bytes;
	struct infer_text text;
	uint32_t element, element_bytes;
	const void *data;
	int error = gguf_take_u32(reader, "the type of its elements", &element);

	if (!error)
		error = gguf_take_u64(reader, "the number of its elements", &key->count);
	if (error)
		return error;
	key->element = element;
	key->value = reader->bytes + reader->offset;
	element_bytes = gguf_scalar_bytes(element);
	if (element == INFER_GGUF_STRING) {
		for (uint64_t i = 0; !error && i < key->count; i++)
			error = gguf_take_text(reader, "a text among its elements", &text);
	} else if (element_bytes) {
		/* No file is that long. */
		if (__builtin_mul_overflow(key->count, element_bytes, &bytes))
			bytes = UINT64_MAX;
		data = gguf_take(reader, bytes, "the array");
		if (!data)
			error = -EBADMSG;
		else if (element == INFER_GGUF_BOOL)
			error = check_bools(reader, data, key->count);
	} else if (element == INFER_GGUF_ARRAY) {
		error = gguf_bad(reader, at, "it is an array of arrays, which is not supported");
	} else {
		error = gguf_bad(reader, at, "its elements are of type %" PRIu32 ", not 0 to 12",
				 element);
	}
	return error;
}

static int read_key(struct gguf_reader *reader, struct gguf_key *key)
{
	struct infer_text text = { };
	uint64_t at;
	uint32_t type;
	int error = read_name(reader, "key", &key->name);

	at = reader->offset;
	if (!error)
		error = gguf_take_u32(reader, "the type of its value", &type);
	if (error)
		return error;
	key->type = type;
	if (type == INFER_GGUF_STRING) {
		error = gguf_take_text(reader, "its text", &text);
		key->value = (const uint8_t *)text.bytes;
		key->count = text.length;
	} else if (type == INFER_GGUF_ARRAY) {
		error = read_array(reader, key);
	} else if (gguf_scalar_bytes(type)) {
		key->value = gguf_take(reader, gguf_scalar_bytes(type), "its value");
		if (!key->value)
			error = -EBADMSG;
		else if (type == INFER_GGUF_BOOL)
			error = check_bools(reader, key->value, 1);
	} else {
		error = gguf_bad(reader, at, "its value is of type %" PRIu32 ", not 0 to 12", type);
	}
	key->end = reader->bytes + reader->offset;
	return error;
}

/* tensor_bytes(): false if they are more than a number can say; 0 if the type is none of ours. */
static bool tensor_bytes(const struct gguf_tensor *tensor, uint64_t *bytes)
{
	uint32_t values = infer_block_values(tensor->type);

	*bytes = values ? tensor->sizes[0] / values : tensor->sizes[0];
	for (uint32_t i = 1; i < tensor->dimensions; i++)
		if (__builtin_mul_overflow(*bytes, tensor->sizes[i], bytes))
			return false;
	return !__builtin_mul_overflow(*bytes, infer_block_bytes(tensor->type), bytes);
}

static int read_sizes(struct gguf_reader *reader, struct gguf_tensor *tensor)
{
	uint64_t at = reader->offset;
	int error = gguf_take_u32(reader, "the number of its dimensions", &tensor->dimensions);

	if (!error && (!tensor->dimensions || tensor->dimensions > GGUF_DIMENSIONS))
		return gguf_bad(reader, at, "it has %" PRIu32 " dimensions, not 1 to %d",
				tensor->dimensions, GGUF_DIMENSIONS);
	for (uint32_t i = 0; !error && i < tensor->dimensions; i++) {
		at = reader->offset;
		error = gguf_take_u64(reader, "a size", &tensor->sizes[i]);
		if (!error && !tensor->sizes[i])
			return gguf_bad(reader, at, "it has a size of 0");
	}
	return error;
}

static int read_tensor(struct gguf_reader *reader, struct gguf_tensor *tensor)
{
	uint64_t at, bytes;
	uint32_t values;
	int error = read_name(reader, "tensor", &tensor->name);

	if (!error)
		error = read_sizes(reader, tensor);
	at = reader->offset;
	if (!error)
		error = gguf_take_u32(reader, "its type", &tensor->type);
	if (error)
		return error;
	values = infer_block_values(tensor->type);
	if (values && tensor->sizes[0] % values)
		return gguf_bad(reader, at,
				"its rows have %" PRIu64 " values, which are no whole blocks of"
				" %" PRIu32 " of type %s",
				tensor->sizes[0], values, infer_type_name(tensor->type));
	if (!tensor_bytes(tensor, &bytes))
		return gguf_bad(reader, at, "it has more bytes than a file can have");
	return gguf_take_u64(reader, "its offset", &tensor->offset);
}

/* Where the weights begin, and that each tensor's lie behind that. */
static int place(struct gguf_reader *reader, struct infer_gguf *gguf)
{
	uint32_t alignment = ALIGNMENT;
	int error = infer_gguf_u32(gguf, "general.alignment", &alignment);

	reader->kind = NULL;
	if (error == -EINVAL || alignment < MIN_ALIGNMENT || alignment > MAX_ALIGNMENT ||
	    alignment & (alignment - 1))
		return gguf_bad(reader, reader->offset,
				"general.alignment is no power of two from %u to %u", MIN_ALIGNMENT,
				MAX_ALIGNMENT);
	gguf->weights = (reader->offset + alignment - 1) & ~(uint64_t)(alignment - 1);
	if (gguf->weights > gguf->length) {
		if (gguf->n_tensors)
			return gguf_bad(reader, reader->offset,
					"weights would begin at %" PRIu64 ", but the file ends at"
					" %" PRIu64,
					gguf->weights, gguf->length);
		gguf->weights = gguf->length;
	}
	for (size_t i = 0; i < gguf->n_tensors; i++) {
		const struct gguf_tensor *tensor = &gguf->tensors[i];
		uint64_t at = infer_gguf_offset(gguf, tensor->name.bytes),
			 room = gguf->length - gguf->weights, bytes;

		reader->kind = "tensor";
		reader->name = tensor->name;
		if (tensor->offset % alignment)
			return gguf_bad(reader, at,
					"its offset %" PRIu64 " is no multiple of %" PRIu32,
					tensor->offset, alignment);
		tensor_bytes(tensor, &bytes);
		if (tensor->offset > room || bytes > room - tensor->offset)
			return gguf_bad(reader, at,
					"its %" PRIu64 " bytes at %" PRIu64 " of the weights end"
					" behind the file, which has %" PRIu64 " of them",
					bytes, tensor->offset, room);
	}
	return 0;
}

static int read_entries(struct gguf_reader *reader, struct infer_gguf *gguf)
{
	struct header header;
	int error = read_header(reader, &header);

	for (uint64_t i = 0; !error && i < header.keys; i++) {
		if (!one_more((void **)&gguf->keys, gguf->n_keys, sizeof(*gguf->keys)))
			return -ENOMEM;
		gguf->keys[gguf->n_keys] = (struct gguf_key){ };
		error = read_key(reader, &gguf->keys[gguf->n_keys++]);
	}
	for (uint64_t i = 0; !error && i < header.tensors; i++) {
		if (!one_more((void **)&gguf->tensors, gguf->n_tensors, sizeof(*gguf->tensors)))
			return -ENOMEM;
		gguf->tensors[gguf->n_tensors] = (struct gguf_tensor){ };
		error = read_tensor(reader, &gguf->tensors[gguf->n_tensors++]);
	}
	return error;
}

static int refuse_twice(struct gguf_reader *reader, const char *kind, const struct infer_text *name)
{
	if (!name)
		return 0;
	reader->kind = kind;
	reader->name = *name;
	return gguf_bad(reader, (uint64_t)((const uint8_t *)name->bytes - reader->bytes),
			"the file has it twice");
}

static int read_all(struct gguf_reader *reader, struct infer_gguf *gguf)
{
	int error = read_entries(reader, gguf);

	if (!error)
		error = refuse_twice(reader, "key",
				     gguf_sort(gguf->keys, gguf->n_keys, sizeof(*gguf->keys)));
	if (!error)
		error = refuse_twice(reader, "tensor",
				     gguf_sort(gguf->tensors, gguf->n_tensors, sizeof(*gguf->tensors)));
	return error ? error : place(reader, gguf);
}

/* Takes the mapping over, also if it fails. */
static int parse(const void *bytes, size_t length, bool mapped, struct infer_gguf **gguf,
		 char *problem)
{
	struct gguf_reader reader = { .bytes = bytes, .length = length, .problem = problem };
	struct infer_gguf *new = calloc(1, sizeof(*new));
	int error;

	if (!new) {
		if (mapped)
			munmap((void *)bytes, length);
		return -ENOMEM;
	}
	*new = (struct infer_gguf){ .bytes = bytes, .length = length, .mapped = mapped };
	error = read_all(&reader, new);
	if (error) {
		infer_gguf_close(new);
		return error;
	}
	*gguf = new;
	return 0;
}

int infer_gguf_parse(const void *bytes, size_t length, struct infer_gguf **gguf,
		     char problem[INFER_PROBLEM])
{
	return parse(bytes, length, false, gguf, problem);
}

static int map(int fd, const void **bytes, size_t *length, char *problem)
{
	struct stat status;
	void *mapping;
	int error;

	if (fstat(fd, &status))
		goto failed;
	if (!S_ISREG(status.st_mode)) {
		snprintf(problem, INFER_PROBLEM, "this is no file of bytes");
		return -EINVAL;
	}
	if (!status.st_size) {
		snprintf(problem, INFER_PROBLEM, "offset 0: the file is empty");
		return -EBADMSG;
	}
	*length = (size_t)status.st_size;
	mapping = mmap(NULL, *length, PROT_READ, MAP_SHARED, fd, 0);
	if (mapping == MAP_FAILED)
		goto failed;
	*bytes = mapping;
	return 0;
failed:
	error = -errno;
	snprintf(problem, INFER_PROBLEM, "the file cannot be mapped: %s", strerror(-error));
	return error;
}

int infer_gguf_open(const char *path, struct infer_gguf **gguf, char problem[INFER_PROBLEM])
{
	/* A pipe of that name is refused, not waited for. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), error;
	const void *bytes = NULL;
	size_t length = 0;

	if (fd < 0) {
		error = -errno;
		snprintf(problem, INFER_PROBLEM, "the file cannot be opened: %s", strerror(-error));
		return error;
	}
	error = map(fd, &bytes, &length, problem);
	close(fd);
	return error ? error : parse(bytes, length, true, gguf, problem);
}

void infer_gguf_close(struct infer_gguf *gguf)
{
	if (!gguf)
		return;
	if (gguf->mapped)
		munmap((void *)gguf->bytes, gguf->length);
	free(gguf->keys);
	free(gguf->tensors);
	free(gguf);
}
