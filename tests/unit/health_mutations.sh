#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Proof that the tests of the health of devices can fail.
#
#	health_mutations.sh <top of the source> <work folder>
set -eu

top=$1
work=$2
tests='series_test health_test health_stalls_test health_file_test probe_message_test acts_test'
# shellcheck source=tests/unit/mutate.sh
. "$top/tests/unit/mutate.sh"

mutate outliers-are-not-clipped lib/series.c 's/return fmax(-CLIP, fmin(CLIP, z));/return z;/' series_test
mutate no-slack lib/series.c 's/^#define SLACK.*/#define SLACK 0.0/' series_test
mutate one-sample-is-enough lib/series.c 's/^#define THRESHOLD.*/#define THRESHOLD 3.0/' series_test
mutate noticed-late lib/series.c 's/^#define THRESHOLD.*/#define THRESHOLD 30.0/' series_test
mutate deviation-of-nothing lib/series.c 's/^#define DEVIATION_MIN.*/#define DEVIATION_MIN 0.0001/' series_test
mutate past-follows lib/series.c 's/past->learned >= HEADGATE_SERIES_SETTLED ||/false ||/' series_test
mutate one-past-for-all lib/series.c 's/&series->pasts\[company\]/\&series->pasts[0 * company]/' series_test
mutate faster-is-not-learned lib/series.c 's/if (past->deficit >= FASTER/if (false \&\& past->deficit >= FASTER/' series_test
mutate nothing-is-known-alone lib/series.c 's/return !well \&\& is_known(other) ? other : NULL;/return NULL;/' health_test
mutate judged-at-once lib/series.h 's/^#define HEADGATE_SERIES_JUDGES.*/#define HEADGATE_SERIES_JUDGES 5/' series_test
mutate restart-forgets-all lib/series.c 's/^\tseries->added = 0;/\tmemset(series, 0, sizeof(*series));/' series_test

mutate slow-is-learned lib/health.c 's/device->state == HEADGATE_HEALTH_OK);/true);/' health_test
mutate waiting-is-hanging lib/health.c 's/if (job->pid == probe->pid || .*/if (true)/' health_test
mutate hung-at-once lib/health.c 's/look->now_ns < since_ns + probe->allowed_ns/false/' health_test
mutate no-hysteresis lib/health.c 's/^#define HOLD_PART.*/#define HOLD_PART 1.0/' health_test
mutate better-at-once lib/health.c 's/^#define CALM_NS.*/#define CALM_NS 0/' health_test
mutate relapses-are-nothing lib/health.c 's/^#define RELAPSE_NS.*/#define RELAPSE_NS 0/' health_test
mutate who-left-speaks-on lib/health.c 's/^\t\tprobe->failed = 0;/\t\t;/' health_test
mutate resets-are-dark lib/health.c 's/ \&\& device->moved_ns <= stall->since_ns)/)/' health_stalls_test
mutate moved-once lib/health.c 's/ \&\& now_ns - device->moved_ns < STILL_NS;/;/' health_stalls_test
mutate never-better lib/health.c 's/else if (look->now_ns >= device->better_ns + calm_of(device))/else if (false)/' health_test
mutate restart-is-well lib/health.c 's/^#define HOLD_NS.*/#define HOLD_NS 0/' health_file_test
mutate one-wrong-is-brown lib/health.c 's/^#define OUTCOMES_BROWN.*/#define OUTCOMES_BROWN 1/' health_test
mutate wrong-for-ever lib/health.c 's/popcount(outcomes & OUTCOMES_MASK)/popcount(outcomes)/' health_test
mutate agents-failures-count lib/health.c 's/if (is_probe(device, stall->agent_id))/if (true)/' health_stalls_test
mutate failures-count-for-long lib/health.c 's/^#define FAILING_NS.*/#define FAILING_NS (20 * NS_PER_S)/' health_stalls_test
mutate stalls-of-all-devices lib/health.c 's/^\t\tif (stall->device_id != device->id)/\t\tif (false)/' health_stalls_test
mutate nothing-moves lib/health.c 's/return device->moved_ns > since_ns/return false/' health_stalls_test
mutate wedged-is-well lib/health.c 's/add(sum, HEADGATE_HEALTH_DARK, HEADGATE_HEALTH_WEDGED, 0);/;/' health_stalls_test
mutate limits-of-brown lib/health.c 's/limit(device, HEADGATE_HEALTH_BROWN, limits->brown)/limits->degraded/' health_test

mutate two-agents-speak lib/health_flows.c 's/^#define AGENTS_MIN.*/#define AGENTS_MIN 2/' health_test
mutate any-factor lib/health_flows.c 's/^#define FACTORS_APART.*/#define FACTORS_APART 1000/' health_test
mutate some-speak lib/health_flows.c 's/all = all \&\& flow->slower_ns;/;/' health_test
mutate any-moment lib/health_flows.c 's/^#define MOMENT_NS.*/#define MOMENT_NS (1000 * NS_PER_S)/' health_test
mutate probes-explain-nothing lib/health_flows.c 's/if (!witness \&\& all/if (all/' health_test

mutate pasts-are-lost lib/health_file.c 's/probe->series.pasts\[i\] = past;/;/' health_file_test
mutate damage-is-read lib/health_file.c 's/past.learned > HEADGATE_SERIES_SETTLED || //' health_file_test
mutate nan-is-read lib/health_file.c 's/!isfinite(past.mean) || //' health_file_test
mutate last-run-is-forgotten lib/health_probes.c 's/^\t\tdevice->probes\[i\].failed = 0;/&\n\t\tdevice->probes[i].last = 0;/' health_test
mutate last-run-is-lost lib/health_probes.c 's/^\tprobe->last = outcome;/\t;/' health_file_test
mutate ill-for-ever lib/health_probes.c 's/^\tif (device->state != HEADGATE_HEALTH_OK)/\tif (false)/' health_file_test
mutate unseen-is-slow lib/health_probes.c 's/ || !device->id)$/)/' health_test
mutate busy-for-ever lib/health_probes.c 's/^\tdevice->beside = false;/\t;/' health_test
mutate load-for-ever lib/health_probes.c 's/^\tdevice->load = 0;/\t;/' health_test
mutate lost-and-not-forgotten lib/health.c 's/^\t\t\thealth_device_unseen(.*/\t\t\t;/' health_test
mutate probes-without-end lib/health_probes.c 's/if (i == device->n_probes \&\& i == HEADGATE_PROBES_MAX)/if (false)/' health_test

mutate names-of-any-kind lib/probe_message.c 's/strspn(value, "abc.*) != length)/false)/' probe_message_test
mutate names-of-any-length lib/probe_message.c 's/!length || length >= size ||/!length ||/' probe_message_test
mutate words-twice lib/probe_message.c 's/if (\*seen & 1U << i)/if (false)/' probe_message_test
mutate words-of-other-verbs lib/probe_message.c 's/i == KEYS || !(allowed & 1U << i)/i == KEYS/' probe_message_test
mutate nothing-is-needed lib/probe_message.c 's/if (lacks)/if (false)/' probe_message_test
mutate any-bytes lib/probe_message.c "s/if (\*c < ' ' || \*c > '~')/if (false)/" probe_message_test

mutate shed-always daemon/acts.c 's/ \&\& device->id \&\& device->state >= state/ \&\& device->id/' acts_test
mutate devices-that-are-gone daemon/acts.c 's/ \&\& device->id;/;/; s/i < health->n_flows \&\& device->id;/i < health->n_flows;/; s/ \&\& device->id \&\& device->state/ \&\& device->state/; s/ret = plan_device/ret = !look->health->devices[i].id ? 0 : plan_device/' acts_test
mutate agents-are-a-reason daemon/acts.c 's/device->reason != HEADGATE_HEALTH_TOGETHER/true/' acts_test
mutate all-are-shed daemon/acts.c 's/if (agent->class != HEADGATE_CLASS_BATCH || p->spared/if (p->spared/; s/if (agents->items\[i\].class == HEADGATE_CLASS_INTERACTIVE)/if (false)/' acts_test
mutate leaves-are-shed daemon/acts.c 's/^\t\ttop = agent;/\t\treturn agent;/' acts_test
mutate trees-are-not-spared daemon/acts.c 's/|= why;/|= why;\n\t\treturn;/' acts_test
mutate probes-are-shed daemon/acts.c 's/spare(p, find(p, probe->agent_id), SPARED_PROBE);/;/' acts_test
mutate probes-that-are-away daemon/acts.c 's/^#define PROBE_NS.*/#define PROBE_NS 0/' acts_test
mutate idle-ones-are-shed daemon/acts.c 's/p->look->now_ns - flow->last_ns <= WORKS_NS/true/' acts_test
mutate who-waits-does-not-work daemon/acts.c 's/(flow->busy || /(/' acts_test
mutate paused-for-a-minute daemon/acts.c 's/ \&\& !laid_before(p, top->id)))/))/' acts_test
mutate paused-for-nobody daemon/acts.c 's/p->served \&\& reaches/reaches/' acts_test
mutate drained-of-all daemon/acts.c 's/p->acts->drained \&\& !is_known(p, agent->id)/p->acts->drained/' acts_test
mutate drained-of-batch daemon/acts.c 's/!(p->spared\[place(p, agent)\] & SPARED_PROBE)/!p->spared[place(p, agent)]/' acts_test
mutate drained-for-ever daemon/acts.c 's/^\t\tacts->drained = false;/\t\t;/' acts_test
mutate told-each-second daemon/acts.c 's/!(before \&\& is_same(&before->override, &p->laid\[i\]))/true/' acts_test
mutate told-once daemon/acts.c 's/!(before \&\& is_same(&before->override, &p->laid\[i\]))/!before/' acts_test
mutate never-taken-back daemon/acts.c 's/overrides_end(overrides, OVERRIDE_BROWNOUT);/;/' acts_test
mutate killed-at-once daemon/acts.c 's/ + config->kill_after_ns;/;/' acts_test
mutate anybody-is-killed daemon/acts.c 's/ \&\& stall->agent_id \&\& stall->pid//' acts_test
mutate unseen-is-nobodys-choice daemon/acts.c 's/headgate_health_is_there(device) \&\& device->state == H/device->id \&\& device->state == H/' acts_test
mutate gone-is-a-choice daemon/acts.c 's/headgate_health_is_there(device) \&\& device->state == H/device->state == H/' acts_test
mutate unseen-is-the-first-choice daemon/acts.c 's/return device->id;/return !device->id;/' acts_test
mutate busiest-instead daemon/acts.c 's/device->load < best->load/device->load > best->load/' acts_test

verdict 'judges of health'
