// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "canary_model.h"
#include "fnv.h"
#include "quant.h"
#include "seeded_parts.h"

#define VOCABULARY 320u
#define DIM 256u /* whole blocks of each type */
#define HEADS 4u
#define KV_HEADS 2u
#define HEAD_DIM (DIM / HEADS)
#define FFN 256u
#define SEED 6
#define ALIGNMENT 32u

/* Spreads of products, as in seeded.c: attention that looks at few positions, parts as large as the stream. */
#define SHARP 1.5f
#define NORM 0.125f

enum part { EMBEDDING, ATTENTION_NORM, Q, K, V, O, FFN_NORM, GATE, UP, DOWN, OUTPUT_NORM, PARTS };

/* rows 0: a vector about 1, else a matrix whose products have that spread. */
static const struct {
	const char *name;
	enum infer_type type;
	uint32_t rows, columns;
	float spread;
} parts[PARTS] = {
	[EMBEDDING]      = { "embedding", INFER_Q8_0, VOCABULARY, DIM, 16 },
	[ATTENTION_NORM] = { "attention_norm", INFER_F32, 0, DIM, NORM },
	[Q]              = { "q", INFER_F32, DIM, DIM, SHARP },
	[K]              = { "k", INFER_F16, KV_HEADS * HEAD_DIM, DIM, SHARP },
	[V]              = { "v", INFER_Q4_0, KV_HEADS * HEAD_DIM, DIM, 1 },
	[O]              = { "o", INFER_Q4_K, DIM, DIM, 1 },
	[FFN_NORM]       = { "ffn_norm", INFER_F32, 0, DIM, NORM },
	[GATE]           = { "gate", INFER_Q6_K, FFN, DIM, 1 },
	[UP]             = { "up", INFER_Q4_0, FFN, DIM, 1 },
	[DOWN]           = { "down", INFER_F16, DIM, FFN, 1 },
	[OUTPUT_NORM]    = { "output_norm", INFER_F32, 0, DIM, NORM },
};

struct infer_canary_model {
	struct infer_model model;
	struct infer_layer layer;
	float frequency[HEAD_DIM / 2];
	uint8_t *weights;
	const struct infer_tensor *tensors[PARTS];
};

static struct infer_tensor *part_of(struct infer_canary_model *m, enum part part)
{
	switch (part) {
	case EMBEDDING:
		return &m->model.embedding;
	case ATTENTION_NORM:
		return &m->layer.attention_norm;
	case Q:
		return &m->layer.q;
	case K:
		return &m->layer.k;
	case V:
		return &m->layer.v;
	case O:
		return &m->layer.o;
	case FFN_NORM:
		return &m->layer.ffn_norm;
	case GATE:
		return &m->layer.gate;
	case UP:
		return &m->layer.up;
	case DOWN:
		return &m->layer.down;
	case OUTPUT_NORM:
	case PARTS:
		break;
	}
	return &m->model.output_norm;
}

static uint32_t rows_of(enum part part)
{
	return parts[part].rows ?: 1;
}

static size_t bytes_of(enum part part)
{
	size_t bytes = rows_of(part) * infer_row_bytes(parts[part].type, parts[part].columns);

	return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

/* Between -sqrt(3) and sqrt(3), of which the standard deviation is 1; the same on each machine. */
static float uniform(uint64_t *state)
{
	return ((float)(seeded_next(state) >> 40) - 0x1p23f) * (0x1p-23f * 1.7320508f);
}

static void fill(enum part part, uint8_t *row)
{
	uint64_t state = seeded_stream(SEED, parts[part].name);
	bool matrix = parts[part].rows;
	float spread = matrix ? parts[part].spread / sqrtf((float)parts[part].columns) : parts[part].spread;
	float values[DIM > FFN ? DIM : FFN];

	for (uint32_t r = 0; r < rows_of(part); r++) {
		for (uint32_t i = 0; i < parts[part].columns; i++)
			values[i] = (matrix ? 0 : 1) + spread * uniform(&state);
		infer_quantise(parts[part].type, values, row, parts[part].columns);
		row += infer_row_bytes(parts[part].type, parts[part].columns);
	}
}

static void make(struct infer_canary_model *m)
{
	size_t offset = 0;

	m->model = (struct infer_model){ .name = "canary", .vocabulary = VOCABULARY, .dim = DIM, .n_layers = 1,
					 .heads = HEADS, .kv_heads = KV_HEADS, .head_dim = HEAD_DIM, .ffn = FFN,
					 .context = 2 * INFER_CANARY_PROMPT, .rope_dims = HEAD_DIM,
					 .rope_frequency = m->frequency, .epsilon = 1e-5f, .layers = &m->layer,
					 .weights = m->weights };
	for (uint32_t i = 0; i < HEAD_DIM / 2; i++)
		m->frequency[i] = powf(1e4f, -2.0f * (float)i / HEAD_DIM);
	for (enum part part = 0; part < PARTS; part++) {
		*part_of(m, part) = (struct infer_tensor){ m->weights + offset, offset, parts[part].type,
							   rows_of(part), parts[part].columns };
		m->tensors[part] = part_of(m, part);
		fill(part, m->weights + offset);
		offset += bytes_of(part);
	}
	m->model.output = m->model.embedding;
	m->model.weights_bytes = offset;
}

int infer_canary_model_open(struct infer_canary_model **model)
{
	struct infer_canary_model *m = calloc(1, sizeof(*m));
	size_t bytes = 0;

	for (enum part part = 0; part < PARTS; part++)
		bytes += bytes_of(part);
	if (m)
		m->weights = aligned_alloc(64, (bytes + 63) / 64 * 64);
	if (!m || !m->weights) {
		free(m);
		return -ENOMEM;
	}
	memset(m->weights, 0, bytes);
	make(m);
	*model = m;
	return 0;
}

void infer_canary_model_close(struct infer_canary_model *model)
{
	if (model)
		free(model->weights);
	free(model);
}

const struct infer_model *infer_canary_model_get(const struct infer_canary_model *model)
{
	return &model->model;
}

size_t infer_canary_model_tensors(struct infer_canary_model *model, const struct infer_tensor *const **tensors)
{
	*tensors = model->tensors;
	return PARTS;
}

uint8_t *infer_canary_model_weights(struct infer_canary_model *model)
{
	return model->weights;
}

uint64_t infer_canary_model_version(const struct infer_canary_model *m)
{
	static const uint32_t sizes[] = { VOCABULARY, DIM, HEADS, KV_HEADS, FFN, INFER_CANARY_PROMPT, INFER_CANARY_SINGLES };
	uint64_t sum = infer_fnv(INFER_FNV, sizes, sizeof(sizes));

	sum = infer_fnv(sum, m->frequency, sizeof(m->frequency));
	return infer_fnv(sum, m->weights, m->model.weights_bytes);
}
