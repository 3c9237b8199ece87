// SPDX-License-Identifier: GPL-2.0-or-later
/* What workers say. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "serve.h"
#include "tokenizer.h"

/* Of one message: what a stop string held back, and a token, each byte of which may be no character: U+FFFD. */
#define TEXT_MOST (INFER_ASK_STOP_LENGTH + 3 * (INFER_TOKEN_TEXT + 4))

/*
 * Of its order, those before @n that are not told of yet: what it lost long ago may have been well since. Who has
 * computed on one is believed; to who could open none it may be its agent's limits that deny them.
 */
static void note_lost(struct infer_process *process, uint32_t n)
{
	struct infer_fleet *fleet = &process->service->fleet;
	uint64_t who = infer_process_who(process), now = infer_now_ns();

	for (uint32_t i = process->at; i < n; i++)
		if (process->ready)
			infer_fleet_failed(fleet, process->order.of[i], now);
		else
			infer_fleet_suspect(fleet, process->order.of[i], who, now);
	process->at = n;
}

static void note_device(struct infer_process *process, const struct infer_worker_device *device)
{
	struct infer_fleet *fleet = &process->service->fleet;
	uint64_t now = infer_now_ns();

	note_lost(process, device->index);
	process->device = process->order.of[device->index];
	infer_fleet_opened(fleet, process->device);
	if (infer_fleet_place(fleet, process->device, device->place, now))
		infer_log_line("%s is device %s, which headgated says is brown or dark: new requests go to others",
			       fleet->devices[process->device].name, device->place);
	snprintf(process->device_name, sizeof(process->device_name), "%.*s", INFER_PROBLEM - 1, device->name);
}

static int on_device(struct infer_process *process, const struct infer_worker_message *message)
{
	struct infer_worker_device device;

	if (infer_worker_get(message, &device, sizeof(device), NULL) ||
	    device.index >= process->service->fleet.count)
		return -EBADMSG;
	if (message->kind == INFER_WORKER_HUNG) {
		infer_fleet_note(&process->service->fleet, process->order.of[device.index], "it does not answer");
		infer_fleet_failed(&process->service->fleet, process->order.of[device.index], infer_now_ns());
		return -ETIMEDOUT;
	}
	device.place[sizeof(device.place) - 1] = '\0';
	note_device(process, &device);
	if (message->kind == INFER_WORKER_READY)
		process->ready = true;
	else
		for (struct infer_job *job = process->jobs.first; job; job = job->next)
			job->moves++;
	return 0;
}

/* The next message says what comes instead. */
static int on_lost(struct infer_process *process, const struct infer_worker_message *message)
{
	struct infer_worker_lost lost;
	struct infer_text why;

	if (infer_worker_get(message, &lost, sizeof(lost), &why) || lost.index >= process->service->fleet.count)
		return -EBADMSG;
	infer_fleet_note(&process->service->fleet, process->order.of[lost.index], "%.*s", (int)why.length, why.bytes);
	return 0;
}

static int on_started(struct infer_process *process, const struct infer_worker_message *message)
{
	struct infer_worker_started started;
	struct infer_job *job;

	if (infer_worker_get(message, &started, sizeof(started), NULL))
		return -EBADMSG;
	job = infer_jobs_find(&process->jobs, started.id);
	if (!job)
		return 0;
	if (!started.most || (uint64_t)started.n_prompt + started.most > process->service->policy.context)
		return -EBADMSG;
	job->n_prompt = started.n_prompt;
	job->most = started.most;
	job->started = true;
	job->news(job);
	return 0;
}

static int on_token(struct infer_process *process, const struct infer_worker_message *message)
{
	struct infer_worker_token token;
	struct infer_text text;
	struct infer_job *job;

	if (infer_worker_get(message, &token, sizeof(token), &text))
		return -EBADMSG;
	job = infer_jobs_find(&process->jobs, token.id);
	if (!job)
		return 0;
	if (!job->started || job->n_tokens >= job->most || text.length > TEXT_MOST)
		return -EBADMSG;
	if (infer_job_token(job, token.token, &text, token.at)) {
		int error = infer_process_cancel(process, job);

		infer_job_fail(job, 500, NULL, "There is no memory for the answer.");
		return error;
	}
	memcpy(job->device, process->device_name, sizeof(job->device));
	job->news(job);
	return 0;
}

static int on_ended(struct infer_process *process, const struct infer_worker_message *message)
{
	struct infer_worker_ended ended;
	struct infer_text text;
	struct infer_job *job;

	if (infer_worker_get(message, &ended, sizeof(ended), &text))
		return -EBADMSG;
	job = infer_jobs_find(&process->jobs, ended.id);
	if (!job)
		return 0;
	if (!job->started || text.length > TEXT_MOST)
		return -EBADMSG;
	infer_fleet_worked(&process->service->fleet, process->device, infer_now_ns());
	infer_process_forget(process, job);
	if (infer_bytes_put(&job->text, text.bytes, text.length))
		infer_job_fail(job, 500, NULL, "There is no memory for the answer.");
	else
		infer_job_end(job, ended.why == INFER_END_LENGTH ? INFER_END_LENGTH : INFER_END_STOP);
	return 0;
}

static int on_cancelled(struct infer_process *process, const struct infer_worker_message *message)
{
	struct infer_worker_ended cancelled;

	if (infer_worker_get(message, &cancelled, sizeof(cancelled), NULL) || !process->owed)
		return -EBADMSG;
	process->owed--;
	process->idle_since = infer_now_ns();
	return 0;
}

static int on_refused(struct infer_process *process, const struct infer_worker_message *message)
{
	struct infer_worker_refused refused;
	struct infer_text why;
	struct infer_job *job;
	bool theirs;

	if (infer_worker_get(message, &refused, sizeof(refused), &why))
		return -EBADMSG;
	job = infer_jobs_find(&process->jobs, refused.id);
	if (!job)
		return 0;
	infer_process_forget(process, job);
	theirs = refused.error == -EINVAL || refused.error == -E2BIG;
	infer_job_fail(job, theirs ? 400 : 500, refused.error == -E2BIG ? "context_length_exceeded" : NULL, "%.*s",
		       (int)why.length, why.bytes);
	return 0;
}

/* No device is left: another worker would find the same. */
static int on_none(struct infer_process *process, const struct infer_worker_message *message)
{
	struct infer_service *service = process->service;
	struct infer_text why;

	if (infer_worker_get(message, NULL, 0, &why))
		return -EBADMSG;
	note_lost(process, service->fleet.count);
	while (process->jobs.first) {
		struct infer_job *job = process->jobs.first;

		infer_process_forget(process, job);
		infer_job_fail(job, 503, "no_device", "No device can be used; the last one: %.*s", (int)why.length,
			       why.bytes);
	}
	return -ENODEV;
}

int infer_process_hear(struct infer_process *process, const struct infer_worker_message *message)
{
	switch (message->kind) {
	case INFER_WORKER_READY:
	case INFER_WORKER_DEVICE:
	case INFER_WORKER_HUNG:
		return on_device(process, message);
	case INFER_WORKER_STARTED:
		return on_started(process, message);
	case INFER_WORKER_TOKEN:
		return on_token(process, message);
	case INFER_WORKER_ENDED:
		return on_ended(process, message);
	case INFER_WORKER_CANCELLED:
		return on_cancelled(process, message);
	case INFER_WORKER_REFUSED:
		return on_refused(process, message);
	case INFER_WORKER_LOST:
		return on_lost(process, message);
	case INFER_WORKER_NONE:
		return on_none(process, message);
	case INFER_WORKER_PULSE:
		return 0;
	default:
		return -EBADMSG;
	}
}
