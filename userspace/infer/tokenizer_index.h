/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From hashes to numbers: entries sorted by hash, and where those with the same first bits begin.
 *
 * A search is of one or two steps as a rule, and of the logarithm of all for a vocabulary made to
 * collide.
 */
#ifndef INFER_TOKENIZER_INDEX_H
#define INFER_TOKENIZER_INDEX_H

#include <stddef.h>
#include <stdint.h>

#define INFER_NO_ENTRY UINT32_MAX

struct infer_entry {
	uint64_t hash;
	uint32_t value;
};

struct infer_index {
	struct infer_entry *entries;
	uint32_t count;
	uint32_t *starts; /* by the hash's first bits, and one more for the end */
	unsigned int shift;
};

/**
 * infer_index_make() - out of entries, which it takes over (from malloc()), whatever it returns
 *
 * Of those with the same hash only the one with the least value stays.
 *
 * Return: 0; -ENOMEM.
 */
int infer_index_make(struct infer_index *index, struct infer_entry *entries, uint32_t count);
void infer_index_free(struct infer_index *index);

/* The value of a hash, or INFER_NO_ENTRY. */
uint32_t infer_index_find(const struct infer_index *index, uint64_t hash);

/* Different for different values. */
uint64_t infer_hash_number(uint64_t number);
uint64_t infer_hash_text(const char *bytes, size_t length);

#endif
