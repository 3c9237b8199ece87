# SPDX-License-Identifier: GPL-2.0-or-later
# What headgated reads once a second, and from whom.

look_test_objs   := userspace/daemon/look.c userspace/lib/by_id.c
look_test_cflags := $(daemon_cflags)

cgroup_news_test_objs   := $(addprefix userspace/daemon/,cgroup_news.c log.c) $(addprefix userspace/lib/,by_id.c cgroup.c printable.c)
cgroup_news_test_cflags := $(daemon_cflags) $(shell pkg-config --cflags libsystemd)
cgroup_news_test_libs   := $(shell pkg-config --libs libsystemd) -Wl,--wrap=inotify_add_watch

connection_test_objs   := userspace/daemon/connection.c
connection_test_cflags := $(daemon_cflags) $(shell pkg-config --cflags libsystemd)
connection_test_libs   := $(shell pkg-config --libs libsystemd)
