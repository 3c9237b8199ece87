// SPDX-License-Identifier: GPL-2.0-or-later
#include "unicode.h"

int infer_utf8_next(const char *bytes, size_t length, uint32_t *character)
{
	const uint8_t *b = (const uint8_t *)bytes;
	uint8_t least = 0x80, most = 0xbf;
	uint32_t value;
	int more;

	if (b[0] < 0x80) {
		*character = b[0];
		return 1;
	}
	if (b[0] < 0xc2 || b[0] > 0xf4)
		return -1;
	more = b[0] < 0xe0 ? 1 : b[0] < 0xf0 ? 2 : 3;
	value = b[0] & 0x3f >> more;
	/* Neither longer than need be, nor half of a surrogate pair, nor beyond Unicode. */
	if (b[0] == 0xe0)
		least = 0xa0;
	else if (b[0] == 0xed)
		most = 0x9f;
	else if (b[0] == 0xf0)
		least = 0x90;
	else if (b[0] == 0xf4)
		most = 0x8f;
	for (int i = 1; i <= more; i++) {
		if ((size_t)i == length)
			return 0;
		if (b[i] < least || b[i] > most)
			return -i;
		value = value << 6 | (b[i] & 0x3f);
		least = 0x80;
		most = 0xbf;
	}
	*character = value;
	return more + 1;
}

enum infer_class infer_class_of(uint32_t character)
{
	uint32_t low = 0, high = infer_class_count;

	while (high - low > 1) {
		uint32_t middle = low + (high - low) / 2;

		if (infer_class_starts[middle] >> 2 <= character)
			low = middle;
		else
			high = middle;
	}
	return infer_class_starts[low] & 3;
}
