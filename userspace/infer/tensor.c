// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <strings.h>

#include "tensor.h"

static const struct {
	enum infer_type type;
	const char *name;
	uint32_t values, bytes;
} types[] = {
	{ INFER_F32, "F32", 1, 4 },
	{ INFER_F16, "F16", 1, 2 },
	{ INFER_Q4_0, "Q4_0", 32, sizeof(struct infer_q4_0) },
	{ INFER_Q8_0, "Q8_0", 32, sizeof(struct infer_q8_0) },
	{ INFER_Q4_K, "Q4_K", 256, sizeof(struct infer_q4_k) },
	{ INFER_Q6_K, "Q6_K", 256, sizeof(struct infer_q6_k) },
};

#define TYPES (sizeof(types) / sizeof(types[0]))

static size_t type_index(enum infer_type type)
{
	size_t i = 0;

	while (i < TYPES && types[i].type != type)
		i++;
	return i;
}

const char *infer_type_name(enum infer_type type)
{
	size_t i = type_index(type);

	return i < TYPES ? types[i].name : NULL;
}

int infer_type_named(const char *name, enum infer_type *type)
{
	for (size_t i = 0; i < TYPES; i++) {
		if (!strcasecmp(name, types[i].name)) {
			*type = types[i].type;
			return 0;
		}
	}
	return -EINVAL;
}

uint32_t infer_block_values(enum infer_type type)
{
	size_t i = type_index(type);

	return i < TYPES ? types[i].values : 0;
}

uint32_t infer_block_bytes(enum infer_type type)
{
	size_t i = type_index(type);

	return i < TYPES ? types[i].bytes : 0;
}

size_t infer_row_bytes(enum infer_type type, uint32_t columns)
{
	size_t i = type_index(type);

	return i < TYPES ? (size_t)columns / types[i].values * types[i].bytes : 0;
}
