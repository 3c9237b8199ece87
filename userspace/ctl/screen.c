// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "screen.h"

#define NS_PER_S UINT64_C(1000000000)

/* Alternate page, cursor hidden; and back. */
#define ENTER "\033[?1049h\033[?25l"
#define LEAVE "\033[?25h\033[?1049l"

uint64_t screen_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

int screen_open(struct screen *screen, bool live)
{
	struct termios raw;
	sigset_t set;

	memset(screen, 0, sizeof(*screen));
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGQUIT);
	if (live) {
		sigaddset(&set, SIGTSTP);	/* stopped, we would leave the page behind */
		sigaddset(&set, SIGWINCH);
	}
	if (sigprocmask(SIG_BLOCK, &set, NULL))
		return -errno;
	screen->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (screen->signals < 0)
		return -errno;
	if (!live)
		return 0;
	if (tcgetattr(STDIN_FILENO, &screen->before)) {
		int ret = -errno;

		close(screen->signals);
		return ret;
	}
	raw = screen->before;
	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	raw.c_cc[VMIN] = 0;
	raw.c_cc[VTIME] = 0;
	tcsetattr(STDIN_FILENO, TCSANOW, &raw);
	screen->live = true;
	fputs(ENTER, stdout);
	fflush(stdout);
	return 0;
}

void screen_close(struct screen *screen)
{
	if (screen->live) {
		fputs(LEAVE, stdout);
		fflush(stdout);
		tcsetattr(STDIN_FILENO, TCSANOW, &screen->before);
	}
	close(screen->signals);
}

void screen_size(int *width, int *height)
{
	struct winsize size;

	*width = 80;
	*height = 24;
	if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_col && size.ws_row) {
		*width = size.ws_col;
		*height = size.ws_row;
	}
}

int screen_line(void)
{
	int width, height;

	if (!isatty(STDOUT_FILENO))
		return 0;
	screen_size(&width, &height);
	return width;
}

void screen_paint(const char *text, int height)
{
	/* Home; each line wipes its rest; below the last the page is wiped. */
	fputs("\033[H", stdout);
	for (int row = 0; row < height && *text; row++) {
		int length = (int)strcspn(text, "\n");

		printf("%s%.*s\033[K", row ? "\r\n" : "", length, text);
		text += length + (text[length] == '\n');
	}
	fputs("\033[J", stdout);
	fflush(stdout);
}

/* Whether a signal or key asks to end; *resized when the terminal changed. */
static bool quit_asked(struct screen *screen, bool *resized)
{
	struct signalfd_siginfo info;
	char key;

	while (read(screen->signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGWINCH)
			*resized = true;
		else if (info.ssi_signo != SIGTSTP)
			return true;
	}
	while (screen->live && read(STDIN_FILENO, &key, 1) == 1)
		if (key == 'q' || key == 'Q' || key == 3)
			return true;
	return false;
}

enum screen_wake screen_wait(struct screen *screen, uint64_t ns)
{
	struct pollfd fds[] = {
		{ .fd = screen->signals, .events = POLLIN },
		{ .fd = screen->live ? STDIN_FILENO : -1, .events = POLLIN },
	};
	bool resized = false;

	for (;;) {
		uint64_t now = screen_now();
		struct timespec left = { 0 };
		int ret;

		if (now < ns) {
			left.tv_sec = (time_t)((ns - now) / NS_PER_S);
			left.tv_nsec = (long)((ns - now) % NS_PER_S);
		}
		ret = ppoll(fds, 2, &left, NULL);
		if (!ret)
			return SCREEN_TIMEOUT;
		if (quit_asked(screen, &resized) || fds[1].revents & (POLLHUP | POLLERR))
			return SCREEN_QUIT;
		if (resized)
			return SCREEN_RESIZED;
	}
}
