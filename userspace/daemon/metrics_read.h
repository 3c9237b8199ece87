/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads what is told: of the module by a connection of its own, of headgated from the files that it
 * writes for headgate. So the loop has nothing to do with it, and cannot be held up.
 */
#ifndef HEADGATE_DAEMON_METRICS_READ_H
#define HEADGATE_DAEMON_METRICS_READ_H

#include "metrics_collect.h"

struct metrics_reader {
	struct headgate_client *client;
	uint64_t instance;		/* of the module that @client is connected to */
};

/* @input was empty. What cannot be read of the module is as if there were none. */
void metrics_read(struct metrics_reader *reader, struct metrics_input *input);
void metrics_input_free(struct metrics_input *input);

void metrics_reader_free(struct metrics_reader *reader);

#endif
