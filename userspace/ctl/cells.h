/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cells of a table that hold a number in its unit. */
#ifndef CTL_CELLS_H
#define CTL_CELLS_H

#include <stdint.h>

#include "table.h"

void cell_count(struct table *table, uint64_t count);
void cell_duration(struct table *table, uint64_t ns);

#endif
