/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The terminal: a page that is painted anew, keys, resize, and its state put back. */
#ifndef CTL_SCREEN_H
#define CTL_SCREEN_H

#include <stdbool.h>
#include <stdint.h>
#include <termios.h>

enum screen_wake { SCREEN_TIMEOUT, SCREEN_RESIZED, SCREEN_QUIT };

struct screen {
	bool live;		/* false: plain output, of which only waiting is left */
	int signals;		/* signalfd */
	struct termios before;
};

/* @live: take the terminal over.  Negative errno. */
int screen_open(struct screen *screen, bool live);
void screen_close(struct screen *screen);

/* Size of the terminal in characters; 80 by 24 when it does not tell. */
void screen_size(int *width, int *height);

/* Columns that a line of standard output may have, 0: any, it is no terminal. */
int screen_line(void);

/* Replace the page by @text, of which only what fits is shown. */
void screen_paint(const char *text, int height);

/* Until @ns of CLOCK_MONOTONIC, a resize, or the wish to quit (q, Ctrl-C, a signal). */
enum screen_wake screen_wait(struct screen *screen, uint64_t ns);

/* CLOCK_MONOTONIC in ns. */
uint64_t screen_now(void);

#endif
