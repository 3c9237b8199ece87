// SPDX-License-Identifier: GPL-2.0-or-later
/* Faults to order: what they turn over, and that once more turns it back. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "canary_fault.h"

static void good_faults__are_understood(void **state)
{
	struct infer_fault fault;

	(void)state;
	assert_int_equal(infer_fault_parse(NULL, &fault), 0);
	assert_int_equal(fault.kind, INFER_FAULT_NONE);
	assert_int_equal(infer_fault_parse("", &fault), 0);
	assert_int_equal(infer_fault_parse("lanes:7@100", &fault), 0);
	assert_true(fault.kind == INFER_FAULT_LANES && fault.seed == 7 && fault.from == 100);
	assert_int_equal(infer_fault_parse("bit:3", &fault), 0);
	assert_true(fault.kind == INFER_FAULT_BIT && fault.seed == 3 && fault.from == 0);
	assert_int_equal(infer_fault_parse("slow:1.5@60", &fault), 0);
	assert_true(fault.kind == INFER_FAULT_SLOW && fault.factor == 1.5 && fault.from == 60);
	assert_int_equal(infer_fault_parse("hang", &fault), 0);
	assert_int_equal(infer_fault_parse("crash@2", &fault), 0);
	assert_true(fault.kind == INFER_FAULT_CRASH && fault.from == 2);
}

static void bad_faults__are_refused(void **state)
{
	static const char *const bad[] = { "bi:1", "bit", "bit:", "bit:x", "bit:1@", "bit:1@x", "bit:1 ", "hang:1", "slow:0.5",
					   "slow:nan", "slow", ":", "@1", "hang@-1", "bits:-1", "slow:2x" };
	struct infer_fault fault;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(infer_fault_parse(bad[i], &fault), -EINVAL);
}

static unsigned int differing(const uint8_t *a, const uint8_t *b, size_t from, size_t to)
{
	unsigned int bits = 0;

	for (size_t i = from; i < to; i++)
		bits += __builtin_popcount(a[i] ^ b[i]);
	return bits;
}

static void fault_of_weights__is_within_one_tensor_and_undone_by_itself(void **state)
{
	static const enum infer_fault_kind kinds[] = {
		INFER_FAULT_BIT, INFER_FAULT_BITS, INFER_FAULT_LANES,
	};
	static const int types[] = {
		INFER_FAULT_ANY, INFER_F32, INFER_F16, INFER_Q8_0, INFER_Q4_0, INFER_Q4_K,
		INFER_Q6_K,
	};
	struct infer_canary_model *model, *right;
	const struct infer_tensor *const *tensors;
	const uint8_t *bad, *good;
	size_t n, bytes;

	(void)state;
	assert_int_equal(infer_canary_model_open(&model), 0);
	assert_int_equal(infer_canary_model_open(&right), 0);
	bytes = infer_canary_model_get(model)->weights_bytes;
	bad = infer_canary_model_weights(model);
	good = infer_canary_model_weights(right);
	assert_memory_equal(bad, good, bytes);
	n = infer_canary_model_tensors(model, &tensors);
	for (unsigned int i = 0; i < 3 * 7 * 5; i++) {
		enum infer_fault_kind kind = kinds[i % 3];
		unsigned int turned = infer_fault_turn(kind, i, types[i / 3 % 7], model), hit = 0;

		assert_true(kind == INFER_FAULT_BIT ? turned == 1 : turned > 1);
		assert_true(kind != INFER_FAULT_BITS || turned <= 8);
		assert_int_equal(differing(bad, good, 0, bytes), turned);
		for (size_t t = 0; t < n; t++) {
			const struct infer_tensor *tensor = tensors[t];
			size_t row = infer_row_bytes(tensor->type, tensor->columns);
			unsigned int here = differing(bad, good, tensor->offset,
						      tensor->offset + tensor->rows * row);

			hit += here == turned;
			assert_true(!here || here == turned);
			assert_true(!here || types[i / 3 % 7] < 0 ||
				    (int)tensor->type == types[i / 3 % 7]);
		}
		assert_int_equal(hit, 1);
		infer_fault_turn(kind, i, types[i / 3 % 7], model);
		assert_int_equal(differing(bad, good, 0, bytes), 0);
	}
	infer_canary_model_close(model);
	infer_canary_model_close(right);
}

static void models_version__changes_with_its_weights(void **state)
{
	struct infer_canary_model *model;
	uint64_t version;

	(void)state;
	assert_int_equal(infer_canary_model_open(&model), 0);
	version = infer_canary_model_version(model);
	infer_fault_turn(INFER_FAULT_BIT, 1, INFER_FAULT_ANY, model);
	assert_true(infer_canary_model_version(model) != version);
	infer_canary_model_close(model);
}

static void model__has_matrices_of_all_types(void **state)
{
	static const enum infer_type types[] = {
		INFER_F32, INFER_F16, INFER_Q8_0, INFER_Q4_0, INFER_Q4_K, INFER_Q6_K,
	};
	struct infer_canary_model *model;
	const struct infer_tensor *const *tensors;
	size_t n;

	(void)state;
	assert_int_equal(infer_canary_model_open(&model), 0);
	n = infer_canary_model_tensors(model, &tensors);
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		bool found = false;

		for (size_t t = 0; t < n; t++)
			found |= tensors[t]->type == types[i] && tensors[t]->rows > 1;
		assert_true(found);
	}
	infer_canary_model_close(model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_faults__are_understood),
		cmocka_unit_test(bad_faults__are_refused),
		cmocka_unit_test(fault_of_weights__is_within_one_tensor_and_undone_by_itself),
		cmocka_unit_test(models_version__changes_with_its_weights),
		cmocka_unit_test(model__has_matrices_of_all_types),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
