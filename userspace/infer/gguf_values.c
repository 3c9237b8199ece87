// SPDX-License-Identifier: GPL-2.0-or-later
/* Looking up: what a checked file holds under a name. */
#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gguf_parts.h"

uint32_t gguf_scalar_bytes(uint32_t type)
{
	switch (type) {
	case INFER_GGUF_U8:
	case INFER_GGUF_I8:
	case INFER_GGUF_BOOL:
		return 1;
	case INFER_GGUF_U16:
	case INFER_GGUF_I16:
		return 2;
	case INFER_GGUF_U32:
	case INFER_GGUF_I32:
	case INFER_GGUF_F32:
		return 4;
	case INFER_GGUF_U64:
	case INFER_GGUF_I64:
	case INFER_GGUF_F64:
		return 8;
	}
	return 0;
}

/* Any order does; by length first, most names need no more. */
static int by_name(const void *left, const void *right)
{
	const struct infer_text *a = left, *b = right;

	if (a->length != b->length)
		return a->length < b->length ? -1 : 1;
	return memcmp(a->bytes, b->bytes, a->length);
}

const void *gguf_sort(void *entries, size_t n, size_t entry_bytes)
{
	const char *entry = entries;

	if (n < 2)
		return NULL;
	qsort(entries, n, entry_bytes, by_name);
	for (size_t i = 1; i < n; i++, entry += entry_bytes)
		if (!by_name(entry, entry + entry_bytes))
			return entry;
	return NULL;
}

const void *gguf_find(const void *entries, size_t n, size_t entry_bytes, const char *name)
{
	struct infer_text text = { name, strlen(name) };

	return n ? bsearch(&text, entries, n, entry_bytes, by_name) : NULL;
}

static const struct gguf_key *find_key(const struct infer_gguf *gguf, const char *name)
{
	return gguf_find(gguf->keys, gguf->n_keys, sizeof(*gguf->keys), name);
}

/* integer(): what a key's value is as one, if it is in the reach of an int64_t. */
static bool integer(const struct gguf_key *key, int64_t *value)
{
	uint32_t bytes = gguf_scalar_bytes(key->type);
	uint64_t raw = 0;

	memcpy(&raw, key->value, bytes);
	switch (key->type) {
	case INFER_GGUF_U8:
	case INFER_GGUF_U16:
	case INFER_GGUF_U32:
	case INFER_GGUF_U64:
		*value = (int64_t)raw;
		return raw <= INT64_MAX;
	case INFER_GGUF_I8:
		*value = (int8_t)raw;
		return true;
	case INFER_GGUF_I16:
		*value = (int16_t)raw;
		return true;
	case INFER_GGUF_I32:
		*value = (int32_t)raw;
		return true;
	case INFER_GGUF_I64:
		*value = (int64_t)raw;
		return true;
	default:
		return false;
	}
}

int infer_gguf_u32(const struct infer_gguf *gguf, const char *name, uint32_t *value)
{
	const struct gguf_key *key = find_key(gguf, name);
	int64_t number;

	if (!key)
		return -ENOENT;
	if (!integer(key, &number) || number < 0 || number > UINT32_MAX)
		return -EINVAL;
	*value = (uint32_t)number;
	return 0;
}

int infer_gguf_float(const struct infer_gguf *gguf, const char *name, float *value)
{
	const struct gguf_key *key = find_key(gguf, name);
	double wide;

	if (!key)
		return -ENOENT;
	if (key->type == INFER_GGUF_F32) {
		memcpy(value, key->value, sizeof(*value));
		return 0;
	}
	if (key->type != INFER_GGUF_F64)
		return -EINVAL;
	memcpy(&wide, key->value, sizeof(wide));
	if (isfinite(wide) && fabs(wide) > FLT_MAX)
		return -EINVAL;
	*value = (float)wide;
	return 0;
}

int infer_gguf_bool(const struct infer_gguf *gguf, const char *name, bool *value)
{
	const struct gguf_key *key = find_key(gguf, name);

	if (!key)
		return -ENOENT;
	if (key->type != INFER_GGUF_BOOL)
		return -EINVAL;
	*value = *key->value;
	return 0;
}

int infer_gguf_text(const struct infer_gguf *gguf, const char *name, struct infer_text *value)
{
	const struct gguf_key *key = find_key(gguf, name);

	if (!key)
		return -ENOENT;
	if (key->type != INFER_GGUF_STRING)
		return -EINVAL;
	*value = (struct infer_text){ (const char *)key->value, key->count };
	return 0;
}

int infer_gguf_array(const struct infer_gguf *gguf, const char *name,
		     struct infer_gguf_array *value)
{
	const struct gguf_key *key = find_key(gguf, name);

	if (!key)
		return -ENOENT;
	if (key->type != INFER_GGUF_ARRAY)
		return -EINVAL;
	*value = (struct infer_gguf_array){ key->element, key->count, key->value, key->end };
	return 0;
}

bool infer_gguf_next_text(const struct infer_gguf_array *array, const void **cursor,
			  struct infer_text *text)
{
	const char *at = *cursor ? *cursor : array->data;
	uint64_t length;

	if (array->type != INFER_GGUF_STRING || at == array->end)
		return false;
	memcpy(&length, at, sizeof(length));
	/* It was checked when the file was opened, but who may write the file may have changed it since. */
	if (length > (uint64_t)((const char *)array->end - at) - sizeof(length))
		return false;
	*text = (struct infer_text){ at + sizeof(length), length };
	*cursor = text->bytes + length;
	return true;
}

int infer_gguf_tensor(const struct infer_gguf *gguf, const char *name, struct infer_tensor *tensor)
{
	const struct gguf_tensor *found = gguf_find(gguf->tensors, gguf->n_tensors, sizeof(*found),
						    name);
	uint64_t rows;

	if (!found)
		return -ENOENT;
	rows = found->dimensions == 2 ? found->sizes[1] : 1;
	if (found->dimensions > 2 || !infer_block_values(found->type) ||
	    found->sizes[0] > UINT32_MAX || rows > UINT32_MAX)
		return -ENOTSUP;
	*tensor = (struct infer_tensor){
		.data = gguf->bytes + gguf->weights + found->offset,
		.offset = found->offset,
		.type = found->type,
		.rows = (uint32_t)rows,
		.columns = (uint32_t)found->sizes[0],
	};
	return 0;
}

uint64_t infer_gguf_offset(const struct infer_gguf *gguf, const void *byte)
{
	return (uint64_t)((const uint8_t *)byte - gguf->bytes);
}

uint64_t infer_gguf_key_offset(const struct infer_gguf *gguf, const char *name)
{
	const struct gguf_key *key = find_key(gguf, name);

	return key ? infer_gguf_offset(gguf, key->name.bytes) : 0;
}

const void *infer_gguf_weights(const struct infer_gguf *gguf, size_t *bytes)
{
	*bytes = gguf->length - gguf->weights;
	return gguf->bytes + gguf->weights;
}
