/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The open stalls, in a file: headgated writes what it has told, for headgate to show and for the
 * headgated after it to go on from.
 */
#ifndef LIBHEADGATE_STALL_FILE_H
#define LIBHEADGATE_STALL_FILE_H

#include "stall.h"

#define HEADGATE_STALLS_FILE "/run/headgate/stalls"

/*
 * @stalls was empty.  -ENOENT, -ENOMEM; a line that is not understood is left out, and a stall that
 * is there twice.
 */
int headgate_stalls_load(const char *file, struct headgate_stalls *stalls);

/* The file is there whole or as it was; 0 or a negative errno. */
int headgate_stalls_save(const char *file, const struct headgate_stalls *stalls);

#endif
