/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The service by HTTP: POST /v1/completions and /v1/chat/completions, GET /v1/models and /health.
 *
 * All in the service's thread. A connection whose answer is not ready is suspended, its client watched:
 * one that goes away cancels what it asked for.
 */
#ifndef INFER_HTTP_SERVER_H
#define INFER_HTTP_SERVER_H

#include "http_reply.h"
#include "serve.h"
#include "serve_listen.h"

/**
 * struct infer_http_setup - what is served, and to whom
 * @listen: its socket is taken
 * @default_agent: the cgroup that pays for those who are no agent; NULL: they are refused
 * @everyone: all are billed to @default_agent
 * @model: name and time, for replies
 */
struct infer_http_setup {
	struct infer_service *service;
	struct infer_listen *listen;
	const char *default_agent;
	bool everyone;
	struct infer_reply model;
	uint32_t context;
};

struct infer_http;

/* infer_http_open(): 0 and *http; negative errno. */
int infer_http_open(const struct infer_http_setup *setup, struct infer_http **http);

/* infer_http_run(): what can be done without waiting; due before each wait for events. */
void infer_http_run(struct infer_http *http);

/* infer_http_wait_ms(): until infer_http_run() is due again, if nothing happens. */
int infer_http_wait_ms(struct infer_http *http);

/* infer_http_tick(): cuts off who takes too long to ask. */
void infer_http_tick(struct infer_http *http);

/* infer_http_quiesce(): takes no more connections, and refuses new requests. */
void infer_http_quiesce(struct infer_http *http);

/* infer_http_busy(): requests that have no whole answer yet. */
uint32_t infer_http_busy(const struct infer_http *http);

/* infer_http_close(): after the service's, when each job is done. */
void infer_http_close(struct infer_http *http);

#endif
