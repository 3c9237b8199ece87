// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "infer_canary_world.h"
#include "probe.h"
#include "wrap.h"

/* What comes at once on an idle machine takes longer on a busy one. */
#define PATIENCE_MS 60000

struct world world;

/* Where the tests' own output went before. */
static int terminal[2];

int __wrap_kill(pid_t pid, int number)
{
	return pid == world.unkillable && number == SIGKILL ? 0 : __real_kill(pid, number);
}

/* A headgated that is to answer does so. */
int __wrap_headgate_probe_connect_within(const char *path, unsigned int ms)
{
	return __real_headgate_probe_connect_within(path, world.server.answer ? PATIENCE_MS : ms);
}

/* A child that is killed ends; the server's thread waits without end. */
int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
	if (timeout_ms > 0 && !world.unkillable)
		timeout_ms = PATIENCE_MS;
	return __real_poll(fds, count, timeout_ms);
}

/* ---- children ---- */

static void say(int socket, enum infer_canary_word word, enum headgate_probe_outcome outcome,
		const char *text)
{
	struct infer_canary_said said = {
		.word = word, .leg = "a leg", .place = PCI,
		.result = { .outcome = outcome, .time_ns = 1000, .cost_ns = 3000 },
	};

	snprintf(said.result.text, sizeof(said.result.text), "%s", text);
	if (world.nameless)
		*said.place = '\0';
	else if (world.moving && world.starts > 1)
		strcpy(said.place, "0000:04:00.0");
	send(socket, &said, sizeof(said), 0);
}

/* What a child does when it is asked for its run number @run. */
static void answer(int socket, const char *device, int run)
{
	if (strstr(device, "crash"))
		raise(SIGKILL);
	if (strstr(device, "hang") && !strstr(device, "once"))
		pause();
	if (strstr(device, "hang") && world.starts == 1)
		pause();
	if (strstr(device, "wrong") && run == 1)
		say(socket, INFER_CANARY_RESULT, HEADGATE_PROBE_WRONG, "the answer is wrong");
	else if (strstr(device, "fail"))
		say(socket, INFER_CANARY_RESULT, HEADGATE_PROBE_FAILED, "it is lost");
	else
		say(socket, INFER_CANARY_RESULT, HEADGATE_PROBE_OK, "");
}

static int start(const char *device, const char *golden, int socket, pid_t *pid)
{
	char byte;

	(void)golden;
	world.starts++;
	*pid = fork();
	if (*pid < 0)
		return -errno;
	if (*pid) {
		world.pids[(world.starts - 1) % 16] = *pid;
		if (strstr(device, "unkillable"))
			world.unkillable = *pid;
		return 0;
	}
	if (strstr(device, "sorry")) {
		say(socket, INFER_CANARY_SORRY, HEADGATE_PROBE_FAILED, "there is no such device");
		_exit(1);
	}
	say(socket, INFER_CANARY_READY, HEADGATE_PROBE_OK, "");
	for (int run = 0; recv(socket, &byte, 1, 0) == 1; run++)
		answer(socket, device, run);
	_exit(0);
}

/* ---- each test ---- */

void watch(const char *device)
{
	world.options.devices[world.options.n] = device;
	world.options.names[world.options.n++] = "";
}

int world_setup(void **state)
{
	(void)state;
	world = (struct world){
		.server = { .answer = "ok" },
		.options = { .socket = world.server.path, .golden = "/nowhere",
			     .period_ns = 10 * MS, .duty = 1, .start = start },
	};
	snprintf(world.server.path, sizeof(world.server.path), "/tmp/canary-test.%d", (int)getpid());
	world.heard = tmpfile();
	world.printed = tmpfile();
	fflush(stdout);
	terminal[0] = dup(STDOUT_FILENO);
	terminal[1] = dup(STDERR_FILENO);
	dup2(fileno(world.printed), STDOUT_FILENO);
	dup2(fileno(world.heard), STDERR_FILENO);
	return 0;
}

int world_teardown(void **state)
{
	(void)state;
	fflush(stdout);
	dup2(terminal[0], STDOUT_FILENO);
	dup2(terminal[1], STDERR_FILENO);
	close(terminal[0]);
	close(terminal[1]);
	fclose(world.heard);
	fclose(world.printed);
	return 0;
}

int count(FILE *file, const char *text)
{
	static char all[16384];
	const char *at = all;
	int n = 0;

	fflush(stdout);
	rewind(file);
	all[fread(all, 1, sizeof(all) - 1, file)] = '\0';
	while ((at = strstr(at, text))) {
		n++;
		at += strlen(text);
	}
	return n;
}

int told(const char *text)
{
	int n = 0;

	for (int i = 0; i < world.server.n; i++)
		n += !!strstr(world.server.lines[i], text);
	return n;
}

int run_until(const char *text, int times)
{
	int ret;

	world.server.stop_at = text;
	world.server.stop_after = times;
	server_begin(&world.server);
	ret = infer_canary_run(&world.options);
	server_end(&world.server);
	return ret;
}

int run_once(void)
{
	world.options.once = true;
	return infer_canary_run(&world.options);
}

bool is_reaped(pid_t pid)
{
	return waitpid(pid, NULL, WNOHANG) == -1 && errno == ECHILD;
}
