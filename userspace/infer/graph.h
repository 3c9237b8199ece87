/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A model, as the kernels of a leg. */
#ifndef INFER_GRAPH_H
#define INFER_GRAPH_H

#include "leg.h"

/**
 * infer_graph_run() - the logits of a batch, and its keys and values into the cache
 * @logits: [n_wanted][vocabulary]; may be NULL
 *
 * Return: 0, or the error of the leg's begin() or end().
 */
int infer_graph_run(struct infer_leg *leg, const struct infer_batch *batch, float *logits);

#endif
