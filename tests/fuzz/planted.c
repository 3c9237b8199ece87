// SPDX-License-Identifier: GPL-2.0-or-later
/* A fault that a fuzzer must find: it reads one byte too many of some inputs. */
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
	static volatile uint8_t seen;

	if (length > 2 && data[0] == 'G' && data[1] == 'F')
		seen = data[length];
	return seen < 0;
}
