/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The canary's model: one layer with matrices of each type of weights, so that one run goes through
 * all kernels and is the same work each time.
 *
 * Its embedding is its output too, so that each of its rows bears on the answer.
 */
#ifndef INFER_CANARY_MODEL_H
#define INFER_CANARY_MODEL_H

#include "model.h"

/* Tokens of a run: some in one batch, then some one by one. */
#define INFER_CANARY_PROMPT  12u
#define INFER_CANARY_SINGLES 3u

struct infer_canary_model;

/**
 * infer_canary_model_open() - makes the model
 *
 * Return: 0 and *model, which infer_canary_model_close() frees; -ENOMEM.
 */
int infer_canary_model_open(struct infer_canary_model **model);
void infer_canary_model_close(struct infer_canary_model *model);

const struct infer_model *infer_canary_model_get(const struct infer_canary_model *model);

/**
 * infer_canary_model_tensors() - all its tensors, for whoever spoils some
 *
 * Return: how many, and *tensors, which belong to the model.
 */
size_t infer_canary_model_tensors(struct infer_canary_model *model, const struct infer_tensor *const **tensors);

/* The weights, which may be written: no leg may be open on them. */
uint8_t *infer_canary_model_weights(struct infer_canary_model *model);

/**
 * infer_canary_model_version() - a hash of all that an answer depends on but for the device
 */
uint64_t infer_canary_model_version(const struct infer_canary_model *model);

#endif
