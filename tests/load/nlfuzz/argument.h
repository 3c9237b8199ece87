/* SPDX-License-Identifier: GPL-2.0 */
/* Commands and attributes as words of the command line. */
#ifndef NLFUZZ_ARGUMENT_H
#define NLFUZZ_ARGUMENT_H

#include "../genl.h"

/* An attribute as it stands on the command line, and where it came to lie. */
struct place {
	const char *name;
	size_t length;		/* of the name */
	unsigned int offset;
};

int argument_command(const char *text);

/* Adds NAME[+n][@LENGTH]=KIND:VALUE, see main.c; breaks @text up. */
struct place argument_attribute(struct genl_request *r, char *text);

#endif
