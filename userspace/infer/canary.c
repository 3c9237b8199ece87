// SPDX-License-Identifier: GPL-2.0-or-later
#include "canary.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "canary_log.h"

/* What poll() is asked about: signals, and of each device its child's words and its end. */
#define EACH 2
#define POLLS (1 + EACH * INFER_DEVICES)

struct canary {
	const struct infer_canary_options *options;
	struct infer_canary_slot slots[INFER_DEVICES];
	struct infer_canary_teller teller;
	int signals;
	bool over;
};

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* What is said of a device, once until something else is. */
static void say(struct infer_canary_slot *slot, int priority, const char *text)
{
	if (!strcmp(text, slot->said))
		return;
	snprintf(slot->said, sizeof(slot->said), "%s", text);
	if (*text)
		infer_canary_log(priority, "%s%s%s: %s", slot->device, *slot->subject.name ? ", " : "", slot->subject.name, text);
}

/* ---- results ---- */

static void settle(struct canary *canary, struct infer_canary_slot *slot, const struct infer_canary_result *result)
{
	bool was_well = slot->last.outcome == HEADGATE_PROBE_OK;

	slot->last = *result;
	slot->runs[result->outcome]++;
	/* Of one run the report has it. */
	if (*result->text && !canary->options->once)
		say(slot, result->outcome == HEADGATE_PROBE_OK ? LOG_INFO : LOG_ERR, result->text);
	else if (!*result->text && !was_well)
		say(slot, LOG_NOTICE, "it is as it should be again");
	infer_canary_tell_end(&canary->teller, &slot->subject, result->outcome, result->time_ns, now_ns());
}

static void settle_failed(struct canary *canary, struct infer_canary_slot *slot, const char *why)
{
	struct infer_canary_result result = { .outcome = HEADGATE_PROBE_FAILED };

	snprintf(result.text, sizeof(result.text), "%s", why);
	settle(canary, slot, &result);
}

/* ---- the child ---- */

static void hang_up(struct infer_canary_slot *slot)
{
	if (slot->socket >= 0)
		close(slot->socket);
	slot->socket = -1;
}

static void forget(struct infer_canary_slot *slot)
{
	hang_up(slot);
	if (slot->pidfd >= 0)
		close(slot->pidfd);
	slot->pidfd = -1;
	slot->pid = -1;
}

static void kill_child(struct infer_canary_slot *slot)
{
	if (slot->pid > 0)
		kill(slot->pid, SIGKILL);
	hang_up(slot);
}

static int start(struct canary *canary, struct infer_canary_slot *slot)
{
	int sockets[2], error;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets))
		return -errno;
	slot->socket = sockets[0];
	error = canary->options->start(slot->device, canary->options->golden, sockets[1], &slot->pid);
	close(sockets[1]);
	if (!error) {
		slot->pidfd = pidfd_open(slot->pid, 0);
		error = slot->pidfd < 0 ? -errno : 0;
	}
	return error;
}

static void start_child(struct canary *canary, struct infer_canary_slot *slot)
{
	char why[INFER_PROBLEM];
	int error = start(canary, slot);

	if (!error) {
		infer_canary_watch_started(&slot->watch, now_ns());
		return;
	}
	snprintf(why, sizeof(why), "no child can be started: %s", strerror(-error));
	settle_failed(canary, slot, why);
	if (slot->pid > 0) {
		kill_child(slot);
		waitpid(slot->pid, NULL, 0);
	}
	forget(slot);
	infer_canary_watch_gone(&slot->watch, now_ns());
}

static void why_gone(const siginfo_t *info, char why[INFER_PROBLEM])
{
	if (info->si_code == CLD_EXITED)
		snprintf(why, INFER_PROBLEM, "its process ended with status %d", info->si_status);
	else
		snprintf(why, INFER_PROBLEM, "its process was ended by signal %d (%s)", info->si_status,
			 strsignal(info->si_status));
}

static void reap(struct canary *canary, struct infer_canary_slot *slot)
{
	enum infer_canary_state state = slot->watch.state;
	char why[INFER_PROBLEM];
	siginfo_t info = { 0 };

	if (waitid(P_PIDFD, (id_t)slot->pidfd, &info, WEXITED | WNOHANG) || !info.si_pid)
		return;
	forget(slot);
	infer_canary_watch_gone(&slot->watch, now_ns());
	why_gone(&info, why);
	/* A run that was not told of yet, or no run at all. */
	if (state == INFER_CANARY_RUNNING || state == INFER_CANARY_OPENING)
		settle_failed(canary, slot, why);
	else if (state == INFER_CANARY_IDLE)
		say(slot, LOG_WARNING, why);
}

/* ---- what it says ---- */

/* By the first child that says it: what a device makes of a later one is no reason to speak of another device. */
static void take_name(struct infer_canary_slot *slot, const char *place)
{
	bool another = !slot->named && *place && *slot->subject.name && strcmp(slot->subject.name, place);

	if (!*slot->subject.name)
		snprintf(slot->subject.name, sizeof(slot->subject.name), "%s", place);
	if (another && !slot->renamed)
		infer_canary_log(LOG_WARNING, "%s, %s: it says that it is %s now, which headgated is not told of; restart the canary if that is right",
				 slot->device, slot->subject.name, place);
	slot->renamed = another;
}

static void on_ready(struct canary *canary, struct infer_canary_slot *slot, const struct infer_canary_said *said)
{
	memcpy(slot->leg, said->leg, sizeof(slot->leg));
	take_name(slot, said->place);
	if (*said->result.text)
		say(slot, LOG_INFO, said->result.text);
	if (!*slot->subject.name && canary->teller.path && !slot->unplaced)
		infer_canary_log(LOG_NOTICE, "%s: headgated is not told: the driver does not tell the device's name; give --name",
				 slot->device);
	slot->unplaced = !*slot->subject.name;
	infer_canary_watch_ready(&slot->watch, now_ns());
}

static void on_result(struct canary *canary, struct infer_canary_slot *slot, const struct infer_canary_said *said)
{
	bool failed = said->result.outcome == HEADGATE_PROBE_FAILED;

	if (failed) {
		kill_child(slot);
		infer_canary_watch_failed(&slot->watch, now_ns());
	} else {
		infer_canary_watch_answered(&slot->watch, said->result.cost_ns, now_ns());
	}
	settle(canary, slot, &said->result);
}

/* Its end is seen by its pidfd. */
static void listen_to(struct canary *canary, struct infer_canary_slot *slot)
{
	enum infer_canary_state state = slot->watch.state;
	struct infer_canary_said said;
	ssize_t got = recv(slot->socket, &said, sizeof(said), MSG_DONTWAIT);

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got <= 0) {
		hang_up(slot);
		return;
	}
	/* It is the process that has the driver in it: nothing it says is believed unseen. */
	if (got != sizeof(said) || (unsigned int)said.result.outcome >= HEADGATE_PROBE_OUTCOMES) {
		kill_child(slot);
		return;
	}
	said.leg[sizeof(said.leg) - 1] = '\0';
	said.place[sizeof(said.place) - 1] = '\0';
	said.result.text[sizeof(said.result.text) - 1] = '\0';
	if (said.word == INFER_CANARY_READY && state == INFER_CANARY_OPENING)
		on_ready(canary, slot, &said);
	else if ((said.word == INFER_CANARY_RESULT && state == INFER_CANARY_RUNNING) ||
		 (said.word == INFER_CANARY_SORRY && state == INFER_CANARY_OPENING))
		on_result(canary, slot, &said);
}

/* ---- what is due ---- */

/*
 * headgated may take it for hanging after half of the deadline: then it has looked, which it does once a second,
 * before the child is killed.
 */
static void ask(struct canary *canary, struct infer_canary_slot *slot)
{
	static const char run = 'r';

	infer_canary_tell_begin(&canary->teller, &slot->subject, infer_canary_watch_deadline(&slot->watch) / 2000, now_ns());
	/* That it is gone is seen by its pidfd. */
	send(slot->socket, &run, sizeof(run), MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void kill_late(struct canary *canary, struct infer_canary_slot *slot, bool opening)
{
	kill_child(slot);
	slot->hung++;
	settle_failed(canary, slot, opening ? "it did not open within its deadline, and was killed" :
		      "it did not answer within its deadline, and was killed");
}

static void act(struct canary *canary, struct infer_canary_slot *slot)
{
	enum infer_canary_state before = slot->watch.state;

	switch (infer_canary_watch_act(&slot->watch, now_ns())) {
	case INFER_CANARY_WAIT:
		break;
	case INFER_CANARY_START:
		start_child(canary, slot);
		break;
	case INFER_CANARY_ASK:
		ask(canary, slot);
		break;
	case INFER_CANARY_KILL:
		kill_late(canary, slot, before == INFER_CANARY_OPENING);
		break;
	case INFER_CANARY_STUCK:
		slot->hung++;
		settle_failed(canary, slot, "its process was killed, but hangs within the kernel still");
		break;
	}
}

static bool done(const struct infer_canary_slot *slot)
{
	return slot->runs[HEADGATE_PROBE_OK] || slot->runs[HEADGATE_PROBE_WRONG] || slot->runs[HEADGATE_PROBE_FAILED];
}

static bool wanted(const struct canary *canary, const struct infer_canary_slot *slot)
{
	return !canary->options->once || !done(slot);
}

static void act_all(struct canary *canary)
{
	bool any = false;

	for (size_t i = 0; i < canary->options->n; i++) {
		if (wanted(canary, &canary->slots[i]))
			act(canary, &canary->slots[i]);
		any |= wanted(canary, &canary->slots[i]);
	}
	canary->over |= !any;
}

/* ---- the loop ---- */

static void on_signal(struct canary *canary)
{
	struct signalfd_siginfo info;

	if (read(canary->signals, &info, sizeof(info)) != sizeof(info))
		return;
	if (info.ssi_signo == SIGUSR1)
		infer_canary_report(canary->slots, canary->options);
	else
		canary->over = true;
}

static struct timespec until_due(const struct canary *canary)
{
	uint64_t now = now_ns(), due = UINT64_MAX, left;

	for (size_t i = 0; i < canary->options->n; i++)
		if (wanted(canary, &canary->slots[i]) && canary->slots[i].watch.due_ns < due)
			due = canary->slots[i].watch.due_ns;
	left = due > now ? due - now : 0;
	return (struct timespec){ (time_t)(left / 1000000000u), (long)(left % 1000000000u) };
}

static int wait_and_handle(struct canary *canary)
{
	struct pollfd polls[POLLS] = { { canary->signals, POLLIN, 0 } };
	struct timespec patience = until_due(canary);
	size_t n = canary->options->n;

	for (size_t i = 0; i < n; i++) {
		polls[1 + EACH * i] = (struct pollfd){ canary->slots[i].socket, POLLIN, 0 };
		polls[2 + EACH * i] = (struct pollfd){ canary->slots[i].pidfd, POLLIN, 0 };
	}
	if (ppoll(polls, 1 + EACH * n, &patience, NULL) < 0)
		return errno == EINTR ? 0 : -errno;
	if (polls[0].revents)
		on_signal(canary);
	/* What ends all together ends the children as well, and that is no failure of a device. */
	if (canary->over)
		return 0;
	for (size_t i = 0; i < n; i++) {
		/* Its last words first. */
		if (polls[1 + EACH * i].revents)
			listen_to(canary, &canary->slots[i]);
		if (polls[2 + EACH * i].revents && !polls[1 + EACH * i].revents)
			reap(canary, &canary->slots[i]);
	}
	return 0;
}

static int open_signals(void)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGUSR1);
	/* Where whoever started this ignores it, how a child ended is not told. */
	signal(SIGCHLD, SIG_DFL);
	if (sigprocmask(SIG_BLOCK, &set, NULL))
		return -errno;
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? -errno : fd;
}

static void begin(struct canary *canary, const struct infer_canary_options *options)
{
	canary->options = options;
	canary->teller = (struct infer_canary_teller){ .path = options->socket, .fd = -1 };
	for (size_t i = 0; i < options->n; i++) {
		struct infer_canary_slot *slot = &canary->slots[i];

		*slot = (struct infer_canary_slot){ .device = options->devices[i], .pid = -1, .pidfd = -1, .socket = -1,
						    .named = *options->names[i] };
		snprintf(slot->subject.name, sizeof(slot->subject.name), "%s", options->names[i]);
		infer_canary_watch_begin(&slot->watch, options->period_ns, options->duty, now_ns());
	}
}

/* Children that hang within the kernel are left to init. */
static int end(struct canary *canary)
{
	bool well = true;
	int error = infer_canary_report(canary->slots, canary->options);

	for (size_t i = 0; i < canary->options->n; i++) {
		struct infer_canary_slot *slot = &canary->slots[i];

		well &= !slot->runs[HEADGATE_PROBE_WRONG] && !slot->runs[HEADGATE_PROBE_FAILED];
		if (slot->pidfd >= 0) {
			struct pollfd gone = { slot->pidfd, POLLIN, 0 };

			kill_child(slot);
			if (poll(&gone, 1, 100) > 0)
				waitid(P_PIDFD, (id_t)slot->pidfd, &(siginfo_t) { 0 }, WEXITED | WNOHANG);
		}
		forget(slot);
	}
	if (canary->teller.fd >= 0)
		close(canary->teller.fd);
	close(canary->signals);
	return error ? error : !well;
}

int infer_canary_run(const struct infer_canary_options *options)
{
	struct canary *canary = calloc(1, sizeof(*canary));
	int error = 0;

	if (!canary)
		return -ENOMEM;
	begin(canary, options);
	canary->signals = open_signals();
	if (canary->signals < 0)
		error = canary->signals;
	while (!error && !canary->over) {
		act_all(canary);
		if (!canary->over)
			error = wait_and_handle(canary);
	}
	if (!error)
		error = end(canary);
	free(canary);
	return error;
}
