// SPDX-License-Identifier: GPL-2.0-or-later
#include "cells.h"

#include "units.h"

void cell_count(struct table *table, uint64_t count)
{
	char text[32];

	table_add(table, "%s", headgate_count_format(count, text, sizeof(text)));
}

void cell_duration(struct table *table, uint64_t ns)
{
	char text[32];

	table_add(table, "%s", headgate_duration_format(ns, text, sizeof(text)));
}
