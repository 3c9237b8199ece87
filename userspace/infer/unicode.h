/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Characters of UTF-8, and what kind each is to those who split text. */
#ifndef INFER_UNICODE_H
#define INFER_UNICODE_H

#include <stddef.h>
#include <stdint.h>

/* What stands for bytes that are no character, and how it is spelled. */
#define INFER_REPLACEMENT 0xfffd
#define INFER_REPLACEMENT_TEXT "\xef\xbf\xbd"

/* General categories L and N, property White_Space, and all else, marks among it. */
enum infer_class {
	INFER_OTHER, INFER_LETTER, INFER_NUMBER, INFER_SPACE,
};

/* Where another class begins: the character, shifted by two, and the class; ascending. */
extern const uint32_t infer_class_starts[];
extern const uint32_t infer_class_count;

/**
 * infer_utf8_next() - the first character of bytes
 * @length: at least 1
 *
 * Return: how many bytes it has, and *character; 0 if the bytes end within it; -n if the first n
 * are none and must be replaced by one INFER_REPLACEMENT (Unicode's "maximal subpart").
 */
int infer_utf8_next(const char *bytes, size_t length, uint32_t *character);

enum infer_class infer_class_of(uint32_t character);

#endif
