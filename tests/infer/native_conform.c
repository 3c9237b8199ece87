// SPDX-License-Identifier: GPL-2.0-or-later
/* Each variant of the native leg that this processor can run. */
#include <errno.h>
#include <stdio.h>

#include "conform.h"

static int open_native(const struct infer_model *model, const struct infer_limits *limits,
		       void *context, struct infer_leg **leg)
{
	struct infer_limits with = *limits;

	with.threads = 3;
	return infer_native_open(model, &with, context, leg);
}

static bool can_run(const char *variant)
{
	struct infer_model nothing = {
		.dim = 32, .heads = 1, .kv_heads = 1, .head_dim = 32, .ffn = 32, .vocabulary = 32
	};
	struct infer_limits limits = { 1, 1, 1, 1, 1 };
	struct infer_leg *leg;
	int error = infer_native_open(&nothing, &limits, variant, &leg);

	if (!error)
		infer_leg_close(leg);
	return error != -ENOTSUP;
}

int main(void)
{
	static const char *const variants[] = { "plain", "avx2", "avx512", "neon" };
	unsigned int failed = 0, skipped = 0;

	for (size_t i = 0; i < sizeof(variants) / sizeof(variants[0]); i++) {
		char name[64];

		snprintf(name, sizeof(name), "native_%s", variants[i]);
		if (can_run(variants[i])) {
			failed += conform_leg(name, open_native, (void *)variants[i], 1e-9);
		} else {
			printf("skip %s: this processor has no such instructions\n", name);
			skipped++;
		}
	}
	printf("%u passed, %u failed, %u skipped\n", conform_passed(), failed, skipped);
	return failed ? 1 : 0;
}
