# SPDX-License-Identifier: GPL-2.0-or-later
# The metrics of headgated, without a module.

metrics_cflags := -I$(top)/userspace/lib -I$(top)/userspace/daemon

metrics_render_objs := $(addprefix userspace/daemon/,metrics_model.c metrics_render.c metrics_table.c metrics_text.c) \
		       userspace/lib/life.c
metrics_render_test_objs   := $(metrics_render_objs)
metrics_render_test_cflags := $(metrics_cflags)

metrics_collect_test_objs   := $(addprefix userspace/daemon/metrics_,collect.c devices.c flows.c model.c names.c others.c text.c) \
			       $(addprefix userspace/lib/,by_id.c cgroup.c histogram.c labels.c life.c lives.c names.c replace.c lines.c)
metrics_collect_test_cflags := $(metrics_cflags)
metrics_collect_test_libs   := -lm

metrics_http_test_objs   := userspace/daemon/metrics_http.c userspace/lib/host.c
metrics_http_test_cflags := $(metrics_cflags)

metrics_socket_test_objs   := userspace/daemon/metrics_socket.c
metrics_socket_test_cflags := $(metrics_cflags)

metrics_server_test_objs   := $(metrics_render_objs) $(addprefix userspace/daemon/,log.c metrics_http.c metrics_server.c) \
			      $(addprefix userspace/lib/,host.c printable.c)
metrics_server_test_cflags := $(metrics_cflags) $(shell pkg-config --cflags libmicrohttpd)
metrics_server_test_libs   := $(shell pkg-config --libs libmicrohttpd) -pthread -Wl,--wrap=log_write
