#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Proof that the tests of the service's parts can fail: breaks a copy in one line at a time, and expects
# the test that is named to notice.
#
#	infer_serve_mutations.sh <top of the source> <work folder>
set -eu

top=$1
work=$2
tests='infer_worker_message_test infer_worker_test infer_http_request_test infer_fleet_test infer_service_test
	infer_service_devices_test infer_service_successor_test infer_service_held_test infer_service_log_test infer_service_share_test
	infer_service_room_test
	infer_health_test infer_files_test infer_gate_test infer_peer_test infer_listen_test'
# shellcheck source=tests/unit/mutate.sh
. "$top/tests/unit/mutate.sh"

process=infer/serve_process.c hear=infer/serve_hear.c agent=infer/serve_agent.c serve=infer/serve.c peer=infer/serve_peer.c
listen=infer/serve_listen.c
message=infer/worker_message.c log=infer/serve_log.c job=infer/serve_job.c work_=infer/worker_work.c worker=infer/worker.c http=infer/http_request.c fleet=infer/serve_fleet.c
health=infer/serve_health.c gate=infer/serve_gate.c files=infer/serve_files.c share=infer/serve_share.c

mutate any-length $message 's/if (header.length > INFER_WORKER_MESSAGE)/if (false)/' infer_worker_message_test
mutate texts-beyond-the-end $message 's/ || rest->length < length)$/)/' infer_worker_message_test
mutate rests-are-passed-over $message 's/return rest.length ? -EBADMSG : 0;/return 0;/' infer_worker_message_test
mutate kinds-are-believed $message 's/fixed->kind > INFER_ASK_CHAT || //' infer_worker_message_test
mutate roles-are-believed $message 's/role >= INFER_ROLES || //' infer_worker_message_test
mutate half-messages $message 's/if (left - sizeof(header) < header.length)/if (false)/' infer_worker_message_test
mutate any-prompt-fits $message 's/if (length > INFER_WORKER_MESSAGE)/if (false)/' infer_worker_message_test
mutate tokens-are-told-again $work_ 's/memcpy(tokens + n_prompt, done, n_done \* sizeof(\*done));/;/' infer_worker_test
mutate what-came-counts-not $work_ 's/(uint32_t)n_prompt + n_done, started.most - n_done)/(uint32_t)n_prompt + n_done, started.most)/' infer_worker_test
mutate stops-are-forgotten $work_ 's/i < n_done \&\& more > 0/i < 0/' infer_worker_test
mutate ended-answers-go-on $work_ 's/if (more < 0 || (more \&\& n_done < most))/if (more < 0 || more)/' infer_worker_test
mutate the-end-is-text $work_ 's/if (infer_tokenizer_ends(tokenizer, token))/if (false)/' infer_worker_test
mutate cancelled-is-told $work_ 's/why != INFER_END_CANCELLED \&\& //' infer_worker_test
mutate all-are-cancelled $work_ 's/if (work->id == id)/if (true)/' infer_worker_test
mutate context-has-no-end $work_ 's/n_prompt < context \&\& ask->most <= context - n_prompt/n_prompt < context/' infer_worker_test
mutate what-is-held-back-is-lost $work_ 's/sizeof(ended), &rest);/sizeof(ended), \&(struct infer_text){ 0 });/' infer_worker_test
mutate hung-devices-are-left-alone $worker 's/if (error == -ETIMEDOUT)/if (false)/' infer_worker_test
mutate it-has-no-place $worker 's/memcpy(device.place, leg->place, sizeof(device.place));/;/' infer_worker_test
mutate moves-are-not-made $worker 's/infer_engine_move(w->works.engine, leg);/;/' infer_worker_test
mutate nonsense-is-passed-over $worker 's/^\t\treturn -EBADMSG;/\t\treturn 0;/' infer_worker_test
mutate zero-tokens $http 's/get_integer(p, "max_tokens", 1,/get_integer(p, "max_tokens", 0,/' infer_http_request_test
mutate many-answers $http 's/get_integer(p, "n", 1, 1,/get_integer(p, "n", 1, 9,/' infer_http_request_test
mutate hot $http 's/get_float(p, "temperature", 2,/get_float(p, "temperature", 9,/' infer_http_request_test
mutate negative-tokens $http 's/if (number < 0 || number > UINT32_MAX)/if (number > UINT32_MAX)/' infer_http_request_test
mutate two-prompts $http 's/if (json_object_array_length(prompt) > 1)/if (false)/' infer_http_request_test
mutate five-stops $http 's/if (n > INFER_ASK_STOPS)/if (n > 9)/' infer_http_request_test
mutate empty-stops $http 's/json_object_get_string_len(stop) < 1/json_object_get_string_len(stop) < 0/' infer_http_request_test
mutate bytes-are-text $http 's/JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8/JSON_TOKENER_STRICT/' infer_http_request_test
mutate lax-json $http 's/JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8/JSON_TOKENER_VALIDATE_UTF8/' infer_http_request_test
mutate images-are-text $http 's/ ||\n\t    strcmp(json_object_get_string(type), "text")//; s/strcmp(json_object_get_string(type), "text") || !json_object_is_type(text, json_type_string)/false/' infer_http_request_test
mutate nothing-is-asked $http 's/if (!content \&\& message->role != INFER_ASSISTANT)/if (false)/' infer_http_request_test
mutate assistants-speak-always $http 's/if (!content \&\& message->role != INFER_ASSISTANT)/if (!content)/' infer_http_request_test
mutate depth $http 's/^#define DEPTH 16/#define DEPTH 1600/' infer_http_request_test
mutate failed-is-well $fleet 's/over = over > now ? over : now;/over = now;/' infer_fleet_test
mutate failures-add-up $fleet 's/if (fleet->devices\[device\].until > now)/if (false)/' infer_fleet_test
mutate no-end-to-doubling $fleet 's/if (pause > INFER_FLEET_MOST_NS)/if (false)/' infer_fleet_test
mutate work-does-not-heal $fleet 's/fleet->devices\[device\].pause = 0;/;/' infer_fleet_test
mutate failed-until-asked $fleet 's/if (d->failing \&\& d->until > now)/if (d->failing)/' infer_fleet_test
mutate passed-over-is-failed $fleet 's/if (d->failing \&\& d->until > now)/if (d->until > now)/' infer_fleet_test
mutate failed-is-told-as-well $fleet 's/fleet->devices\[device\].failing = true;/;/' infer_fleet_test
mutate brown-is-told-as-well $fleet 's/return is_ill(fleet, device, now) ? .*/return INFER_FLEET_WELL;/' infer_fleet_test
mutate the-last-may-be-first $fleet 's/(next != UINT32_MAX \&\& over >= least)/next != UINT32_MAX/' infer_fleet_test
mutate seventeen-devices $fleet 's/fleet->count == INFER_FLEET || //' infer_fleet_test
mutate one-is-enough $fleet 's/suspected_by != who;/suspected_by == who;/' infer_fleet_test
mutate suspected-for-ever $fleet 's/suspected_until = now + d->suspected_pause/suspected_until = UINT64_MAX/' infer_fleet_test
mutate suspected-as-often $fleet 's/d->suspected_by == who ? d->suspected_pause \* 2 : 0/0/' infer_fleet_test
mutate each-suspicion-is-anothers $fleet 's/d->suspected_by == who ? d->suspected_pause \* 2 : 0/d->suspected_pause * 2/' infer_fleet_test
mutate work-leaves-suspicions-long $fleet 's/fleet->devices\[device\].suspected_pause = 0;/;/' infer_fleet_test
mutate words-are-short $fleet 's/d->suspected_until + INFER_FLEET_OPENING \* fleet->hang_ns/d->suspected_until/' infer_fleet_test
mutate words-stay $fleet 's/fleet->devices\[device\].word_until = 0;/;/' infer_fleet_test
mutate all-try $fleet 's/d->tried_until = now + fleet->hang_ns;/;/' infer_fleet_test
mutate nobody-tries $fleet 's/if (!who || !d->pause/if (!d->pause/' infer_fleet_test
mutate tried-too-early $fleet 's/ || d->until > now || d->tried_until > now)/ || d->tried_until > now)/' infer_fleet_test
mutate tried-for-long $fleet 's/fleet->devices\[device\].tried_until = 0;/;/' infer_fleet_test
mutate tried-by-who-comes-last $fleet 's/ || d->tried_until > now)/)/' infer_fleet_test
mutate never-seen-is-better $fleet 's/(!well || fleet->devices\[i\].opened)/true/' infer_fleet_test
mutate avoided-is-better $fleet 's/ \&\& !(avoid >> i \& 1) \&\& / \&\& /' infer_fleet_test
mutate avoided-is-good-enough $fleet 's/if (avoid >> device \& 1)/if (false)/' infer_fleet_test
mutate work-clears-nothing $fleet 's/fleet->devices\[device\].suspected_until = 0;/;/' infer_fleet_test
mutate objects-without-end $http 's/if (nests <= NESTS \&\&/if (/' infer_http_request_test
mutate values-without-end $http 's/ \&\& values <= INFER_ASK_TOKENS + NESTS)/)/' infer_http_request_test
mutate texts-are-counted $http 's/in_string = !in_string;/;/' infer_http_request_test
mutate escapes-are-forgotten $http "s/i += body\[i\] == '.*';/;/" infer_http_request_test
mutate cancels-are-not-answered $worker 's/INFER_WORKER_CANCELLED, &cancel/INFER_WORKER_PULSE, \&cancel/' infer_worker_test
mutate cancels-are-forgotten $process 's/process->owed++;/;/' infer_service_test
mutate cancels-are-owed-for-ever $hear 's/process->owed--;/;/' infer_service_test
mutate cancelled-unasked $hear 's/ || !process->owed)/)/' infer_service_test
mutate each-request-is-a-word $process 's/if (!infer_process_load(process))$/if (!process->jobs.count)/' infer_service_test
mutate none-waits-for-cancels $process 's/bool busy = infer_process_load(process)/bool busy = process->jobs.count/' infer_service_test
mutate cancelled-take-no-room $agent 's/load = infer_process_load(worker)/load = worker->jobs.count/' infer_service_test
mutate workers-without-end $agent 's/if (!make_room(service, agent->worker))/if (false)/' infer_service_held_test
mutate the-gone-keep-their-place $agent 's/if (p->jobs.count || p == leaving/if (infer_process_load(p) || p == leaving/' infer_service_held_test
mutate one-that-is-gone-is-all $agent 's/if (p->jobs.count || p == leaving/if ((p->jobs.count \&\& !p->owed) || p == leaving/' infer_service_held_test
mutate the-gone-end-before-idlers $agent 's/ || (least \&\& !least->owed \&\& p->owed))/)/' infer_service_held_test
mutate idlers-end-after-the-gone $agent 's/(least->owed \&\& !p->owed) || //' infer_service_held_test
mutate the-frozen-are-asked-to-end $agent 's/infer_process_end(least, least->owed);/infer_process_end(least, false);/' infer_service_held_test
mutate successors-end-whom-they-follow $agent 's/ || p == leaving || / || /' infer_service_successor_test
mutate who-waits-is-refused $agent 's/agent->worker ? -EUSERS : LATER/-EUSERS/' infer_service_successor_test
mutate those-that-hang-are-no-bound $agent 's/if (too_many_hang(service))/if (false)/' infer_service_test
mutate the-frozen-keep-a-turn $agent '/headgate_freezer_frozen(agent->cgroup) > 0/,+2 s/infer_share_leave(agent);/;/' infer_service_share_test
mutate the-full-keep-a-turn $agent '/if (!make_room/,+2 s/infer_share_leave(agent);/;/' infer_service_share_test
mutate the-gone-keep-a-turn $agent '/if (!agent->queue.first)/,+1 s/infer_share_leave(agent);/;/' infer_service_share_test
mutate ones-own-worker-is-no-reason $agent 's/(agent->retired || infer_now_ns/(infer_now_ns/' infer_service_share_test
mutate who-asks-is-first $share 's/return next_of(agent->service) == agent;/return true;/' infer_service_room_test
mutate shares-are-no-matter $share 's/if (one->user->share != other->user->share)/if (!one)/' infer_service_share_test
mutate users-are-one $share 's/if (one->user->served != other->user->served)/if (!one)/' infer_service_share_test
mutate the-last-agent-is-first $share 's/return one->waits < other->waits;/return one->waits > other->waits;/' infer_service_share_test
mutate newcomers-are-first $share 's/service->given ? service->given - 1 : 0/0/' infer_service_share_test
mutate newcomers-are-last $share 's/service->given ? service->given - 1 : 0/service->given/' infer_service_share_test
mutate served-without-end $share 's/agent->user->served = agent->service->given;/;/' infer_service_share_test
mutate given-up-and-taken-again $share 's/its->served = agent->user->served;/;/' infer_service_room_test
mutate what-is-given-up-is-had $share 's/if (p->agent \&\& !p->retired)/if (p->agent)/' infer_service_room_test
mutate what-is-free-is-forgotten $share 's/free += p->agent \&\& p->retired;/;/' infer_service_room_test
mutate who-has-no-right-keeps-others $share '/else if (!promise/{n;s/continue/break/}' infer_service_room_test
mutate one-more-is-too-many $share 's/its->share > user->share + 1/its->share > user->share/' infer_service_room_test
mutate as-many-is-too-many $share 's/its->share > user->share) \&\&/its->share >= user->share) \&\&/' infer_service_room_test
mutate ones-own-never-end $share 's/(its == user || its/(its/' infer_service_room_test
mutate turns-are-short $share 's/now >= process->given + INFER_SHARE_TURN_NS/true/' infer_service_room_test
mutate turns-do-not-end $share 's/now >= process->given + INFER_SHARE_TURN_NS/false/' infer_service_room_test
mutate whoever-has-most $share 's/if (share != others)/if (false)/' infer_service_room_test
mutate who-came-last-goes $share 's/one->given < other->given/one->given > other->given/' infer_service_room_test
mutate stillness-is-no-matter $share 's/return still != stands_still(other, now) ? still : /return /' infer_service_room_test
mutate a-moment-is-still $share 's/return process->kept \&\& .*/return process->kept;/' infer_service_room_test
mutate the-still-are-waited-for $share 's/p->yields = p->yields || .*/;/' infer_service_room_test
mutate who-speaks-stands-still $process 's/^\tprocess->kept = 0;/\t;/' infer_service_room_test
mutate unheard-is-still $serve 's/^\t\tprocess->kept = 0;/\t\t;/' infer_service_room_test
mutate to-yield-is-to-die $process 's/if (!process->yields)/if (true)/' infer_service_room_test
mutate nobody-is-told-of-room $process 's/infer_share_settle(process->service);/;/' infer_service_share_test
mutate the-gone-leave-no-room $serve 's/infer_share_settle(service);/;/' infer_service_room_test
mutate no-room-is-made $serve 's/infer_share_tick(service, now);/;/' infer_service_room_test
mutate deaths-are-the-devices $process 's/infer_agent_who(agent), infer_now_ns()/0, infer_now_ns()/' infer_service_devices_test
mutate silence-is-the-devices $process 's/infer_process_who(process), now);$/0, now);/' infer_service_held_test
mutate unopened-is-failed $hear 's/who = infer_process_who(process)/who = 0/' infer_service_devices_test
mutate ready-and-suspected $agent 's/infer_fleet_better(&service->fleet, device, who, avoid, now)/false/' infer_service_devices_test
mutate born-frozen $agent 's/headgate_freezer_frozen(agent->cgroup) > 0/false/' infer_service_held_test
mutate thawed-unnoticed $serve 's/infer_agents_tick(service, now);/;/' infer_service_test
mutate the-end-is-not-for-all $serve 's/infer_agents_tick(service, UINT64_MAX);/;/' infer_service_held_test
mutate any-most $hear 's/(uint64_t)started.n_prompt + started.most > .*context/false/' infer_service_test
mutate none-at-most $hear 's/!started.most || //' infer_service_test
mutate tokens-after-the-last $hear 's/job->n_tokens >= job->most || //' infer_service_test
mutate tokens-before-the-first $hear 's/!job->started || job->n_tokens/job->started \&\& job->n_tokens/' infer_service_test
mutate any-text $hear 's/ || text.length > TEXT_MOST//' infer_service_test
mutate cgroups-are-busy-workers $agent 's/error == -EBUSY/false/' infer_service_test
mutate idle-workers-stay $agent 's/if (old \&\& !infer_process_better_elsewhere(.*))$/if (old)/' infer_service_devices_test
mutate those-at-rest-leave-at-once $process 's/if (!process->agent \&\& !process->retired/if (!process->retired/' infer_service_successor_test
mutate idle-workers-end-first $agent 's/return old \&\& error != LATER ? 0 : error;/return error;/' infer_service_successor_test
mutate anothers-place $agent 's/ + (leaving \&\& !infer_process_load(leaving))//' infer_service_successor_test
mutate full-is-full $agent 's/error == -EAGAIN \&\& !agent->worker/false/' infer_service_test
mutate full-is-frozen $agent 's/infer_now_ns() < agent->left + LEFT_NS/true/' infer_service_test
mutate hung-there-before $agent 's/infer_process_better_elsewhere(old, job->avoid, /infer_process_better_elsewhere(old, 0, /' infer_service_devices_test
mutate all-agents-try $agent 's/infer_fleet_try(.*;/;/' infer_service_successor_test
mutate those-kept-ready-are-for-all $agent 's/infer_fleet_tried(&service->fleet, device, who, now)/false/' infer_service_successor_test
mutate each-death-is-the-devices $process 's/if (job->deaths == DEATHS - 1)/if (true)/' infer_service_devices_test
mutate none-for-one-is-none $hear 's/note_lost(process, service->fleet.count);/for (uint32_t i = 0; i < service->fleet.count; i++) infer_fleet_failed(\&service->fleet, i, infer_now_ns());/' infer_service_devices_test
mutate what-is-not-there-is-told-of $serve 's/else if (!service->told\[i\])/else/' infer_service_log_test
mutate what-is-left-of-the-pause $serve 's/device->pause \&\& device->until != service/device->until > infer_now_ns() \&\& device->until != service/' infer_service_log_test
mutate those-kept-ready-stay $process 's/infer_process_better_elsewhere(process, 0, now)/false/' infer_service_devices_test
mutate what-failed-is-as-good $fleet 's/i < (well ? device : fleet->count)/i < device/' infer_fleet_test
mutate what-is-well-is-left $fleet 's/i < (well ? device : fleet->count)/i < fleet->count/' infer_fleet_test
mutate nothing-is-avoided $fleet 's/uint32_t taken = avoid, n = 0, next;/uint32_t taken = 0, n = 0, next;/' infer_fleet_test
mutate a-hang-is-a-death $process 's/if (process->hangs \&\& !(job->avoid \& bit))/if (false)/' infer_service_devices_test
mutate hangs-are-no-deaths $process 's/if (process->hangs \&\& !(job->avoid \& bit))/if (true)/' infer_service_devices_test
mutate where-it-hung-is-no-matter $process 's/job->avoid |= bit;$/;/' infer_service_devices_test
mutate nobody-is-ill $fleet 's/return fleet->ill\[i\].until > now;/return false;/' infer_health_test
mutate anybody-is-ill $fleet 's/if (!strcmp(fleet->ill\[i\].place, place))/if (true)/' infer_health_test
mutate ill-is-worse-than-failing $fleet 's/is_ill(fleet, device, now) ? now + 1/is_ill(fleet, device, now) ? UINT64_MAX/' infer_health_test
mutate ill-for-ever $health 's/now + INFER_HEALTH_KEEP_NS : 0/UINT64_MAX : 0/' infer_health_test
mutate still-ill-is-news $fleet 's/return was_ill != (until > now) \&\&/return/' infer_health_test
mutate ill-again-is-no-news $fleet 's/was_ill = fleet->ill\[i\].until > now;/was_ill = *fleet->ill[i].place;/' infer_health_test
mutate known-places-are-news $fleet 's/return !known \&\& is_ill/return is_ill/' infer_health_test
mutate ill-places-are-no-news $fleet 's/return !known \&\& is_ill(fleet, device, now);/return false;/' infer_health_test
mutate ends-without-a-word $fleet 's/return fleet->ill\[i\].place;/return NULL;/' infer_health_test
mutate degraded-is-ill $health 's/HEADGATE_HEALTH_BROWN/HEADGATE_HEALTH_DEGRADED/' infer_health_test
mutate dark-is-well $health 's/state >= HEADGATE_HEALTH_BROWN/state == HEADGATE_HEALTH_BROWN/' infer_health_test
mutate any-word-is-health $health 's/if (strncmp(line, "health ", 7) || /if (/' infer_health_test
mutate long-names-are-cut $health 's/ || (size_t)(end - word) - n >= size)/)/; s/memcpy(value, word + n, (size_t)(end - word) - n);/memcpy(value, word + n, size - 1), value[size - 1] = 0; return true;/' infer_health_test
mutate its-end-makes-well $health 's/now + INFER_HEALTH_KEEP_NS : 0/now + 1 : 0/' infer_health_test
mutate asked-for-once $health 's/ || now < health->retry_ns)/ || health->retry_ns)/' infer_health_test
mutate asked-for-each-tick $health 's/ || now < health->retry_ns)/)/' infer_health_test
mutate asked-once-connected $health 's/health->retry_ns = now + INFER_HEALTH_ASK_NS;/health->retry_ns = UINT64_MAX;/' infer_health_test
mutate it-is-waited-for $health 's/MSG_NOSIGNAL | MSG_DONTWAIT) < 0 \&\& errno != EAGAIN/MSG_NOSIGNAL | MSG_DONTWAIT) < 0/' infer_health_test
mutate its-absence-is-always-a-word $health 's/bool wanted = .*/bool wanted = true;/' infer_health_test
mutate absent-once $health 's/health->absent = false;/;/' infer_health_test
mutate users-are-not-told $health 's/error == -EACCES/false/' infer_health_test
mutate places-are-short infer/place.h 's/^#define INFER_PLACE .*/#define INFER_PLACE 16/' infer_service_devices_test
mutate places-are-not-told $hear 's/if (infer_fleet_place(fleet, process->device, device->place, now))/if (false)/' infer_service_devices_test
mutate the-held-hang $process 's/return infer_gate_holds("\/proc", process->pid);/return false;/' infer_service_held_test
mutate the-frozen-hang $process 's/process->agent \&\& headgate_freezer_frozen(process->agent->cgroup) > 0/false/' infer_service_held_test
mutate held-at-the-end-alone $process 's/process->heard + patience \/ 4/process->heard + patience/' infer_service_held_test
mutate once-held-for-ever $process 's/!is_kept(process) ? 0 : //' infer_service_test
mutate ends-are-silent $process 's/^\tnote_end(process, agent);/\t;/' infer_service_log_test
mutate all-ends-are-news $process 's/if (!process->lost || (process/if ((process/' infer_service_log_test
mutate any-end-is-the-same $process 's/if (WIFSIGNALED(status))/if (false)/' infer_service_log_test
mutate none-goes-on $process 's/process->went_on++;/;/' infer_service_log_test
mutate loops-fill-the-log $log 's/log->written == INFER_LOG_LINES/log->left_out == UINT32_MAX/' infer_service_log_test
mutate what-is-left-out-is-not-told $log 's/if (log->left_out)/if (!log->of)/' infer_service_log_test
mutate names-end-lines $log 's/^\t\t\t\*c = .*/\t\t\t;/' infer_service_log_test
mutate failures-are-silent $job 's/if (status >= 500 \&\& job->agent)/if (false)/' infer_service_log_test
mutate clients-fill-the-log $job 's/if (status >= 500 \&\& job->agent)/if (job->agent)/' infer_service_log_test
mutate no-reason-is-told $worker 's/^\t\t\tsay_lost(w, w->left_behind.*/\t\t\t;/' infer_worker_test
mutate any-reason-is-none $worker 's/say_lost(w, infer_order_index.*/;/' infer_worker_test
mutate nonsense-is-a-reason $hear 's/ || lost.index >= process->service->fleet.count)/)/' infer_service_log_test
mutate reasons-are-not-passed-on $serve 's/if (\*device->why)/if (false)/' infer_service_log_test
mutate numbers-are-a-disk infer/engine.c 's/case -EIO:/case -EXDEV:/' infer_worker_test
mutate files-stay-few $files 's/limit.rlim_cur = limit.rlim_max;/;/' infer_files_test
mutate files-are-forgotten $files 's/\*before = limit.rlim_cur;/;/' infer_files_test
mutate files-are-not-given $files 's/limit.rlim_cur = files;/;/' infer_files_test
mutate files-beyond-the-hard-limit $files 's/if (files < limit.rlim_max)/if (files)/' infer_files_test
mutate none-is-no-file $files 's/if (!files)/if (0)/' infer_files_test
mutate workers-have-the-services-files $process 's/infer_files_give(held.pid, policy->files);/;/' infer_service_test
mutate any-wait-is-the-gates $gate 's/return got == .*;/return got > 0;/' infer_gate_test
mutate names-that-begin-so $gate 's/return got == .*;/return !memcmp(name, INFER_GATE_WAIT, strlen(INFER_GATE_WAIT));/' infer_gate_test
mutate groups-are-users $peer 's/peer.uid/peer.gid/' infer_peer_test
mutate by-number $peer 's/if (errno != ENOPROTOOPT)/if (false)/' infer_peer_test
mutate the-ended-are-strangers $peer 's/error = -ESRCH;/error = -ENOENT;/' infer_peer_test
mutate the-ended-are-taken $peer 's/has_ended(pidfd) || //' infer_peer_test
mutate no-folder-is-named $listen 's/if (is_unix \&\& error == -ENOENT)/if (false)/' infer_listen_test
mutate any-port $listen 's/port < 1 || //' infer_listen_test
mutate any-network $listen 's/>> 24 == IN_LOOPBACKNET/>> 24 != 999/' infer_listen_test
mutate two-services $listen 's/if (!fcntl(fd, F_SETLK, &whole))/if (true)/' infer_listen_test
mutate children-keep-it $listen 's/if (is_left_behind(lock, &st))/if (false)/' infer_listen_test
mutate anothers-is-ours $listen 's/dev == st->st_dev \&\& ino == st->st_ino/true/; s/pread(lock, text, sizeof(text) - 1, 0) > 0 \&\& sscanf(text, "%ju %ju", &dev, &ino) == 2/(dev = ino = 0, lock >= 0)/' infer_listen_test
mutate all-are-in-use $listen 's/error == ENOENT ? 0 : -error;/error == ENOENT ? 0 : -EADDRINUSE;/' infer_listen_test

verdict 'parts of the service'
