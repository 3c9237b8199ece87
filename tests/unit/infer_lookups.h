/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The linker's names (--wrap=infer_index_find), by which a test counts the tokenizer's work. */
#ifndef TEST_INFER_LOOKUPS_H
#define TEST_INFER_LOOKUPS_H

#include "tokenizer_index.h"

uint32_t __real_infer_index_find(const struct infer_index *index, uint64_t hash);
uint32_t __wrap_infer_index_find(const struct infer_index *index, uint64_t hash);

#endif
