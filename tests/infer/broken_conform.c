// SPDX-License-Identifier: GPL-2.0-or-later
/* That the checks of conform.c find kernels that are wrong: each one of the native leg in turn. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "conform.h"

/* What is wrong is one value of the first row, by a thousandth of what it should be. */
#define FACTOR 1.001f

/* The leg, of which @broken has its result changed; the rest is as it was. */
static const struct infer_leg_ops *right;
static const char *broken;
static enum infer_buffer dirty;

static void spoil(enum infer_buffer buffer, const char *name)
{
	if (!strcmp(broken, name))
		dirty = buffer;
}

static void embed(struct infer_leg *leg, const struct infer_tensor *weight)
{
	right->embed(leg, weight);
	spoil(INFER_X, "embed");
}

static void rms_norm(struct infer_leg *leg, enum infer_buffer dst, enum infer_buffer src,
		     const struct infer_tensor *weight)
{
	right->rms_norm(leg, dst, src, weight);
	spoil(dst, "rms_norm");
}

static void multiply(struct infer_leg *leg, enum infer_buffer dst,
		     const struct infer_tensor *weight, enum infer_buffer src,
		     const struct infer_tensor *bias, bool add)
{
	if (!strcmp(broken, "bias"))
		bias = NULL;
	if (!strcmp(broken, "add"))
		add = false;
	right->multiply(leg, dst, weight, src, bias, add);
	spoil(dst, "multiply");
}

static void rope(struct infer_leg *leg, enum infer_buffer buffer)
{
	right->rope(leg, buffer);
	spoil(buffer, "rope");
}

static void store(struct infer_leg *leg, uint32_t layer)
{
	right->store(leg, strcmp(broken, "store") ? layer : 0);
}

static void attend(struct infer_leg *leg, uint32_t layer)
{
	right->attend(leg, layer);
	spoil(INFER_HEADS, "attend");
}

static void swiglu(struct infer_leg *leg)
{
	right->swiglu(leg);
	spoil(INFER_GATE, "swiglu");
}

/* The greatest value of the first row: none can be so small that the change is lost. */
static int spoilt_read(struct infer_leg *leg, enum infer_buffer buffer, float *values,
		       size_t floats)
{
	size_t n = infer_leg_width(leg->model, buffer), most = 0;
	int error = right->read(leg, buffer, values, floats);

	if (error || buffer != dirty)
		return error;
	for (size_t i = 1; i < n && i < floats; i++)
		most = fabsf(values[i]) > fabsf(values[most]) ? i : most;
	values[most] *= FACTOR;
	return 0;
}

static struct infer_leg_ops ops;

static int open_broken(const struct infer_model *model, const struct infer_limits *limits,
		       void *context, struct infer_leg **leg)
{
	int error = infer_native_open(model, limits, "plain", leg);

	(void)context;
	if (error)
		return error;
	right = (*leg)->ops;
	ops = *right;
	ops.embed = embed;
	ops.rms_norm = rms_norm;
	ops.multiply = multiply;
	ops.rope = rope;
	ops.store = store;
	ops.attend = attend;
	ops.swiglu = swiglu;
	ops.read = spoilt_read;
	(*leg)->ops = &ops;
	dirty = INFER_BUFFERS;
	return 0;
}

int main(void)
{
	static const char *const kernels[] = { "embed", "rms_norm", "multiply", "bias",	 "add",
					       "rope",	"store",    "attend",	"swiglu" };
	unsigned int passed = 0, failed = 0;

	broken = "none";
	if (conform_quickly(open_broken, NULL, 1e-9)) {
		printf("not ok broken__nothing_is_wrong_with_what_is_not_broken\n");
		failed++;
	} else {
		passed++;
	}
	for (size_t i = 0; i < sizeof(kernels) / sizeof(kernels[0]); i++) {
		broken = kernels[i];
		if (conform_quickly(open_broken, NULL, 1e-9)) {
			printf("ok broken_%s__is_found\n", broken);
			passed++;
		} else {
			printf("not ok broken_%s__is_found\n", broken);
			failed++;
		}
	}
	printf("%u passed, %u failed, 0 skipped\n", passed, failed);
	return failed ? 1 : 0;
}
