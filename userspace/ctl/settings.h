/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CTL_SETTINGS_H
#define CTL_SETTINGS_H

#include "headgate.h"

void settings_json(struct headgate_json *json, const struct headgate_info *info);
void settings_text(const struct headgate_info *info);

#endif
