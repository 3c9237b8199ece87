// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "model_parts.h"

/* Room for a key; our longest has 40 bytes. */
#define KEY 64

int model_bad(const struct model_source *source, int error, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	vsnprintf(source->problem, INFER_PROBLEM, format, list);
	va_end(list);
	return error;
}

static const char *key_of(const struct model_source *source, const char *name, char key[KEY])
{
	snprintf(key, KEY, "%s.%s", source->architecture, name);
	return key;
}

int model_bad_key(const struct model_source *source, int error, const char *name,
		  const char *expected)
{
	char key[KEY];
	uint64_t at = infer_gguf_key_offset(source->gguf, key_of(source, name, key));

	if (!at)
		return model_bad(source, error, "key '%s' is missing: %s is expected", key,
				 expected);
	return model_bad(source, error, "offset %" PRIu64 ": key '%s': it is not %s", at, key,
			 expected);
}

int model_u32(const struct model_source *source, const char *name, uint32_t least, uint32_t most,
	      uint32_t *value)
{
	char key[KEY], expected[64];
	int error = infer_gguf_u32(source->gguf, key_of(source, name, key), value);

	if (error == -ENOENT && *value)
		return 0;
	if (!error && *value >= least && *value <= most)
		return 0;
	snprintf(expected, sizeof(expected), "a whole number from %" PRIu32 " to %" PRIu32, least,
		 most);
	return model_bad_key(source, -EBADMSG, name, expected);
}

int model_float(const struct model_source *source, const char *name, float least, float most,
		float *value)
{
	char key[KEY], expected[64];
	int error = infer_gguf_float(source->gguf, key_of(source, name, key), value);

	if (error == -ENOENT && *value >= least)
		return 0;
	/* Not a number is neither. */
	if (!error && *value >= least && *value <= most)
		return 0;
	snprintf(expected, sizeof(expected), "a number from %g to %g", (double)least, (double)most);
	return model_bad_key(source, -EBADMSG, name, expected);
}

static int find(const struct model_source *source, const char *name, struct infer_tensor *tensor)
{
	int error = infer_gguf_tensor(source->gguf, name, tensor);

	if (error == -ENOENT)
		return model_bad(source, -EBADMSG, "tensor '%s' is missing", name);
	if (error == -ENOTSUP)
		return model_bad(source, error,
				 "tensor '%s' is not supported: it must be F32, F16, Q4_0, Q8_0,"
				 " Q4_K or Q6_K, of 1 or 2 dimensions", name);
	return error;
}

int model_matrix(const struct model_source *source, const char *name, uint32_t rows,
		 uint32_t columns, struct infer_tensor *tensor)
{
	int error = find(source, name, tensor);

	if (error || (tensor->rows == rows && tensor->columns == columns))
		return error;
	return model_bad(source, -EBADMSG,
			 "offset %" PRIu64 ": tensor '%s': it is of %" PRIu32 " rows of %" PRIu32
			 " values, not of %" PRIu32 " of %" PRIu32,
			 infer_gguf_offset(source->gguf, tensor->data), name, tensor->rows,
			 tensor->columns, rows, columns);
}

int model_vector(const struct model_source *source, const char *name, uint32_t columns,
		 struct infer_tensor *tensor)
{
	int error = model_matrix(source, name, 1, columns, tensor);

	if (error || tensor->type == INFER_F32)
		return error;
	return model_bad(source, -ENOTSUP,
			 "offset %" PRIu64 ": tensor '%s': it is %s, but vectors must be F32",
			 infer_gguf_offset(source->gguf, tensor->data), name,
			 infer_type_name(tensor->type));
}

bool model_has_tensor(const struct model_source *source, const char *name)
{
	struct infer_tensor tensor;

	return infer_gguf_tensor(source->gguf, name, &tensor) != -ENOENT;
}
