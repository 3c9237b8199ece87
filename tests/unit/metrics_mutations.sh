#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Proof that the tests of the metrics can fail: breaks a copy in one line at a time, and expects
# the test that is named to notice.
#
#	metrics_mutations.sh <top of the source> <work folder>
set -eu

top=$1
work=$2
tests='config_metrics_test metrics_render_test metrics_collect_test metrics_http_test metrics_socket_test
	metrics_server_test'
# shellcheck source=tests/unit/mutate.sh
. "$top/tests/unit/mutate.sh"

text=daemon/metrics_text.c render=daemon/metrics_render.c collect=daemon/metrics_collect.c
others=daemon/metrics_others.c http=daemon/metrics_http.c socket=daemon/metrics_socket.c
server=daemon/metrics_server.c devices=daemon/metrics_devices.c

mutate all-addresses-are-loopback lib/config_metrics.c 's/>> 24 != IN_LOOPBACKNET)/>> 24 == 999)/' config_metrics_test
mutate all-v6-addresses-are-loopback lib/config_metrics.c 's/is_v6 ? !IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr) :/is_v6 ? false :/' config_metrics_test
mutate ports-are-cut-off lib/config_metrics.c 's/ \&\& port <= 65535//' config_metrics_test
mutate quotes-end-a-label $text "s/\\*at == '\"' || //" metrics_render_test
mutate newlines-end-a-line $text "s/} else if (\\*at == '.n') {/} else if (false) {/" metrics_render_test
mutate terminals-obey-names $text "s/if ((code < 0x20 \\&\\& code != '.n') || /if (/" metrics_render_test
mutate terminals-obey-latin-1 $text 's/(code >= 0x7f \&\& code < 0xa0)/code == 0x7f/' metrics_render_test
mutate escapes-are-forged $text 's/ || code == 0xfffd)/)/' metrics_render_test
mutate overlong-is-utf-8 $text 's/if (code < least\[length\] || /if (/' metrics_render_test
mutate surrogates-are-utf-8 $text 's/(code >= 0xd800 \&\& code <= 0xdfff)/false/' metrics_render_test
mutate long-names-are-whole $text 's/if (size <= METRICS_NAME_MAX)/if (true)/' metrics_render_test
mutate long-names-are-one $text 's/middle, sizeof(middle), "\(.*\)", id/middle, sizeof(middle), "\1", id * 0/' metrics_render_test
mutate text-has-no-limit $text 's/if (size > text->limit || .*/if (false)/' metrics_render_test
mutate text-goes-on-after-its-limit $text 's/if (text->failed || !size)/if (!size)/' metrics_render_test
mutate buckets-do-not-add-up $render 's/count += sums->waits\[i\];/count = sums->waits[i];/' metrics_render_test
mutate all-states-are-had $render 's/state == (uint64_t)i/state != METRICS_NONE/' metrics_render_test
mutate what-is-absent-is-told $render 's/return \*(const uint64_t \*)value != METRICS_NONE;/return true;/' metrics_render_test
mutate openmetrics-does-not-end $render 's/metrics_puts(text, "# EOF.n");/;/' metrics_render_test
mutate families-have-suffixes $render 's/format == METRICS_PROMETHEUS \&\& metric->type == METRICS_COUNTER/metric->type == METRICS_COUNTER/' metrics_render_test
mutate others-begin-with-all $others 's/if (!others->begun)/if (false)/' metrics_collect_test
mutate others-are-a-sum $others 's/add_growth(&lane->sums/lane->sums = (struct metrics_sums){ 0 };\n\tadd_growth(\&lane->sums/' metrics_collect_test
mutate others-grow-again-each-time $others 's/? after\[i\] - until\[i\] : after\[i\]/? after[i] : after[i]/' metrics_collect_test
mutate who-began-anew-counts-down $others 's/after\[i\] >= until\[i\] ? after\[i\] - until\[i\] : after\[i\]/after[i] - until[i]/' metrics_collect_test
mutate another-module-goes-on $collect 's/if (collector->instance != input->instance)/if (false)/' metrics_collect_test
mutate all-agents-are-told $collect 's/if (n_told < agents_max \&\& /if (/' metrics_collect_test
mutate all-engines-are-told $collect 's/ \&\& n_flows + count <= .*/) {/' metrics_collect_test
mutate dying-agents-are-told-twice $collect 's/if (leave_out_dying(look))/if (false \&\& leave_out_dying(look))/' metrics_collect_test
mutate gone-devices-are-told daemon/metrics_names.c 's/if (!devices->items\[i\].gone \&\& /if (/' metrics_collect_test
mutate lanes-of-one-name-are-one daemon/metrics_names.c 's/strcmp(first->name, item->name)) {/strcmp(first->name, item->name) || true) {/' metrics_collect_test
mutate of-three-entries-one-is-told daemon/metrics_flows.c 's/metrics_sums_add(&last->sums, .*/;/' metrics_collect_test
mutate waits-are-in-the-next-bucket daemon/metrics_flows.c 's/headgate_histogram_edge(i + 1) > /headgate_histogram_edge(i + 1) >= /' metrics_collect_test
mutate every-stall-is-a-wedge $devices 's/stalls->items\[i\].kind == HEADGATE_STALL_KIND_WEDGED \&\& /stalls->items[i].device_id == 999 \&\& /' metrics_collect_test
mutate taken-out-is-told $devices 's/if (!device->listed || /if (/' metrics_collect_test
mutate seen-is-told-twice $devices 's/ || is_seen(input, device->name))/)/' metrics_collect_test
mutate gone-is-seen $devices 's/if (!devices->items\[i\].gone \&\& !strcmp/if (!strcmp/' metrics_collect_test
mutate unseen-is-not-told $devices 's/^\treturn add_unseen(input, snapshot);/\treturn 0;/' metrics_collect_test
mutate info-of-nothing $render 's/return \*(char \*const \*)value;/return true;/' metrics_render_test
mutate quality-does-not-matter $http 's/openmetrics \&\& openmetrics >= text/openmetrics/' metrics_http_test
mutate versions-do-not-matter $http 's/^\t\t\trange.openmetrics = false;/\t\t\t;/' metrics_http_test
mutate all-hosts-are-here lib/host.c 's/if (!strcasecmp(name, "localhost"))/if (true)/' metrics_http_test
mutate all-may-ask $socket 's/^#define SOCKET_MODE 0660/#define SOCKET_MODE 0666/' metrics_socket_test
mutate groups-are-roots $socket 's/lchown(address.sun_path, -1, group)/lchown(address.sun_path, -1, 0)/' metrics_socket_test
mutate folders-of-all-are-taken $socket 's/ || (st.st_mode & (S_IWGRP | S_IWOTH)))/)/' metrics_socket_test
mutate files-are-replaced $socket 's/if (!S_ISSOCK(st.st_mode))/if (false)/' metrics_socket_test
mutate sockets-in-use-are-replaced $socket 's/if (err == ECONNREFUSED || /if (!err || err == ECONNREFUSED || /' metrics_socket_test
mutate sockets-of-others-are-removed $socket 's/ \&\& st.st_ino == listener->ino)/)/' metrics_socket_test
mutate each-scrape-is-a-look $server 's/^#define FRESH_MS.*/#define FRESH_MS 0/' metrics_server_test
mutate each-failure-is-a-look $server 's/response || s->made\[format\].err) \&\&/response) \&\&/' metrics_server_test
mutate slow-clients-hold-all-there-is $server 's/^#define TEXTS_MAX.*/#define TEXTS_MAX 400/' metrics_server_test
mutate nobody-is-cut-off $server 's/shutdown(c->fd, SHUT_RDWR);/;/' metrics_server_test
mutate names-of-ports-do-not-matter $server 's/if (s->is_port \&\&/if (false \&\&/' metrics_server_test
mutate anything-may-be-posted $server 's/if (strcmp(method, MHD_HTTP_METHOD_GET) .*/if (false)/' metrics_server_test
mutate health-of-another $devices 's/if (!strcmp(health->devices\[i\].name, name))/if (true)/' metrics_collect_test

verdict metrics
