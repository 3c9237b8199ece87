/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What headgated knows of devices, in two files: how they are, for headgate to show and for the
 * headgated after it to go on from; and what work takes on them while they are well, which a boot
 * must not forget: it would learn a device that got slower as one that is well.
 */
#ifndef LIBHEADGATE_HEALTH_FILE_H
#define LIBHEADGATE_HEALTH_FILE_H

#include "health.h"

#define HEADGATE_HEALTH_FILE	"/run/headgate/health"
#define HEADGATE_PASTS_FILE	"/var/lib/headgate/health"

/*
 * A line that is not understood is left out; 0, -ENOENT, -ENOMEM.  All that is in the file is for
 * showing it; to go on from it the states alone are of use.
 */
int headgate_health_load(const char *file, struct headgate_health *health);
int headgate_health_load_states(const char *file, struct headgate_health *health);
int headgate_pasts_load(const char *file, struct headgate_health *health);

/* The file is there whole or as it was; 0 or a negative errno. */
int headgate_health_save(const char *file, const struct headgate_health *health);
int headgate_pasts_save(const char *file, const struct headgate_health *health);

#endif
