// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tokenizer_index.h"

static int by_hash(const void *a, const void *b)
{
	const struct infer_entry *x = a, *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return x->value < y->value ? -1 : x->value > y->value;
}

int infer_index_make(struct infer_index *index, struct infer_entry *entries, uint32_t count)
{
	unsigned int bits = 1;
	uint32_t kept = 0, bucket = 0;

	while (bits < 24 && count >> bits)
		bits++;
	*index = (struct infer_index){ .entries = entries, .shift = 64 - bits };
	index->starts = malloc(((1u << bits) + 1) * sizeof(*index->starts));
	if (!index->starts) {
		infer_index_free(index);
		return -ENOMEM;
	}
	if (count)
		qsort(entries, count, sizeof(*entries), by_hash);
	for (uint32_t i = 0; i < count; i++) {
		if (kept && entries[kept - 1].hash == entries[i].hash)
			continue;
		while (bucket <= entries[i].hash >> index->shift)
			index->starts[bucket++] = kept;
		entries[kept++] = entries[i];
	}
	while (bucket <= 1u << bits)
		index->starts[bucket++] = kept;
	index->count = kept;
	return 0;
}

void infer_index_free(struct infer_index *index)
{
	free(index->entries);
	free(index->starts);
	*index = (struct infer_index){ 0 };
}

uint32_t infer_index_find(const struct infer_index *index, uint64_t hash)
{
	uint32_t low = index->starts[hash >> index->shift];
	uint32_t high = index->starts[(hash >> index->shift) + 1];

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (index->entries[middle].hash == hash)
			return index->entries[middle].value;
		if (index->entries[middle].hash < hash)
			low = middle + 1;
		else
			high = middle;
	}
	return INFER_NO_ENTRY;
}

uint64_t infer_hash_number(uint64_t number)
{
	/* Each step can be undone, so that no two numbers share a hash. */
	number ^= number >> 31;
	number *= 0x9e3779b97f4a7c15;
	number ^= number >> 29;
	number *= 0xd6e8feb86659fd93;
	return number ^ number >> 32;
}

uint64_t infer_hash_text(const char *bytes, size_t length)
{
	uint64_t hash = length, word;

	for (; length >= sizeof(word); bytes += sizeof(word), length -= sizeof(word)) {
		memcpy(&word, bytes, sizeof(word));
		hash = infer_hash_number(hash ^ word);
	}
	word = 0;
	memcpy(&word, bytes, length);
	/* Apart from the hash of a longer text whose rest is as this. */
	return infer_hash_number(infer_hash_number(hash ^ word) + length);
}
