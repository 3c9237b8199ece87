// SPDX-License-Identifier: GPL-2.0-or-later
#include "canary_fault.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "seeded_parts.h"

#define NEAR 32u       /* bytes within which several bits go together */
#define LANE_BYTES 4u
#define LANE_PERIOD 32u

static const struct {
	const char *name;
	enum infer_fault_kind kind;
	bool number;
} names[] = {
	{ "bit", INFER_FAULT_BIT, true },
	{ "bits", INFER_FAULT_BITS, true },
	{ "lanes", INFER_FAULT_LANES, true },
	{ "slow", INFER_FAULT_SLOW, true },
	{ "hang", INFER_FAULT_HANG, false },
	{ "crash", INFER_FAULT_CRASH, false },
	{ "fail", INFER_FAULT_FAIL, false },
};

static int parse_number(const char *text, struct infer_fault *fault, char **end)
{
	if (*text < '0' || *text > '9')
		return -EINVAL;
	if (fault->kind == INFER_FAULT_SLOW) {
		fault->factor = strtod(text, end);
		return fault->factor >= 1 && fault->factor <= 1000 ? 0 : -EINVAL;
	}
	fault->seed = strtoull(text, end, 10);
	return 0;
}

int infer_fault_parse(const char *text, struct infer_fault *fault)
{
	size_t length = text ? strcspn(text, ":@") : 0;
	char *end = (char *)text + length;

	*fault = (struct infer_fault){ .factor = 1 };
	if (!text || !*text)
		return 0;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strlen(names[i].name) != length || strncmp(names[i].name, text, length))
			continue;
		fault->kind = names[i].kind;
		if (names[i].number != (*end == ':') || (names[i].number && parse_number(end + 1, fault, &end)))
			return -EINVAL;
	}
	if (!fault->kind)
		return -EINVAL;
	if (*end == '@' && end[1] >= '0' && end[1] <= '9')
		fault->from = strtoull(end + 1, &end, 10);
	return *end ? -EINVAL : 0;
}

static size_t tensor_bytes(const struct infer_tensor *tensor)
{
	return tensor->rows * infer_row_bytes(tensor->type, tensor->columns);
}

/* The tensor that the byte @at lies in, counted through those of the type, and where in it. */
static const struct infer_tensor *choose(const struct infer_tensor *const *tensors, size_t n, int type, size_t *at)
{
	for (size_t i = 0; i < n; i++) {
		if (type != INFER_FAULT_ANY && (int)tensors[i]->type != type)
			continue;
		if (*at < tensor_bytes(tensors[i]))
			return tensors[i];
		*at -= tensor_bytes(tensors[i]);
	}
	return NULL;
}

static unsigned int turn_bits(uint8_t *bytes, size_t length, size_t at, uint64_t *state)
{
	unsigned int n = 2 + seeded_next(state) % 7;
	size_t room = length < NEAR ? length : NEAR, from = at < length - room ? at : length - room;
	uint8_t mask[NEAR] = { 0 };

	for (unsigned int turned = 0; turned < n;) {
		unsigned int bit = seeded_next(state) % (8 * room);

		turned += !(mask[bit / 8] & 1u << bit % 8);
		mask[bit / 8] |= 1u << bit % 8;
	}
	for (size_t i = 0; i < room; i++)
		bytes[from + i] ^= mask[i];
	return n;
}

static unsigned int turn_lanes(uint8_t *bytes, size_t length, size_t at, unsigned int bit)
{
	unsigned int n = 0;

	for (size_t i = at % (LANE_BYTES * LANE_PERIOD); i < length; i += (size_t)LANE_BYTES * LANE_PERIOD, n++)
		bytes[i] ^= 1u << bit;
	return n;
}

unsigned int infer_fault_turn(enum infer_fault_kind kind, uint64_t seed, int type, struct infer_canary_model *model)
{
	const struct infer_tensor *const *tensors, *tensor;
	size_t n = infer_canary_model_tensors(model, &tensors), total = 0, at;
	uint64_t state = seeded_stream(seed, "fault");
	unsigned int bit = seeded_next(&state) % 8;
	uint8_t *bytes;

	for (size_t i = 0; i < n; i++)
		if (type == INFER_FAULT_ANY || (int)tensors[i]->type == type)
			total += tensor_bytes(tensors[i]);
	if (!total)
		return 0;
	at = seeded_next(&state) % total;
	tensor = choose(tensors, n, type, &at);
	bytes = infer_canary_model_weights(model) + tensor->offset;
	if (kind == INFER_FAULT_BITS)
		return turn_bits(bytes, tensor_bytes(tensor), at, &state);
	if (kind == INFER_FAULT_LANES)
		return turn_lanes(bytes, tensor_bytes(tensor), at, bit);
	bytes[at] ^= 1u << bit;
	return 1;
}
