#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lint.sh [CHECK…]: style and static checks, a line "ok NAME" or "not ok NAME: reason" for
# each, the findings above it. Nothing but build/lint is written.
# shellcheck disable=SC2317 # the checks are called by their names
set -uo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=scripts/lib.sh
. "$HERE/lib.sh"
cd "$HG_ROOT" || exit

checks=(checkpatch_finds_a_fault checkpatch_kernel checkpatch_tests width sparse shellcheck rst
	uninstall service generated_files mutations_match no_mirror_is_named no_path_of_this_machine tree_is_left_alone)
for name; do
	case $name in
	-h|--help)
		echo "usage: scripts/lint.sh [CHECK…]"
		echo "Runs the checks named, or all (about 2 minutes): ${checks[*]}." | fold -sw 80
		exit ;;
	esac
	[[ " ${checks[*]} " = *" $name "* ]] || {
		echo "lint.sh: there is no check '$name'; there are ${checks[*]}" >&2
		exit 2
	}
done

TOOLS=$HG_BUILD/kernel/tools
WORK=$HG_BUILD/lint
failed=0
only=("$@")

# What checkpatch knows of the kernel alone, and a program or its tests cannot have:
#   types, BIT(), ARRAY_SIZE(), strscpy(), __printf()      the kernel's own
#   CAMELCASE                                              PRIu64, CMUnitTest
#   VOLATILE                                               volatile sig_atomic_t of signal handlers
#   EMBEDDED_FUNCTION_NAME                                 main(), usage(): words that texts hold
#   STATIC_CONST_CHAR_ARRAY                                argv and mkstemp() write to theirs
#   SPLIT_STRING, STRING_FRAGMENTS, OPEN_ENDED_LINE,       whole files as text, a line of them in
#   QUOTED_WHITESPACE_BEFORE_NEWLINE, REPEATED_WORD,       each line of the source; a compound
#   PARENTHESIS_ALIGNMENT                                  literal as an argument
#   LONG_LINE, LONG_LINE_STRING                            texts are not broken; for the rest see width
#   ENOSYS                                                 what a filter of calls answers
#   MACRO_ARG_REUSE                                        the stand-in for the kernel's own macros
PROGRAM=PREFER_KERNEL_TYPES,BIT_MACRO,ARRAY_SIZE,STRCPY,STRNCPY,PREFER_DEFINED_ATTRIBUTE_MACRO
PROGRAM+=,CAMELCASE,VOLATILE,EMBEDDED_FUNCTION_NAME,STATIC_CONST_CHAR_ARRAY,SPLIT_STRING
PROGRAM+=,STRING_FRAGMENTS,OPEN_ENDED_LINE,QUOTED_WHITESPACE_BEFORE_NEWLINE,REPEATED_WORD
PROGRAM+=,ENOSYS,MACRO_ARG_REUSE,PARENTHESIS_ALIGNMENT,LONG_LINE,LONG_LINE_STRING

# files PATTERN…: of the project, those that no commit has yet among them.
files()
{
	git ls-files -co --exclude-standard -- "$@" | sort -u | while read -r file; do
		[ ! -f "$file" ] || echo "$file"
	done
}

# lint NAME FUNCTION: what the function prints are its findings, but for figures; it fails by them or its status.
lint()
{
	local name=$1 findings status
	shift
	[ ${#only[@]} = 0 ] || [[ " ${only[*]} " = *" $name "* ]] || return 0
	findings=$("$@" 2>&1)
	status=$?
	grep '^figure ' <<<"$findings"
	findings=$(grep -v '^figure ' <<<"$findings")
	if [ -n "$findings" ]; then
		printf '%s\n' "$findings"
		echo "not ok $name: $(wc -l <<<"$findings") findings, above"
	elif [ $status != 0 ]; then
		echo "not ok $name: it ended with status $status"
	else
		echo "ok $name"
		return
	fi
	failed=1
}

# patch_check IGNORED FILE…: checkpatch. Width in comments is ours to check (see width), since
# checkpatch counts bytes, and a line of a drawing has three to the character.
patch_check()
{
	local ignored=$1 findings
	shift
	[ $# -gt 0 ] || { echo "no files"; return 1; }
	# It leaves a cache of names where it runs, and asks a repository there for commits.
	findings=$(cd "$WORK" && printf '%s\n' "${@/#/"$HG_ROOT/"}" |
		xargs -n 8 -P "$(nproc)" perl "$TOOLS/scripts/checkpatch.pl" \
		--no-tree --strict --terse --no-summary --show-types --max-line-length=100 \
		--ignore "LONG_LINE_COMMENT${ignored:+,$ignored}" -f 2>"$WORK/checkpatch.err")
	# 1: findings; xargs makes 123 of it.
	case $? in
	0|123) printf '%s' "${findings:+${findings//"$HG_ROOT/"/}$'\n'}" ;;
	*) cat "$WORK/checkpatch.err"; return 1 ;;
	esac
}

TRACE=(kmod/trace.h kmod/simgpu/simgpu_trace.h)
GENERATED=(kmod/netlink_gen.[ch] include/uapi/linux/headgate.h)

checkpatch_kernel()
{
	local list
	mapfile -t list < <(files 'kmod/*.[ch]' 'ebpf/*.[ch]' 'include/uapi/*.h' |
		grep -vxFf <(printf '%s\n' kmod/compat/*.h "${TRACE[@]}" "${GENERATED[@]}"))
	patch_check '' "${list[@]}"
	# The one place where versions are compared.
	patch_check LINUX_VERSION_CODE,CONSTANT_COMPARISON kmod/compat/*.h
	# The generator does not break lines.
	patch_check LONG_LINE "${GENERATED[@]}"
	# TRACE_EVENT() has a layout of its own, the same in all of the kernel.
	patch_check OPEN_ENDED_LINE,PARENTHESIS_ALIGNMENT "${TRACE[@]}"
	# Programs include it too.
	patch_check BIT_MACRO include/headgate/*.h
}

checkpatch_tests()
{
	local list
	mapfile -t list < <(files 'tests/*.[ch]')
	patch_check "$PROGRAM" "${list[@]}" | while IFS=: read -r file line rest; do
		# The kernel has no 1e-9 and no 0x1p-9, and checkpatch wants spaces around its minus.
		[[ $rest = *SPACING* ]] && sed -n "${line}p" "$file" | grep -qE '[0-9][ep]-[0-9]' && continue
		echo "$file:$line:$rest"
	done
}

checkpatch_finds_a_fault()
{
	printf '// SPDX-License-Identifier: GPL-2.0\nint f(int a) {\n        return( a );\n}\n' >"$WORK/fault.c"
	[ "$(patch_check "$PROGRAM" "${WORK#"$HG_ROOT"/}/fault.c" | wc -l)" -ge 3 ] || echo "a file full of faults passes"
}

# Comments and code in characters, tabs expanded; lines that hold a string are checkpatch's.
width()
{
	# shellcheck disable=SC2016
	files 'kmod/*.[ch]' 'ebpf/*.[ch]' 'include/*.h' 'tests/*.[ch]' |
	grep -vxFf <(printf '%s\n' "${GENERATED[@]}") | xargs perl -CSD -ne '
		chomp;
		my $line = $_;
		1 while s/\t/" " x (8 - length($`) % 8)/e;
		print "$ARGV:$.: $line\n" if length > 100 && !/"/;
		close ARGV if eof'
}

# Each source is checked, also where nothing is to be compiled; -Werror for the compiler's part.
sparse()
{
	local log=$WORK/sparse.log checked sources
	command -v sparse >/dev/null || { echo "there is no sparse: run scripts/setup.sh"; return 1; }
	make --no-print-directory modules KOUT="$WORK" KFLAGS='C=2 CHECK=sparse W=1 KCFLAGS=-Werror' >"$log" 2>&1 ||
		{ grep -E ': (warning|error):|\*\*\*' "$log" || tail -n 20 "$log"; return 1; }
	sed -n "s#^$WORK/##; /: warning:\|: error:/p" "$log" | grep -v '^/'
	checked=$(grep -c '^  CHECK ' "$log")
	sources=$(find kmod -name '*.c' ! -name '*.mod.c' | wc -l)
	[ "$checked" -ge "$sources" ] || echo "sparse has seen $checked of $sources sources"
}

shell()
{
	local scripts guest file
	command -v shellcheck >/dev/null || { echo "there is no shellcheck: run scripts/setup.sh"; return 1; }
	# By name or by first line; tests of the guest have none, and are read by its sh.
	for file in $(files scripts tests .ci); do
		case $file in
		*.test.sh) guest+=("$file") ;;
		*.sh) scripts+=("$file") ;;
		*) [[ $(head -n 1 "$file" | tr -d '\0') = '#!'*sh ]] && scripts+=("$file") ;;
		esac
	done
	shellcheck -f gcc -x "${scripts[@]}"
	# What a test reads in the guest is not where it will be.
	shellcheck -f gcc -s sh -e SC1091 "${guest[@]}"
}

# What rst2man only warns of is lost in the manual.
rst()
{
	local file
	command -v rst2man >/dev/null || { echo "there is no rst2man: run scripts/setup.sh"; return 1; }
	files 'Documentation/*.rst' | while read -r file; do
		rst2man --report=warning "$file" >/dev/null
	done
}

# What install puts somewhere, uninstall takes away, and nothing else.
uninstall()
{
	local root=$WORK/root log=$WORK/install.log prefix pages
	pages=$(files 'Documentation/man/*.rst' | wc -l)
	for prefix in /usr/local /usr; do
		rm -rf "$root"
		make --no-print-directory install DESTDIR="$root" PREFIX="$prefix" >"$log" 2>&1 || { tail "$log"; return 1; }
		grep -q "^ExecStart=$prefix/sbin/headgated$" "$root$prefix/lib/systemd/system/headgated.service" ||
			echo "the unit file does not start $prefix/sbin/headgated"
		[ "$(grep -l "^ExecStart=$prefix/libexec/headgate/headgate-infer " "$root$prefix"/lib/systemd/system/headgate-*.service | wc -l)" = 2 ] ||
			echo "the unit files of headgate-infer do not start what is installed in $prefix/libexec"
		"$root$prefix/bin/headgate-infer" devices --help >/dev/null || echo "headgate-infer is not in $prefix/bin"
		"$root$prefix/bin/headgate" selftest --help >/dev/null || echo "headgate does not find headgate-infer"
		[ "$(find "$root" -name 'headgate*.[58]' | wc -l)" = "$pages" ] || echo "not all of $pages manual pages are installed"
		[ -n "$(find "$root/lib/modules" -name 'headgate.ko*')" ] || echo "no module is installed"
		touch "$root/etc/headgate/headgate.conf"
		make --no-print-directory uninstall DESTDIR="$root" PREFIX="$prefix" >"$log" 2>&1 || { tail "$log"; return 1; }
		[ -e "$root/etc/headgate/headgate.conf" ] || echo "uninstall takes the policy away"
		rm -f "$root/etc/headgate/headgate.conf"
		make --no-print-directory uninstall DESTDIR="$root" PREFIX="$prefix" >"$log" 2>&1 || { tail "$log"; return 1; }
		find "$root" ! -type d -o -name 'headgate*' -o -name simgpu -o -name updates
	done
}

# How much of the host a unit leaves open, by systemd's count: 0 nothing, 10 all. The limits are what was reached.
service()
{
	command -v systemd-analyze >/dev/null || { echo "there is no systemd-analyze: run scripts/setup.sh"; return 1; }
	exposure userspace/daemon/headgated.service 3.0 exposure_of_the_unit
	exposure userspace/infer/headgate-canary@.service 0.7 exposure_of_the_canary
	exposure userspace/infer/headgate-infer.service 1.2 exposure_of_the_inference_service
}

# exposure UNIT LIMIT FIGURE
exposure()
{
	local exposure
	exposure=$(systemd-analyze security --offline=true --no-pager "$1" | sed -n 's/.*Overall exposure level .*: \([0-9.]*\) .*/\1/p')
	[ -n "$exposure" ] || { echo "systemd-analyze does not tell the exposure of $1"; return; }
	echo "figure $3 $exposure of 10"
	awk "BEGIN { exit !($exposure <= $2) }" || echo "the exposure of $1 is $exposure, above $2"
}

generated() { scripts/ynl.sh "$TOOLS" --check && scripts/drivers-doc.sh --check && scripts/metrics-doc.sh --check; }

# Whether each line that mutation tests break is still there: they themselves take minutes.
mutations()
{
	local list
	for list in tests/unit/*mutations.sh; do
		MATCH_ONLY=1 sh "$list" "$HG_ROOT" "$WORK/mutations"
	done
	rm -rf "$WORK/mutations"
}

# What is downloaded comes from where apt is told to get it, and a clone works wherever it lies.
hosts()
{
	local hosts list
	# shellcheck disable=SC2016
	hosts=$(apt-get indextargets --format '$(SITE)' 2>/dev/null | sed 's#.*//##; s#[/:].*##' | sort -u | grep .)
	mapfile -t list < <(files .)
	grep -nIE '(^|[^a-z.])((deb|ftp|ftp\.[a-z]+|security|snapshot|archive|mirrors?|cdn-fastly)\.(debian|ubuntu)|pypi|files\.pythonhosted|registry\.npmjs|(index|static)\.crates)\.(org|com|io)' \
		-- "${list[@]}"
	[ -z "$hosts" ] || grep -nIFf <(printf '%s\n' "$hosts") -- "${list[@]}"
	return 0
}

paths()
{
	local list
	mapfile -t list < <(files .)
	grep -nIF -e "$HG_ROOT" -e "$(realpath "$HG_CACHE")" -e "$HOME/" -- "${list[@]}"
	return 0
}

# What no commit has, what git ignores among it.
extras() { git ls-files --others -- . ':!build'; }

tree_is_left_alone() { diff <(printf '%s\n' "$before") <(printf '%s\n' "$(extras)"); }

mkdir -p "$WORK"
before=$(extras)
[ -e "$TOOLS/scripts/checkpatch.pl" ] || die "no checkpatch in ${TOOLS#"$HG_ROOT"/}; run scripts/kernel.sh"
declare -A function=([shellcheck]=shell [generated_files]=generated [mutations_match]=mutations [no_mirror_is_named]=hosts
	[no_path_of_this_machine]=paths)
for name in "${checks[@]}"; do
	lint "$name" "${function[$name]:-$name}"
done
exit $failed
