# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A unit that a test starts, changes and kills; a test file sources it. UNIT is its name.

DROP_INS=/etc/systemd/system/$UNIT.d

property() { systemctl show -P "$1" "${2:-$UNIT}"; }
pid() { property MainPID; }
journal() { journalctl -q -o cat -u "${1:-$UNIT}"; }
# is_up PID: as another process than that. One look at both: it may be killed between two.
is_up()
{
	systemctl show -p ActiveState -p MainPID "$UNIT" |
		awk -F = -v old="$1" '{ is[$1] = $2 } END { exit !(is["ActiveState"] == "active" && is["MainPID"] > 0 && is["MainPID"] != old) }'
}
gone() { [ ! -e "/proc/$1" ]; }
# drop_in LINE…: what `systemctl edit` would leave.
drop_in()
{
	mkdir -p "$DROP_INS"
	printf '%s\n' '[Service]' "$@" >"$DROP_INS/override.conf"
	systemctl daemon-reload
}
