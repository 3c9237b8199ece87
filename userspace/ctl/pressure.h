/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pressure, for who shows it, waits for it, or tells its events. */
#ifndef CTL_PRESSURE_H
#define CTL_PRESSURE_H

#include "arguments.h"
#include "headgate.h"

/*
 * The group that begins at positional[0], which is one; *words of them name it.  Only its scope
 * and the id of that are filled in.  Returns 0, or an exit status, having said why.
 */
int pressure_parse_group(char **positional, struct headgate_client *client,
			 struct headgate_pressure *group, int *words);

/* `pressure --wait`. */
int pressure_wait(struct headgate_client *client, const struct arguments *arguments);

/* What an event of a trigger tells besides its agent. */
void pressure_event_json(struct headgate_json *json, const struct headgate_event *event);
void pressure_event_print(const struct headgate_event *event);

#endif
