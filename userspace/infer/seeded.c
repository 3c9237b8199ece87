// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Weights are sums of four uniform numbers, which come near to a normal distribution without a
 * function that machines compute differently: all here is integers, products, sums and square
 * roots, which IEEE 754 rounds in one way only.
 */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model_limits.h"
#include "quant.h"
#include "seeded_parts.h"

#define LEAST_VOCABULARY 300u

#define NAME 48

/*
 * Standard deviations. Scores of attention have about SHARP^2, so that few positions matter much
 * and a wrong one shows; logits LOGITS, so that one token is ahead at most positions.
 */
#define SHARP  1.5f
#define LOGITS 3.0f
#define BIAS   0.25f
#define NORM   0.125f

/* How much more than the embedding all layers add, where that is the output too. */
#define TIED 3.0f

/**
 * struct plan - a tensor to fill
 * @rows: 0 for a vector
 * @offset: from the first weight
 * @mean, @spread: of its values
 * @signs: half of its values are negated
 */
struct plan {
	char name[NAME];
	enum infer_type type;
	uint32_t rows, columns;
	uint64_t offset;
	float mean, spread;
	bool signs;
};

struct plans {
	struct plan *plan;
	size_t n;
	struct infer_gguf_writer writer;
	const struct infer_seeded *seeded;
};

/* Beside those of layers: embedding, output, output_norm. */
#define OTHER_TENSORS 3
#define LAYER_TENSORS 12

static const struct {
	const char *name;
	struct infer_seeded seeded;
} named[] = {
	/* Columns are multiples of 256, that each type may be tried. */
	{ "tiny", { .seed = 1, .type = INFER_Q8_0, .vocabulary = 512, .dim = 256, .layers = 2,
		    .heads = 4, .kv_heads = 2, .ffn = 256, .context = 2048 } },
	{ "small", { .seed = 1, .type = INFER_Q8_0, .vocabulary = 4096, .dim = 768, .layers = 8,
		     .heads = 12, .kv_heads = 4, .ffn = 2048, .context = 4096 } },
	{ "large", { .seed = 1, .type = INFER_Q8_0, .vocabulary = 8192, .dim = 2048, .layers = 4,
		     .heads = 32, .kv_heads = 4, .ffn = 5632, .context = 4096 } },
};

int infer_seeded_named(const char *name, struct infer_seeded *seeded)
{
	for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++) {
		if (!strcmp(name, named[i].name)) {
			*seeded = named[i].seeded;
			return 0;
		}
	}
	return -EINVAL;
}

static bool between(uint32_t value, uint32_t least, uint32_t most)
{
	return value >= least && value <= most;
}

static bool goes_together(const struct infer_seeded *s)
{
	return infer_block_values(s->type) &&
	       between(s->vocabulary, LEAST_VOCABULARY, INFER_MAX_VOCABULARY) &&
	       between(s->layers, 1, INFER_MAX_LAYERS) && between(s->ffn, 1, INFER_MAX_FFN) &&
	       between(s->context, 1, INFER_MAX_CONTEXT) && between(s->heads, 1, INFER_MAX_HEADS) &&
	       between(s->kv_heads, 1, s->heads) && s->heads % s->kv_heads == 0 &&
	       between(s->dim, 2, INFER_MAX_DIM) && s->dim % (2 * s->heads) == 0 &&
	       s->dim / s->heads <= INFER_MAX_HEAD_DIM;
}

static void key_u32(struct plans *plans, const char *architecture, const char *name, uint32_t value)
{
	char key[64];

	snprintf(key, sizeof(key), "%s.%s", architecture, name);
	infer_gguf_write_u32(&plans->writer, key, value);
}

static void key_float(struct plans *plans, const char *architecture, const char *name, float value)
{
	char key[64];

	snprintf(key, sizeof(key), "%s.%s", architecture, name);
	infer_gguf_write_float(&plans->writer, key, value);
}

static void write_keys(struct plans *plans)
{
	const struct infer_seeded *s = plans->seeded;
	const char *architecture = s->qwen2 ? "qwen2" : "llama";
	char name[64];

	snprintf(name, sizeof(name), "seeded %s %ux%u of seed %" PRIu64, architecture, s->dim,
		 s->layers, s->seed);
	infer_gguf_write_text(&plans->writer, "general.architecture", architecture);
	infer_gguf_write_text(&plans->writer, "general.name", name);
	/* Of the blocks' layouts; other programs ask for it. */
	infer_gguf_write_u32(&plans->writer, "general.quantization_version", 2);
	key_u32(plans, architecture, "vocab_size", s->vocabulary);
	key_u32(plans, architecture, "context_length", s->context);
	key_u32(plans, architecture, "embedding_length", s->dim);
	key_u32(plans, architecture, "block_count", s->layers);
	key_u32(plans, architecture, "feed_forward_length", s->ffn);
	key_u32(plans, architecture, "attention.head_count", s->heads);
	key_u32(plans, architecture, "attention.head_count_kv", s->kv_heads);
	key_u32(plans, architecture, "rope.dimension_count", s->dim / s->heads);
	key_float(plans, architecture, "rope.freq_base", s->qwen2 ? 1e6f : 1e4f);
	key_float(plans, architecture, "attention.layer_norm_rms_epsilon", 1e-5f);
}

static void plan(struct plans *plans, struct plan plan)
{
	plan.type = INFER_F32;
	if (plan.rows && plan.columns % infer_block_values(plans->seeded->type))
		plan.type = INFER_F16;
	else if (plan.rows)
		plan.type = plans->seeded->type;
	plan.offset = infer_gguf_write_tensor(&plans->writer, plan.name, plan.type, plan.rows,
					      plan.columns);
	plans->plan[plans->n++] = plan;
}

/* A matrix whose products with values of standard deviation 1 have @spread. */
static void plan_matrix(struct plans *plans, const char *name, uint32_t rows, uint32_t columns,
			float spread)
{
	struct plan matrix = { .rows = rows, .columns = columns };

	matrix.spread = spread / sqrtf((float)columns);
	snprintf(matrix.name, sizeof(matrix.name), "%s", name);
	plan(plans, matrix);
}

static void plan_vector(struct plans *plans, const char *name, uint32_t columns, float mean,
			float spread, bool signs)
{
	struct plan vector = { .columns = columns, .mean = mean, .spread = spread, .signs = signs };

	snprintf(vector.name, sizeof(vector.name), "%s", name);
	plan(plans, vector);
}

/* @stream: what both parts of all layers add to the residual stream together, about */
static void plan_layer(struct plans *plans, uint32_t index, float stream)
{
	const struct infer_seeded *s = plans->seeded;
	uint32_t kv = s->dim / s->heads * s->kv_heads;
	float part = stream / sqrtf(2 * (float)s->layers);
	char name[NAME];

#define NAMED(suffix) (snprintf(name, sizeof(name), "blk.%" PRIu32 "." suffix, index), name)
	plan_vector(plans, NAMED("attn_norm.weight"), s->dim, 1, NORM, false);
	plan_matrix(plans, NAMED("attn_q.weight"), s->dim, s->dim, SHARP);
	plan_matrix(plans, NAMED("attn_k.weight"), kv, s->dim, SHARP);
	plan_matrix(plans, NAMED("attn_v.weight"), kv, s->dim, 1);
	if (s->qwen2) {
		plan_vector(plans, NAMED("attn_q.bias"), s->dim, 0, BIAS, false);
		plan_vector(plans, NAMED("attn_k.bias"), kv, 0, BIAS, false);
		plan_vector(plans, NAMED("attn_v.bias"), kv, 0, BIAS, false);
	}
	plan_matrix(plans, NAMED("attn_output.weight"), s->dim, s->dim, part);
	plan_vector(plans, NAMED("ffn_norm.weight"), s->dim, 1, NORM, false);
	plan_matrix(plans, NAMED("ffn_gate.weight"), s->ffn, s->dim, 1);
	plan_matrix(plans, NAMED("ffn_up.weight"), s->ffn, s->dim, 1);
	/* silu(gate) * up of a normal distribution has 0.6. */
	plan_matrix(plans, NAMED("ffn_down.weight"), s->dim, s->ffn, part / 0.6f);
#undef NAMED
}

/*
 * An embedding that is the output too must be as small as that. The signs of output_norm turn a
 * token's own embedding away from it, or the model would repeat that token for ever; and as the
 * embeddings' products are symmetric, the layers must add more, or two tokens would take turns.
 */
static void plan_tensors(struct plans *plans)
{
	const struct infer_seeded *s = plans->seeded;
	float root = sqrtf((float)s->dim);

	plan_matrix(plans, "token_embd.weight", s->vocabulary, s->dim, s->qwen2 ? LOGITS : root);
	for (uint32_t i = 0; i < s->layers; i++)
		plan_layer(plans, i, s->qwen2 ? TIED * LOGITS / root : 1);
	plan_vector(plans, "output_norm.weight", s->dim, 1, NORM, true);
	if (!s->qwen2)
		plan_matrix(plans, "output.weight", s->vocabulary, s->dim, LOGITS);
}

/* normal(): of mean 0 and standard deviation 1, about; from -3.46 to 3.46. */
static float normal(uint64_t random)
{
	uint32_t sum = (random & 0xffff) + (random >> 16 & 0xffff) + (random >> 32 & 0xffff) +
		       (random >> 48);

	/* By 2^16 / sqrt(3), which four of them have together. */
	return ((float)sum - 131070) * 2.642898e-5f;
}

static void fill(const struct plan *plan, uint64_t seed, uint8_t *weights, float *row)
{
	uint64_t state = seeded_stream(seed, plan->name), signs = seeded_stream(seed, "signs");
	size_t row_bytes = infer_row_bytes(plan->type, plan->columns);

	for (uint32_t r = 0; r < (plan->rows ? plan->rows : 1); r++) {
		for (uint32_t i = 0; i < plan->columns; i++) {
			row[i] = plan->mean + plan->spread * normal(seeded_next(&state));
			if (plan->signs && seeded_next(&signs) & 1)
				row[i] = -row[i];
		}
		infer_quantise(plan->type, row, weights + plan->offset + r * row_bytes,
			       plan->columns);
	}
}

static int make(struct plans *plans, void **bytes, size_t *length)
{
	void *weights;
	size_t widest;
	float *row;
	int error = infer_gguf_writer_begin(&plans->writer), tokens;

	if (error)
		return error;
	write_keys(plans);
	tokens = seeded_write_tokens(&plans->writer, plans->seeded);
	plan_tensors(plans);
	error = infer_gguf_writer_end(&plans->writer, bytes, length, &weights);
	if (error)
		return error;
	widest = plans->seeded->dim > plans->seeded->ffn ? plans->seeded->dim : plans->seeded->ffn;
	row = calloc(widest, sizeof(*row));
	if (tokens || !row) {
		free(row);
		free(*bytes);
		return -ENOMEM;
	}
	for (size_t i = 0; i < plans->n; i++)
		fill(&plans->plan[i], plans->seeded->seed, weights, row);
	free(row);
	return 0;
}

int infer_seeded_make(const struct infer_seeded *seeded, void **bytes, size_t *length)
{
	struct plans plans = { .seeded = seeded };
	int error;

	if (!goes_together(seeded))
		return -EINVAL;
	plans.plan = calloc(OTHER_TENSORS + LAYER_TENSORS * (size_t)seeded->layers,
			    sizeof(*plans.plan));
	if (!plans.plan)
		return -ENOMEM;
	error = make(&plans, bytes, length);
	free(plans.plan);
	return error;
}
