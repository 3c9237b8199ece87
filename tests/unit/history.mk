# SPDX-License-Identifier: GPL-2.0-or-later
# The history of headgated, with a ledger that is made up.

history_sources := $(addprefix userspace/daemon/,history_events.c history_flows.c history_names.c history_pressure.c \
		   history_rollup.c history_write.c) $(addprefix userspace/lib/,history_db.c history_file.c history_sql.c labels.c replace.c lines.c by_id.c cgroup.c)
history_cflags := -I$(top)/userspace/lib -I$(top)/userspace/daemon $(shell pkg-config --cflags sqlite3)

define history_program
$(1)_objs   := $(history_sources)
$(1)_cflags := $(history_cflags)
$(1)_libs   := $(shell pkg-config --libs sqlite3)
endef
$(foreach n,history_test history_rollup_test history_kill_test history_damage_test history_owner_test history_file_test history_hazard_test history_thread_test,$(eval $(call history_program,$(n))))
history_thread_test_objs += userspace/daemon/history_thread.c userspace/daemon/counts.c userspace/daemon/log.c userspace/lib/printable.c
history_thread_test_libs += -pthread

# Of the tool: what a report looks like.
report_print_test_objs   := $(addprefix userspace/ctl/,cells.c report_focus.c report_group.c report_print.c report_time.c table.c) \
			    $(addprefix userspace/lib/,json.c money.c units.c names.c)
report_print_test_cflags := $(history_cflags) -I$(top)/userspace/ctl

# What budgets take from it.
budget_past_test_objs   := tests/unit/watch_nobody.c $(history_sources) $(addprefix userspace/daemon/,budget_count.c budget_learn.c budget_past.c budget_seed.c \
			   budget_tell.c log.c policy.c tell_words.c) $(filter-out $(history_sources),$(config_test_objs)) userspace/lib/budget_file.c
budget_past_test_cflags := $(history_cflags) $(shell pkg-config --cflags libsystemd)
budget_past_test_libs   := $(shell pkg-config --libs sqlite3 libsystemd) -pthread
