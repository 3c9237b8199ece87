# SPDX-License-Identifier: GPL-2.0-or-later
# The policy file, the driver table and the parts of headgated that need no kernel.

daemon_cflags := -I$(top)/userspace/lib -I$(top)/userspace/daemon

# The parser of the policy file, whatever sections it has.
config_sources := $(patsubst $(top)/%,%,$(wildcard $(top)/userspace/lib/config*.c)) \
		  $(addprefix userspace/lib/,drivers.c setting.c pattern.c printable.c units.c names.c money.c budget.c health_names.c)
config_test_objs   := $(config_sources) $(addprefix userspace/lib/,labels.c replace.c lines.c by_id.c cgroup.c)
config_test_cflags := $(daemon_cflags)

drivers_test_objs   := userspace/lib/drivers.c
drivers_test_cflags := $(daemon_cflags)

# Layouts are compared with the headers of the kernels that are set up; libdrm lacks some.
kernel_uapi := $(foreach f,$(wildcard $(O)/kernel/*/headers/Makefile), \
	       $(shell sed -n 's,^include \(.*\)/Makefile$$,-idirafter \1/include/uapi,p' $f))
tag_test_objs   := userspace/lib/drivers.c
tag_test_cflags := $(daemon_cflags) $(kernel_uapi) $(shell pkg-config --cflags libdrm)

bypass_test_objs   := $(addprefix userspace/lib/,bypass.c drivers.c virtio.c)
bypass_test_cflags := $(daemon_cflags)

policy_test_objs   := userspace/daemon/policy.c
policy_test_cflags := $(daemon_cflags)

cgroups_test_objs   := userspace/daemon/cgroups.c userspace/daemon/log.c userspace/lib/printable.c
cgroups_test_cflags := $(daemon_cflags) $(shell pkg-config --cflags libsystemd)
cgroups_test_libs   := $(shell pkg-config --libs libsystemd)

pace_model_test_objs   := userspace/daemon/pace_model.c tests/unit/pace_device.c
pace_model_test_cflags := $(daemon_cflags)

guard_test_objs   := userspace/daemon/guard.c userspace/daemon/frozen.c userspace/daemon/log.c userspace/lib/printable.c userspace/lib/cgroup.c userspace/lib/freezer.c
guard_test_cflags := $(daemon_cflags)

uevent_test_objs   := userspace/daemon/uevent.c
uevent_test_cflags := $(daemon_cflags) $(shell pkg-config --cflags libsystemd)
uevent_test_libs   := $(shell pkg-config --libs libsystemd)

device_table_test_objs   := userspace/daemon/device_table.c
device_table_test_cflags := $(daemon_cflags)
tally_test_objs   := userspace/daemon/tally.c
tally_test_cflags := $(daemon_cflags)

clients_test_objs   := $(addprefix userspace/daemon/,clients.c clients_files.c clients_processes.c clients_time.c tally.c) userspace/lib/fdinfo.c
clients_test_cflags := $(daemon_cflags)
clients_test_libs   := -Wl,--wrap=clock_gettime -Wl,--wrap=getrusage

$(foreach n,config_driver_test config_history_test config_stall_test,\
	$(eval $(n)_objs := $(config_test_objs))$(eval $(n)_cflags := $(daemon_cflags)))

hooks_test_objs   := userspace/daemon/hooks.c userspace/daemon/log.c $(addprefix userspace/lib/,printable.c units.c)
hooks_test_cflags := $(daemon_cflags) $(shell pkg-config --cflags libsystemd)
hooks_test_libs   := $(shell pkg-config --libs libsystemd) -Wl,--wrap=kill,--wrap=poll

stall_tell_test_objs   := $(addprefix userspace/daemon/,stall_tell.c tell.c tell_words.c) \
			  $(addprefix userspace/lib/,printable.c units.c names.c)
stall_tell_test_cflags := $(daemon_cflags) $(shell pkg-config --cflags libsystemd)
stall_tell_test_libs   := -Wl,--wrap=sd_journal_sendv

config_budget_test_objs   := $(config_test_objs)
config_budget_test_cflags := $(daemon_cflags)

override_test_objs   := userspace/daemon/override.c userspace/lib/by_id.c
override_test_cflags := $(daemon_cflags)

budget_count_test_objs   := $(addprefix userspace/daemon/,budget_count.c policy.c) \
			    $(addprefix userspace/lib/,budget.c budget_file.c by_id.c replace.c money.c units.c names.c)
budget_count_test_cflags := $(daemon_cflags)

budget_act_test_objs   := tests/unit/watch_nobody.c $(addprefix userspace/daemon/,budget_act.c budget_count.c log.c override.c policy.c) \
			  $(addprefix userspace/lib/,budget.c budget_file.c by_id.c replace.c money.c units.c names.c printable.c)
budget_act_test_cflags := $(daemon_cflags)

budget_file_test_objs   := $(addprefix userspace/daemon/,budget_tell.c log.c tell_words.c) \
			   $(addprefix userspace/lib/,budget.c budget_file.c by_id.c replace.c money.c units.c names.c printable.c)
budget_file_test_cflags := $(daemon_cflags) $(shell pkg-config --cflags libsystemd)
budget_file_test_libs   := $(shell pkg-config --libs libsystemd)

probes_test_objs   := userspace/daemon/probes.c $(addprefix userspace/lib/,probe_message.c health_names.c)
probes_test_cflags := $(daemon_cflags) $(shell pkg-config --cflags libsystemd)
probes_test_libs   := $(shell pkg-config --libs libsystemd)

acts_test_objs   := userspace/daemon/acts.c userspace/daemon/override.c userspace/lib/health_names.c userspace/lib/by_id.c
acts_test_cflags := $(daemon_cflags)

config_metrics_test_objs   := $(config_test_objs)
config_metrics_test_cflags := $(daemon_cflags)

budget_text_test_objs   := $(config_test_objs)
budget_text_test_cflags := $(daemon_cflags)

budget_cgroups_test_objs   := userspace/daemon/budget_cgroups.c $(config_sources) \
			      $(addprefix userspace/lib/,budget_file.c labels.c replace.c lines.c by_id.c cgroup.c)
budget_cgroups_test_cflags := $(daemon_cflags) $(shell pkg-config --cflags libsystemd)
budget_cgroups_test_libs   := -Wl,--wrap=headgate_config_has_price,--wrap=headgate_budget_parse
