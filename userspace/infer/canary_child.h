/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The canary's child, which alone touches the driver, and what it says to its parent: packets on a
 * socket pair, of one program's two processes. The parent asks for a run with one byte; who finds
 * the other end closed, ends.
 */
#ifndef INFER_CANARY_CHILD_H
#define INFER_CANARY_CHILD_H

#include "canary_work.h"

enum infer_canary_word {
	INFER_CANARY_READY,  /* @text: news, or "" */
	INFER_CANARY_SORRY,  /* the device did not open; @text says why, and the child ends */
	INFER_CANARY_RESULT, /* of the run that was asked for */
};

/**
 * struct infer_canary_said - a packet of the child's
 * @leg, @place: of infer_canary_facts, if @word is INFER_CANARY_READY
 */
struct infer_canary_said {
	enum infer_canary_word word;
	struct infer_canary_result result;
	char leg[256], place[HEADGATE_DEVICE_NAME_MAX];
};

/**
 * infer_canary_child() - is the child, until the parent is gone or the device is
 *
 * Return: what the process exits with.
 */
int infer_canary_child(int socket, const char *device, const char *golden);

#endif
