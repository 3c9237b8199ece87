/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Money in whole millionths of a currency, and days in UTC. No floating point. */
#ifndef LIBHEADGATE_MONEY_H
#define LIBHEADGATE_MONEY_H

#include <stddef.h>
#include <stdint.h>

#define HEADGATE_DAY_MIN INT64_MIN	/* ever since */
#define HEADGATE_NO_CURRENCY "XXX"	/* ISO 4217: no currency */

/* "2.49 USD" as 2490000 and "USD"; -EINVAL, also for more than six decimals or than 10^9. */
int headgate_money_parse(const char *text, int64_t *micros, char currency[4]);

/* "2.49", at least two decimals, and no more than it takes; returns @text, of 32 bytes. */
char *headgate_money_format(int64_t micros, char text[32]);

/* "2026-01-31" as days since 1970; -EINVAL. */
int headgate_day_parse(const char *text, int64_t *day);

/**
 * headgate_cost() - what a time costs
 * @micros: price of an hour
 * @ns: time
 *
 * Return: in the unit of @micros, rounded to the nearest, half up.
 */
int64_t headgate_cost(int64_t micros, uint64_t ns);

/**
 * headgate_cost_split() - share a cost out
 * @cost: what is to be shared out, to the last unit
 * @parts: in proportion to these
 * @costs: receives the cost of each
 * @count: their number
 *
 * By largest remainders: each gets its share rounded down, and the units that are left go one each
 * to those from which rounding took most; of equals to the larger part, then to the first. Without
 * any part the last gets all.
 *
 * Return: 0 or -ENOMEM.
 */
int headgate_cost_split(int64_t cost, const uint64_t *parts, int64_t *costs, size_t count);

#endif
