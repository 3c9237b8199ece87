# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Functions shared by the scripts: sourced, never run. The caller has set -eu.

# depmod, mke2fs and the like, which an ordinary user's PATH lacks.
PATH=$PATH:/usr/sbin:/sbin

HG_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# Everything downloaded lives here, so that a second clone fetches nothing.
HG_CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/headgate
# shellcheck disable=SC2034
HG_BUILD=$HG_ROOT/build

say() { printf '== %(%H:%M:%S)T %s\n' -1 "$*" >&2; }
die() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }

# release: sets CODENAME (bookworm, trixie) or ends with a sentence.
release()
{
	# shellcheck disable=SC1091
	CODENAME=$(. /etc/os-release && printf '%s' "${VERSION_CODENAME:-}")
	case $CODENAME in
	bookworm|trixie) ;;
	*) die "this is neither Debian 12 nor Debian 13; install the packages named in scripts/setup.sh by hand" ;;
	esac
}

as_root()
{
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		die "needs root: run it as root or install sudo"
	fi
}

# lock NAME: one at a time over the cache, also between clones; held until exit.
lock()
{
	mkdir -p "$HG_CACHE"
	exec {HG_LOCK}>"$HG_CACHE/.$1.lock"
	flock -n "$HG_LOCK" && return
	say "waiting for another run of ${0##*/}"
	flock "$HG_LOCK"
}

# debian_sources: "URI SUITE" of each Debian source that apt already has.
debian_sources()
{
	# The words in $() are apt's, not the shell's.
	# shellcheck disable=SC2016
	apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
	awk -v c="$CODENAME" '$3 == "main" && ($2 == c || $2 == c "-updates" || $2 == c "-security") && !seen[$1 $2]++ { print $1, $2 }'
}

# mirror: the archive that apt already uses for the release itself.
mirror() { debian_sources | awk -v c="$CODENAME" '$2 == c { print $1; exit }'; }

# private_apt SUITE: fills APT_OPTS, apt's options for a configuration of our own. It has the
# host's Debian sources if SUITE is its release, else SUITE from the same mirror, and SUITE's
# backports; it leaves the host's sources and lists alone.
private_apt()
{
	local dir sources
	APT_SUITE=$1
	APT_DIR=$HG_CACHE/apt
	[ "$APT_SUITE" = "$CODENAME" ] || APT_DIR+=-$APT_SUITE
	dir=$APT_DIR
	mkdir -p "$dir/sources.list.d" "$dir/lists/partial"
	sources=$(debian_sources)
	if [ -z "$sources" ]; then
		# apt names only what it has read once; on a bare machine it has read nothing.
		say "reading the host's package lists"
		as_root apt-get -q update >"$dir/update.log" 2>&1 || die "apt-get update fails; mend that first ($dir/update.log)"
		sources=$(debian_sources)
	fi
	[ -n "$sources" ] || die "apt knows no Debian source for $CODENAME main; add one to /etc/apt/sources.list.d and run this again"
	[ "$APT_SUITE" = "$CODENAME" ] || sources="$(mirror) $APT_SUITE"
	{
		printf '%s\n' "$sources"
		printf '%s %s-backports\n' "$(mirror)" "$APT_SUITE"
	} | while read -r uri suite; do
		printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: main\n' "$uri" "$suite"
		printf 'Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg\n\n'
	done > "$dir/sources.list.d/headgate.sources"
	APT_OPTS=(-q -o Dir::Etc::SourceList=/dev/null
		-o "Dir::Etc::SourceParts=$dir/sources.list.d"
		-o "Dir::State::Lists=$dir/lists"
		-o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= -o Acquire::Languages=none
		-o APT::Sandbox::User=root -o Acquire::Retries=3)
}

# apt_update: lists younger than an hour are new enough, unless UPDATE is set.
apt_update()
{
	local stamp=$APT_DIR/updated
	if [ -z "${UPDATE:-}" ] && [ -n "$(find "$stamp" -mmin -60 2>/dev/null)" ]; then
		return
	fi
	say "reading the package lists of $APT_SUITE and $APT_SUITE-backports"
	apt-get "${APT_OPTS[@]}" update >"$APT_DIR/update.log" 2>&1 ||
		die "apt could not read the package lists; see $APT_DIR/update.log, then run this again"
	touch "$stamp"
}

# fetch_deb PACKAGE VERSION DIR: the package file in DIR, by name in $DEB. apt checks the
# hash when it downloads; the hash kept beside the file is checked whenever it is used again.
fetch_deb()
{
	local dir=$3
	mkdir -p "$dir"
	DEB=$dir/$1_${2//:/%3a}.deb
	if [ -e "$DEB" ] && (cd "$dir" && sha256sum --status -c "$DEB.sha256"); then
		return
	fi
	say "downloading $1 $2"
	(
		cd "$dir" || exit
		rm -f -- "$1"_*.deb "$1"_*.sha256
		apt-get "${APT_OPTS[@]}" download "$1=$2" >download.log 2>&1 ||
			die "$1 $2 did not download; see $dir/download.log, then run this again"
		mv -- "$1"_*.deb "$DEB"
		sha256sum "${DEB##*/}" >"$DEB.sha256"
	)
}
