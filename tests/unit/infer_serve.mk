# SPDX-License-Identifier: GPL-2.0-or-later
# The local service: what clients say, what workers say, and which devices are well.
# Recursive where it takes from infer_text.mk, which is read later.

infer_ask_sources := $(addprefix userspace/infer/,ask.c bytes.c worker_message.c)
infer_json := $(shell pkg-config --cflags json-c)

infer_worker_message_test_objs   := $(infer_ask_sources)
infer_worker_message_test_cflags := $(infer_cflags)

infer_worker_test_objs   = $(infer_ask_sources) $(infer_tokens_objs) \
			    $(addprefix tests/unit/infer_,idle_leg.c vocabulary.c worker_world.c) \
			    $(addprefix userspace/infer/,worker.c worker_work.c engine.c sequence.c graph.c sample.c \
			    stream_text.c chat.c chat_format.c)
infer_worker_test_cflags := $(infer_cflags)
infer_worker_test_libs   := -lm -pthread

infer_http_request_test_objs   = $(infer_tokens_objs) $(addprefix userspace/infer/,ask.c chat.c chat_format.c http_request.c)
infer_http_request_test_cflags := $(infer_cflags) $(infer_json)
infer_http_request_test_libs   := $(shell pkg-config --libs json-c)

infer_fleet_test_objs   := userspace/infer/serve_fleet.c
infer_fleet_test_cflags := $(infer_cflags)

infer_heard_objs := userspace/infer/serve_health.c $(addprefix userspace/lib/,probe.c probe_message.c health_names.c)

infer_health_test_objs   := $(infer_heard_objs) $(addprefix userspace/infer/,serve_fleet.c serve_log.c serve_loop.c)
infer_health_test_cflags := $(infer_cflags) -I$(top)/userspace/lib
infer_health_test_libs   := -Wl,--wrap=clock_gettime

infer_service_parts := $(infer_ask_sources) $(infer_heard_objs) $(addprefix tests/unit/infer_service_,turns.c world.c) \
		       $(addprefix userspace/infer/,serve.c $(addprefix serve_,agent.c fleet.c hear.c job.c log.c loop.c process.c share.c))
$(foreach test,service service_devices service_held service_log service_room service_share service_successor,\
	$(eval infer_$(test)_test_objs := $(infer_service_parts)) \
	$(eval infer_$(test)_test_cflags := $(infer_cflags) -I$(top)/userspace/lib) \
	$(eval infer_$(test)_test_libs := -Wl,--wrap=kill,--wrap=waitpid,--wrap=clock_gettime))

infer_files_test_objs   := userspace/infer/serve_files.c
infer_files_test_cflags := $(infer_cflags)

infer_gate_test_objs   := userspace/infer/serve_gate.c
infer_gate_test_cflags := $(infer_cflags)

infer_peer_test_objs   := userspace/infer/serve_peer.c
infer_peer_test_cflags := $(infer_cflags) -I$(top)/userspace/lib
infer_peer_test_libs   := -Wl,--wrap=getsockopt

infer_listen_test_objs   := userspace/infer/serve_listen.c
infer_listen_test_cflags := $(infer_cflags)
