#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# commands.sh BIN MANUAL: headgate infer and its relatives, as people use them; on the processors' kernels.
set -u

BIN=$1
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
passed=0 failed=0

# check NAME COMMAND…: the command is to succeed.
check()
{
	name=$1
	shift
	if "$@"; then
		echo "ok $name"
		passed=$((passed + 1))
	else
		echo "not ok $name: $*"
		sed 's/^/   /' "$WORK/out" "$WORK/err"
		failed=$((failed + 1))
	fi
}

# ends STATUS COMMAND…: what it prints is in out and err.
ends()
{
	want=$1
	shift
	"$@" >"$WORK/out" 2>"$WORK/err" </dev/null
	[ $? = "$want" ]
}

infer() { "$BIN/headgate" infer --device native "$@"; }
generate() { "$BIN/headgate-infer" generate "$@"; }
# says FILE WORDS: that text is in it.
says() { grep -qF -- "$2" "$WORK/$1"; }
# one_line: what went wrong is told once.
one_line() { [ "$(wc -l <"$WORK/err")" = 1 ]; }
both() { "$1" && shift && "$@"; }

model=$WORK/model.gguf
check generate__makes_a_model ends 0 generate --type Q8_0 "$model"
cp "$model" "$WORK/first.gguf"
check generate__again ends 0 generate --type Q8_0 "$model"
check generate__makes_the_same_each_time cmp "$model" "$WORK/first.gguf"

check infer__answers ends 0 infer -m "$model" -n 20 'What now?'
check infer__prints_something test -s "$WORK/out"
cp "$WORK/out" "$WORK/answer"
check infer__again ends 0 infer -m "$model" -n 20 'What now?'
check infer__answers_the_same cmp "$WORK/out" "$WORK/answer"
check infer__in_small_batches ends 0 infer -m "$model" -n 20 -b 3 -T 1 'What now?'
check infer__answers_the_same_in_small_batches cmp "$WORK/out" "$WORK/answer"
for seed in 1 2 3 4; do
	ends 0 infer -m "$model" -n 20 -t 1 -s $seed 'What now?'
	cp "$WORK/out" "$WORK/seed.$seed"
done
check infer__seeds_differ sh -c "! cmp -s '$WORK/seed.1' '$WORK/seed.2' || ! cmp -s '$WORK/seed.1' '$WORK/seed.3'"
check infer__reads_standard_input sh -c "printf 'What now?' | '$BIN/headgate' infer -d native -m '$model' -n 20 - >'$WORK/out'"
check infer__answers_what_it_read cmp "$WORK/out" "$WORK/answer"
check infer__json ends 0 infer -m "$model" -n 20 --json 'What now?'
check infer__json_is_json python3 -c 'import json, sys
d = json.load(open(sys.argv[1]))
assert d["text"].encode() + b"\n" == open(sys.argv[2], "rb").read()
assert d["tokens"] == 20 and d["finish_reason"] == "length" and d["time_to_first_token_ns"] > 0' "$WORK/out" "$WORK/answer"
check infer__figures ends 0 infer -m "$model" -n 20 --figures 'What now?'
check infer__tells_tokens_a_second says err tokens/s
infer -m "$model" -n 20 --figures 'What now?' >"$WORK/out" 2>&1
check infer__figures_have_a_line_of_their_own sh -c "tail -n 1 '$WORK/out' | grep -q '^20 tokens after .*tokens/s)\$'"
# A byte of the answer that is a letter ends it.
stop=$(tr -cd '[:lower:]' <"$WORK/answer" | cut -c 3)
check infer__stop ends 0 infer -m "$model" -n 20 --stop "$stop" 'What now?'
check infer__ends_before_the_stop_string sh -c "! grep -q '$stop' '$WORK/out'"

check no_model__is_told ends 2 infer 'What now?'
check no_model__is_told_in_a_sentence one_line
check missing_file__is_told ends 1 infer -m "$WORK/none.gguf" x
check missing_file__is_named both one_line says err none.gguf
check no_gguf__is_told ends 1 infer -m "$0" x
check no_gguf__has_the_offset both one_line says err 'offset 0'
head -c 3000 "$model" >"$WORK/cut.gguf"
check cut_file__is_told ends 1 infer -m "$WORK/cut.gguf" x
check cut_file__has_the_offset both one_line says err 'offset '
for option in '--tokens 0' '--tokens x' '--temperature -1' '--top-p 2' '--batch 5000' '--device gpu' '--threads 0' '--none'; do
	# shellcheck disable=SC2086 # two words
	check "wrong_option__is_told_$(echo "$option" | tr -cd 'a-z0-9')" ends 2 infer -m "$model" $option x
done
check two_prompts__are_told ends 2 infer -m "$model" a b
check device_that_is_not__is_told ends 1 "$BIN/headgate" infer -d vulkan:99 -m "$model" x
check device_that_is_not__passes_to_the_next ends 0 "$BIN/headgate" infer -d vulkan:99,native -m "$model" -n 20 'What now?'
check device_that_is_not__changes_no_answer cmp "$WORK/out" "$WORK/answer"

# Ended by a signal: what there is stays. The first byte says that it has begun; the rest would take it half a minute.
check generate__makes_a_larger_model ends 0 generate --size small --type Q4_0 "$WORK/small.gguf"
mkfifo "$WORK/stream"
# ended_by SIGNAL
ended_by()
{
	"$BIN/headgate" infer -d native -r -m "$WORK/small.gguf" -n 100000 x >"$WORK/stream" 2>"$WORK/err" &
	pid=$!
	exec 3<"$WORK/stream"
	dd bs=1 count=1 <&3 >"$WORK/out" 2>/dev/null
	kill -"$1" $pid 2>/dev/null
	cat <&3 >>"$WORK/out"
	wait $pid
	status=$?
}
for signal in INT=130 TERM=143; do
	ended_by ${signal%=*}
	check "signal_${signal%=*}__ends_it" test "$status" = ${signal#*=}
	check "signal_${signal%=*}__keeps_what_there_is" test -s "$WORK/out"
	check "manual__has_the_status_${signal#*=}" grep -qE "^([0-9]+, )*${signal#*=}(, [0-9]+)*\$" "$2"
done

check selftest__finds_the_processors_right ends 0 "$BIN/headgate" selftest native native:plain
check selftest__has_each_type sh -c "[ \$(grep -c ' ok\$' '$WORK/out') = 12 ]"
check selftest__says_by_which_kernels sh -c "[ \$(grep -c ' plain  *ok\$' '$WORK/out') = 6 ]"
check selftest__of_a_device_that_is_not ends 1 "$BIN/headgate" selftest native:none
check selftest__says_so_once sh -c "[ \$(wc -l <'$WORK/out') = 1 ]"
check bench__of_a_device_that_is_not ends 1 "$BIN/headgate" bench -m 4 native:none
check bench__says_so_once one_line
canary() { "$BIN/headgate-infer" canary --socket none --once --device "$@"; }
# Nothing can be made in a file.
check canary__without_a_folder ends 0 canary native --golden "$0/golden"
check canary__says_that_nothing_is_compared both one_line says err 'the answer is not compared with earlier ones, nor kept'
check canary__says_what_it_judged_by says out 'last: ok (by NMSE alone), '
check canary__with_a_folder ends 0 canary native --golden "$WORK/golden"
check canary__says_nothing_then sh -c "grep -q 'last: ok, ' '$WORK/out'"
check canary__of_a_device_that_is_not ends 1 canary native:none --golden "$WORK/golden"
check canary__says_why_once sh -c "[ \$(cat '$WORK/out' '$WORK/err' | grep -c 'has no instructions of native:none') = 1 ]"
check canary__has_no_figures_of_nothing sh -c "! grep -q '%\\|hash' '$WORK/out'"
# What is sent to all of its processes, as systemd does to a unit's, is for the parent.
"$BIN/headgate-infer" canary --device native --socket none --golden "$WORK/golden" >"$WORK/out" 2>"$WORK/err" &
pid=$! child=
while kill -0 $pid 2>/dev/null; do
	read -r child <"/proc/$pid/task/$pid/children" 2>/dev/null
	[ -z "$child" ] || ! grep -q -- --child "/proc/$child/cmdline" 2>/dev/null || break
done
check canary__has_a_child test -n "$child"
check canary__its_child_leaves_signals_to_it test $((0x$(sed -n 's/^SigIgn:[[:space:]]*//p' "/proc/$child/status") & 0x4002)) = $((0x4002))
kill -TERM "$child" $pid
wait $pid
check canary__is_ended_without_a_failure test $? = 0
check canary__says_nothing_of_its_child sh -c "! grep 'ended by signal' '$WORK/err'"
check selftest__of_no_device ends 2 "$BIN/headgate" selftest gpu
# Ratios of one row are to reading and copying, those of many to arithmetic, on each device; not one is zero.
for device in native $("$BIN/headgate-infer" devices | grep -o '^vulkan:[0-9]*'); do
	check "bench__measures_$device" ends 0 "$BIN/headgate" bench --json -m 4 --type Q8_0 "$device"
	for what in of_read of_copy of_fma; do
		check "bench__has_${what}_of_$device" sh -c "
			grep -A 2 '\"$what\"' '$WORK/out' | grep -E '\"(of_best|median)\"' >'$WORK/ratios' &&
			[ \$(grep -c ': [0-9.e-]*[1-9][0-9.e-]*,*\$' '$WORK/ratios') = 2 ]"
	done
	check "bench__says_by_which_kernels_of_$device" sh -c "[ \$(grep -c '\"kernels\": \"[a-z]' '$WORK/out') = 2 ]"
done
for device in native:plain $("$BIN/headgate-infer" devices | grep -o '^vulkan:[0-9]*'); do
	check "bench__by_plain_kernels_of_$device" ends 0 env HEADGATE_INFER_VULKAN=plain "$BIN/headgate" bench -m 4 --type Q8_0 "$device"
	check "bench__says_so_of_$device" sh -c "[ \$(grep -c ' by plain\$' '$WORK/out') = 2 ]"
done
check bench__of_no_device ends 2 "$BIN/headgate" bench gpu
check bench__of_no_size ends 2 "$BIN/headgate" bench -m 4g native
check bench__says_so one_line
check bench__of_no_type ends 2 "$BIN/headgate" bench --type Q3_K native
check devices__lists_the_processors ends 0 "$BIN/headgate-infer" devices
check devices__has_native says out native
check help__is_there ends 0 "$BIN/headgate" infer --help
sed -n 's/^ *-[a-zA-Z], --\([a-z0-9-]*\).*/\1/p' "$WORK/out" | grep -v help >"$WORK/options"
while read -r option; do
	check "manual__explains_$option" grep -q -- "--$option" "$2"
done <"$WORK/options"
sed -n 's/^ *-[a-zA-Z], --\([a-z0-9-]*\).*(default.*/\1/p' "$WORK/out" >"$WORK/options"
while read -r option; do
	check "manual__has_the_default_of_$option" sh -c "sed '/^serve\$/,\$d' '$2' | sed -n '/, --$option /,/^-/p' | grep -q default"
done <"$WORK/options"
check there_are_defaults test "$(wc -l <"$WORK/options")" -ge 7
check serve__has_help ends 0 "$BIN/headgate-infer" serve --help
sed -n 's/^ *-[a-zA-Z], --\([a-z0-9-]*\).*/\1/p' "$WORK/out" | grep -v help >"$WORK/options"
while read -r option; do
	check "manual__explains_serve_$option" grep -q -- ", --$option" "$2"
done <"$WORK/options"
# completed COMMAND: what bash offers for its options.
completed()
{
	bash -c '. <("$1/headgate" completion bash); COMP_WORDS=("$1/headgate" "$2" --) COMP_CWORD=2
		_headgate; printf "%s\n" "${COMPREPLY[@]}"' - "$BIN" "$1" >"$WORK/offered"
}
for command in infer selftest bench; do
	check "${command}__has_a_help" ends 0 "$BIN/headgate" $command --help
	grep -o -- '--[a-z][a-z-]*' "$WORK/out" | sort -u >"$WORK/options"
	completed $command
	check "completion__offers_the_options_of_$command" cmp "$WORK/offered" "$WORK/options"
	check "completion__has_some_of_$command" grep -qx -- --help "$WORK/offered"
done
check bench__has_help ends 0 "$BIN/headgate" bench --help
sed -n 's/^ *\(-[a-zA-Z],\)* *--\([a-z0-9-]*\).*/\2/p' "$WORK/out" | grep -v help >"$WORK/options"
while read -r option; do
	check "manual__explains_bench_$option" sh -c "sed '1,/^bench\$/d; /^devices\$/,\$d' '$2' | grep -q -- '--$option'"
done <"$WORK/options"
check serve__wants_a_model ends 2 "$BIN/headgate-infer" serve
check serve__wants_numbers ends 2 "$BIN/headgate-infer" serve --model x --queue 0
check serve__wants_its_model ends 1 "$BIN/headgate-infer" serve --model "$WORK/none"
check serve__says_so one_line
check serve__wants_loopback ends 2 "$BIN/headgate-infer" serve --model "$model" --agent-default . --listen 10.0.0.1:80
# wrong SENTENCE COMMAND…: it is told in one line, the same way by all.
wrong()
{
	sentence="headgate-infer: $2: $1"
	name=$(echo "$2 $1" | tr -c 'a-z0-9\n' _)
	shift
	check "wrong__$name" ends 2 "$BIN/headgate-infer" "$@"
	check "in_one_line__$name" both one_line grep -qxF -- "$sentence" "$WORK/err"
}
for command in infer selftest bench canary generate serve devices; do
	case $command in
	infer|selftest|bench) see="see headgate $command --help" ;;
	*) see="see headgate-infer $command --help" ;;
	esac
	wrong "there is no option --none, $see" $command --none
	wrong "there is no option -Z, $see" $command -Z
	wrong "--help takes no value" $command --help=1
done
wrong "--tokens needs a value" infer --tokens
wrong "--tokens 'x': expected a number from 1 on" infer --tokens x
wrong "PROMPT is missing, see headgate infer --help" infer -m "$model"
wrong "--model FILE, a GGUF file, is missing, see headgate infer --help" infer x
wrong "--mib needs a value" bench -m
wrong "--mib '4g': expected a number from 0 to 65536" bench -m 4g
wrong "--type 'Q3_K': expected F32, F16, Q4_0, Q8_0, Q4_K or Q6_K" bench --type Q3_K
wrong "there is no option -T, see headgate bench --help" bench -T Q8_0
wrong "--period '0s': expected a time from 1ms on, such as 1s" canary --period 0s
wrong "'x' is one argument too many, see headgate-infer canary --help" canary x
wrong "--size 'x': expected tiny, small or large" generate --size x "$WORK/none"
wrong "FILE is missing, see headgate-infer generate --help" generate
wrong "'b' is one argument too many, see headgate-infer generate --help" generate a b
wrong "'x' is one argument too many, see headgate-infer devices --help" devices x
wrong "--queue '0': expected a number from 1 to 100000" serve --model x --queue 0
wrong "--model FILE is missing, see headgate-infer serve --help" serve
wrong "'x' is one argument too many, see headgate-infer serve --help" serve --model y x
check command_that_is_not ends 2 "$BIN/headgate-infer" none
check no_command ends 2 "$BIN/headgate-infer"

echo "$passed passed, $failed failed, 0 skipped"
[ $failed = 0 ]
