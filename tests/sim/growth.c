// SPDX-License-Identifier: GPL-2.0
#include <math.h>

#include "growth.h"

struct growth growth_of(const unsigned int *n, const double *cost, unsigned int count)
{
	struct growth g = { .ratio = cost[count - 1] / cost[0] };
	double x = 0, y = 0, xx = 0, xy = 0;
	unsigned int i;

	for (i = 0; i < count; i++) {
		double lg = log2(n[i]);

		x += lg;
		y += cost[i];
		xx += lg * lg;
		xy += lg * cost[i];
	}
	g.b = (count * xy - x * y) / (count * xx - x * x);
	g.a = (y - g.b * x) / count;
	for (i = 0; i < count; i++) {
		double line = g.a + g.b * log2(n[i]);

		g.residual = fmax(g.residual, fabs(line / cost[i] - 1));
	}
	return g;
}
