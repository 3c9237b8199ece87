/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What agents, lanes and devices are called, as the module tells it. */
#ifndef CTL_TRACE_NAMES_H
#define CTL_TRACE_NAMES_H

#include "headgate.h"
#include "trace_tracks.h"

struct name_book {
	struct headgate_client *client;
	struct headgate_agents agents;
	struct headgate_lanes lanes;
	struct headgate_devices devices;
	char device[256];	/* the last that was asked for */
};

/* Read them all; negative errno, see headgate_client_error(). */
int name_book_open(struct name_book *book, struct headgate_client *client);
void name_book_free(struct name_book *book);

/* Look names up, and read anew when there is one that is not known. */
struct trace_names name_book_names(struct name_book *book);

/* By number or by name; NULL: nobody has submitted to such a device yet. */
const struct headgate_device *name_book_device(const struct name_book *book, const char *text);

#endif
