# SPDX-License-Identifier: GPL-2.0-or-later
# What the tests of libheadgate and of the tool are linked from.

user_libs   := $(shell pkg-config --libs libnl-genl-3.0 libdrm) -lm
user_cflags := -I$(top)/userspace -I$(top)/userspace/lib -I$(top)/userspace/ctl \
	       $(shell pkg-config --cflags libnl-genl-3.0 libdrm)

netlink_test_objs   := $(addprefix userspace/lib/,message.c schema.c extack.c units.c names.c)
netlink_test_libs   := $(user_libs)
netlink_test_cflags := $(user_cflags)

extack_test_objs   := $(netlink_test_objs)
extack_test_libs   := $(user_libs)
extack_test_cflags := $(user_cflags)

schema_test_objs   := userspace/lib/message.c userspace/lib/schema.c
schema_test_libs   := $(user_libs)
schema_test_cflags := $(user_cflags) -DSPECIFICATION='"$(top)/Documentation/netlink/headgate.yaml"'

json_test_objs   := userspace/lib/json.c
json_test_libs   := $(user_libs)
json_test_cflags := $(user_cflags)

units_test_objs   := userspace/lib/units.c userspace/lib/names.c
units_test_cflags := $(user_cflags)

histogram_test_objs   := userspace/lib/histogram.c
histogram_test_libs   := -lm
histogram_test_cflags := $(user_cflags)

cgroup_test_objs   := $(addprefix userspace/lib/,cgroup.c spawn.c freezer.c)
cgroup_test_cflags := $(user_cflags)

drm_test_objs   := userspace/lib/drm.c userspace/lib/nvidia.c userspace/lib/virtio.c
drm_test_libs   := $(user_libs)
drm_test_cflags := $(user_cflags)

# The table of commands refers to all that the tool can do, its BPF programs among that.
tool_libs   := $(user_libs) $(shell pkg-config --libs libbpf sqlite3 libsystemd)
tool_cflags := $(user_cflags) -I$(O)/ebpf $(shell pkg-config --cflags libbpf sqlite3 libsystemd)

$(O)/ebpf/trace.skel.h:
	$(MAKE) -C $(top)/ebpf O=$(O)

$(foreach name,arguments help device_list docs,$(B)/$(name)_test.o/userspace/ctl/trace_source.o): $(O)/ebpf/trace.skel.h

whole_tool := $(addprefix userspace/ctl/,$(filter-out main.c,$(notdir $(wildcard $(top)/userspace/ctl/*.c)))) \
	      $(addprefix userspace/lib/,$(notdir $(wildcard $(top)/userspace/lib/*.c)))

arguments_test_objs   := $(whole_tool)
arguments_test_libs   := $(tool_libs)
arguments_test_cflags := $(tool_cflags)

help_test_objs   := $(whole_tool)
help_test_libs   := $(tool_libs)
help_test_cflags := $(tool_cflags) -DMAN_PAGE='"$(top)/Documentation/man/headgate.8.rst"'

device_list_test_objs   := $(whole_tool)
device_list_test_libs   := $(tool_libs)
device_list_test_cflags := $(tool_cflags)

evidence_test_objs   := userspace/ctl/evidence.c $(addprefix userspace/lib/,bypass.c drivers.c units.c virtio.c)
evidence_test_cflags := $(user_cflags)

table_test_objs   := userspace/ctl/table.c
table_test_cflags := $(user_cflags)

docs_test_objs   := $(whole_tool)
docs_test_libs   := $(tool_libs)
docs_test_cflags := $(tool_cflags) -DTOP='"$(top)"'

top_test_objs   := userspace/ctl/top_model.c userspace/ctl/top_view.c userspace/ctl/table.c \
		   userspace/ctl/snapshot.c userspace/ctl/states.c userspace/ctl/evidence.c \
		   $(addprefix userspace/lib/,labels.c replace.c lines.c by_id.c life.c lives.c freezer.c cgroup.c bypass.c drivers.c \
		   virtio.c histogram.c json.c \
		   units.c names.c calls.c client.c message.c schema.c extack.c)
top_test_libs   := $(user_libs)
top_test_cflags := $(user_cflags)

trace_test_objs   := $(addprefix userspace/ctl/,trace_tracks.c trace_rows.c trace_events.c trace_file.c) \
		     userspace/lib/json.c
trace_test_libs   := $(user_libs)
trace_test_cflags := $(user_cflags) -DCHECKER='"$(top)/tests/unit/trace_check.py"'

fdinfo_test_objs   := userspace/lib/fdinfo.c userspace/lib/usage.c
fdinfo_test_cflags := $(user_cflags)

money_test_objs   := userspace/lib/money.c
money_test_cflags := $(user_cflags)

report_test_objs   := $(addprefix userspace/ctl/,report_group.c report_read.c report_time.c) \
		      $(config_sources) $(history_sources)
report_test_libs   := $(user_libs) $(shell pkg-config --libs sqlite3)
report_test_cflags := $(user_cflags) $(history_cflags)

life_test_objs   := userspace/lib/life.c userspace/lib/lives.c userspace/lib/replace.c userspace/lib/lines.c userspace/lib/by_id.c
life_test_cflags := $(user_cflags)

labels_test_objs   := userspace/lib/labels.c userspace/lib/replace.c userspace/lib/lines.c userspace/lib/by_id.c userspace/lib/cgroup.c
labels_test_cflags := $(user_cflags)

by_id_test_objs   := userspace/lib/by_id.c
by_id_test_cflags := $(user_cflags)

stall_test_objs   := tests/unit/stall_story.c $(addprefix userspace/lib/,stall.c stall_deadline.c stall_file.c replace.c lines.c names.c)
stall_test_cflags := $(user_cflags)

series_test_objs   := userspace/lib/series.c
series_test_libs   := -lm
series_test_cflags := $(user_cflags)

health_objs := $(addprefix userspace/lib/,health.c health_probes.c health_flows.c health_file.c health_names.c lines.c series.c replace.c) \
	       tests/unit/health_world.c
$(foreach name,health_test health_stalls_test health_file_test,\
	$(eval $(name)_objs := $(health_objs))$(eval $(name)_libs := -lm)$(eval $(name)_cflags := $(user_cflags)))

probe_message_test_objs   := userspace/lib/probe_message.c userspace/lib/health_names.c
probe_message_test_cflags := $(user_cflags)

budget_test_objs   := $(addprefix userspace/lib/,budget.c money.c units.c names.c)
budget_test_cflags := $(user_cflags)

stall_restart_test_objs   := $(stall_test_objs)
stall_restart_test_cflags := $(user_cflags)

coredump_test_objs   := userspace/lib/coredump.c
coredump_test_cflags := $(user_cflags)

lines_test_objs   := userspace/lib/lines.c
lines_test_cflags := $(user_cflags)

run_scope_test_objs   := userspace/ctl/run_scope.c userspace/lib/cgroup.c
run_scope_test_libs   := $(shell pkg-config --libs libsystemd)
run_scope_test_cflags := $(user_cflags) $(shell pkg-config --cflags libsystemd)

replace_test_objs   := userspace/lib/replace.c
replace_test_cflags := $(user_cflags)
