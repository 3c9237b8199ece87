/* SPDX-License-Identifier: GPL-2.0 */
/* How a cost grows with the number of agents. */
#ifndef HEADGATE_SIM_GROWTH_H
#define HEADGATE_SIM_GROWTH_H

/**
 * struct growth - the line a + b log2(n) that is nearest to the points
 * @a: at one agent
 * @b: for each doubling
 * @residual: furthest that the line is off a point, as a part of it
 * @ratio: of the last point to the first
 */
struct growth {
	double a;
	double b;
	double residual;
	double ratio;
};

/* By least squares; @n is ascending, @count at least 2. */
struct growth growth_of(const unsigned int *n, const double *cost, unsigned int count);

#endif
