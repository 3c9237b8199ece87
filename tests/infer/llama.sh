#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# llama.sh [O]: the native leg beside llama.cpp's processor backend, on the same models: tokens, logits, speed.
#
# llama.cpp is Debian's, of a suite newer than this machine's (SUITE=forky, or sid), unpacked in the cache, not
# installed: 300 MB, half a minute, once; UPDATE=1 takes what the suite has now. That needs mmdebstrap, and root or
# sudo; all after it needs bwrap alone. ROUNDS=5 is how often each side's speed is measured, THREADS=2 with how many.
#
# Each gate is a line. A speed that is not reached is a line "skip" with the figure: machines that do something else
# meanwhile fail nothing. As root both sides are measured at a priority above all ordinary processes, for a second at a
# time: where two threads wait for each other, any third process makes a figure of chance.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=scripts/lib.sh
. "$HERE/../../scripts/lib.sh"

O=${1:-$HG_BUILD}
SUITE=${SUITE:-forky}
THREADS=${THREADS:-2}
ROUNDS=${ROUNDS:-5}
# What side_llama.c is written for; another may want it changed.
WRITTEN_FOR='1:0.7.*'
PACKAGES=libllama0,libggml0,libllama-dev,libggml-dev,gcc,libc6-dev
TYPES=(F32 F16 Q8_0 Q4_0 Q4_K Q6_K)
FAST=(F16 Q8_0 Q4_0 Q4_K Q6_K)
# Tokens of side.c's: PROMPT and SINGLES.
ROWS=162
# ggml's products take activations rounded to the type that goes with the weights: halves, or blocks of 8 bits.
declare -A LIMIT=([F32]=1e-5 [F16]=1e-5 [Q8_0]=3e-3 [Q4_0]=3e-3 [Q4_K]=3e-3 [Q6_K]=3e-3)

# build STORE MIRROR: the recipe; the tree is made again when it changes.
build()
{
	as_root rm -rf "$1/new"
	# Mirrors may be of some weeks ago: signed, but no longer said to be the newest.
	as_root mmdebstrap --variant=extract --mode=root --include="$PACKAGES" \
		--aptopt='APT::Install-Recommends "false"' --aptopt='Acquire::Languages "none"' --aptopt='Acquire::Retries "3"' \
		--aptopt='Acquire::Check-Valid-Until "false"' "$SUITE" "$1/new" "$2" >"$1/build.log" 2>&1 || {
		! grep -q 'Unable to locate package lib\(llama\|ggml\)' "$1/build.log" ||
			die "Debian's $SUITE has no llama.cpp for this architecture: $(grep -m 1 'Unable to locate' "$1/build.log")"
		die "mmdebstrap failed; see $1/build.log, then run this again"
	}
	# The packages are unpacked, not configured; which they were is in their changelogs.
	as_root sh -c "for package in libllama0 libggml0; do
			zcat '$1/new/usr/share/doc/'\$package/changelog.Debian.gz | sed -n '1s/ (\(.*\)) .*/ \1/p'
		done >'$1/new/versions' && rm -rf '$1/new/usr/share/'{man,locale,info} '$1/new/var'"
}

# find_tree: sets TREE, and makes it where there is none. Half of one is called "new".
find_tree()
{
	local store=$HG_CACHE/llama archive
	TREE=$store/$SUITE-$({ declare -f build; echo "$PACKAGES"; } | sha256sum | cut -c 1-16)
	[ -n "${UPDATE:-}" ] || [ ! -d "$TREE" ] || return 0
	command -v mmdebstrap >/dev/null || die "there is no mmdebstrap; run scripts/setup.sh, or apt-get install mmdebstrap"
	release
	lock llama
	[ -n "${UPDATE:-}" ] || [ ! -d "$TREE" ] || return 0
	archive=$(mirror)
	[ -n "$archive" ] || die "apt knows no Debian source for $CODENAME main; add one, run apt-get update and this again"
	mkdir -p "$store"
	say "unpacking llama.cpp and a compiler of Debian's $SUITE (half a minute)"
	build "$store" "$archive"
	as_root find "$store" -mindepth 1 -maxdepth 1 -type d -name "$SUITE-*" -exec rm -rf {} +
	as_root mv "$store/new" "$TREE"
}

# inside COMMAND…: it sees the tree's /usr, the sources, and may write to $WORK.
inside()
{
	bwrap --die-with-parent --unshare-net --ro-bind "$TREE/usr" /usr --symlink usr/bin /bin --symlink usr/lib /lib \
		--symlink usr/lib64 /lib64 --dev /dev --proc /proc --tmpfs /tmp --ro-bind "$HERE" "$HERE" \
		--bind "$WORK" "$WORK" --setenv PATH /usr/bin -- "$@"
}

ours() { "$O/infer-tests/side_ours" "$@"; }
theirs() { inside "$WORK/side_llama" "$@"; }

passed=0 failed=0 skipped=0
ok() { echo "ok $*"; passed=$((passed + 1)); }
not_ok() { echo "not ok $*"; failed=$((failed + 1)); }
skip() { echo "skip $*"; skipped=$((skipped + 1)); }

# generate FILE OPTION…
generate()
{
	local file=$1
	shift
	"$O/bin/headgate-infer" generate "$@" "$file"
}

# same_tokens ARCHITECTURE MODEL: of a text with what splits words.
same_tokens()
{
	local name=tokens__"$1"__are_the_same
	{
		printf 'What now? It is  1984,\tisn'\''t it — I'\''LL say: naïve Zürich 東京 🙂👍🏽\r\n\n   if (x[12345] != 0x7f)\n\treturn -1; \n'
		printf 'the there and thing ing</s> <|im_end|>\n'
		cat "$HERE/../../README.md"
	} >"$WORK/text"
	if ! ours tokens "$2" 1 <"$WORK/text" >"$WORK/ours" || ! theirs tokens "$2" 1 <"$WORK/text" >"$WORK/theirs"; then
		not_ok "$name: a side failed"
	elif cmp "$WORK/ours" "$WORK/theirs" >"$WORK/diff"; then
		ok "$name # $(wc -l <"$WORK/ours") tokens"
	else
		not_ok "$name: $(cat "$WORK/diff")"
	fi
}

# near NAME LIMIT MODEL: their logits are in theirs already.
near()
{
	local figures
	if ! ours logits "$3" "$THREADS" >"$WORK/ours"; then
		not_ok "logits__$1__are_near: our side failed"
	elif figures=$("$HERE/nmse.py" "$WORK/ours" "$WORK/theirs" $ROWS "$2"); then
		ok "logits__$1__are_near # $figures, limit $2"
	else
		not_ok "logits__$1__are_near: $figures, limit $2"
	fi
}

# found NAME LIMIT MODEL MISTAKE: the same limit finds a mistake that we make on purpose.
found()
{
	local figures
	if ! ours logits "$3" "$THREADS" "$4" >"$WORK/ours"; then
		not_ok "logits__$1__with_wrong_$4__are_found: our side failed"
	elif figures=$("$HERE/nmse.py" "$WORK/ours" "$WORK/theirs" $ROWS "$2"); then
		not_ok "logits__$1__with_wrong_$4__are_found: $figures, limit $2"
	elif [[ $figures = *nan* ]]; then
		not_ok "logits__$1__with_wrong_$4__are_found: there is nothing to compare"
	else
		ok "logits__$1__with_wrong_$4__are_found # $figures, limit $2"
	fi
}

# logits SIZE ARCHITECTURE TYPE MISTAKE…
logits()
{
	local name=$1_$2_$3 limit=${LIMIT[$3]} options=(--size "$1" --type "$3") mistake
	[ "$2" = llama ] || options+=("--$2")
	generate "$WORK/model" "${options[@]}"
	if ! theirs logits "$WORK/model" "$THREADS" >"$WORK/theirs"; then
		not_ok "logits__${name}__are_near: llama.cpp failed"
		return
	fi
	near "$name" "$limit" "$WORK/model"
	for mistake in "${@:4}"; do
		found "$name" "$limit" "$WORK/model" "$mistake"
	done
}

# middle: of numbers on standard input.
middle() { sort -g | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

# speed SIZE TYPE: both sides in turn; the ratio is the middle one of the rounds'.
speed()
{
	local name=decode__$1_$2__is_no_slower round a b figures ratio
	generate "$WORK/model" --size "$1" --type "$2"
	rm -f "$WORK"/{ours,theirs,ratios}
	for ((round = 0; round < ROUNDS; round++)); do
		if ! a=$("${FIRST[@]}" "$O/infer-tests/side_ours" speed "$WORK/model" "$THREADS") ||
			! b=$(export -f inside; export TREE HERE WORK; "${FIRST[@]}" bash -c 'inside "$@"' _ "$WORK/side_llama" speed "$WORK/model" "$THREADS"); then
			not_ok "$name: a side failed"
			return
		fi
		echo "$a" >>"$WORK/ours"
		echo "$b" >>"$WORK/theirs"
		awk "BEGIN { print $a / $b }" >>"$WORK/ratios"
	done
	ratio=$(middle <"$WORK/ratios")
	figures="$(middle <"$WORK/ours" | xargs printf %.0f) tokens/s, llama.cpp $(middle <"$WORK/theirs" | xargs printf %.0f)"
	figures+=", ratio $(printf %.3f "$ratio") ($(sort -g "$WORK/ratios" | xargs printf '%.2f ' | sed 's/ $//'))"
	if awk "BEGIN { exit !($ratio >= 1) }"; then
		ok "$name # $figures"
	else
		skip "$name: not reached: $figures, goal 1"
	fi
}

command -v bwrap >/dev/null || die "there is no bwrap; apt-get install bubblewrap"
[ -x "$O/infer-tests/side_ours" ] || die "there is no side_ours; run make -C tests/infer llama"
O=$(cd "$O" && pwd)
find_tree
WORK=$(mktemp -d "$O/infer-tests/llama.XXXXXX")
trap 'rm -rf "$WORK"' EXIT
trap 'exit 130' INT TERM
inside gcc -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -O2 -g -o "$WORK/side_llama" "$HERE/side.c" "$HERE/side_llama.c" \
	-lllama -lggml -lggml-base || die "side_llama.c does not compile with $(sed 1q "$TREE/versions"); it is for $WRITTEN_FOR"

generate "$WORK/model" --size tiny
echo "# $(paste -sd ' ' "$TREE/versions") of Debian's $SUITE, kernels $(theirs kernels "$WORK/model" "$THREADS")"
echo "# $(ours kernels "$WORK/model" "$THREADS"); $(sed -n '/^model name/{s/.*: //p;q}' /proc/cpuinfo)"
version=$(sed '1!d; s/.* //' "$TREE/versions")
# shellcheck disable=SC2053 # a pattern
[[ $version = $WRITTEN_FOR ]] || echo "# this comparison was written for $WRITTEN_FOR, not for $version"

same_tokens llama "$WORK/model"
generate "$WORK/model" --size tiny --qwen2
same_tokens qwen2 "$WORK/model"
for type in "${TYPES[@]}"; do
	logits tiny llama "$type" pairs turns
	logits tiny qwen2 "$type" pairs turns
	logits small llama "$type"
done

FIRST=(chrt -f 1)
"${FIRST[@]}" true 2>/dev/null || {
	FIRST=()
	echo "# without root speed is measured among all other processes: figures are of chance where there are any"
}
for size in small large; do
	for type in "${FAST[@]}"; do
		speed "$size" "$type"
	done
done

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
