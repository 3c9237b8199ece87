/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The model of `top` as text and as JSON. */
#ifndef CTL_TOP_VIEW_H
#define CTL_TOP_VIEW_H

#include "top_model.h"

/* @width: columns of the terminal, 0: any. @colour: ANSI sequences may be used. */
void top_view_text(const struct top_model *model, FILE *file, int width, bool colour);

/* One line; negative errno. */
int top_view_json(const struct top_model *model, FILE *file);

#endif
