# SPDX-License-Identifier: GPL-2.0-or-later
# headgated for a day, with all it can do: its memory is flat, and the ledger closes in each hour.
# timeout: 200000
. /headgate/guest/shares.sh
. /headgate/guest/closure.sh
. /headgate/guest/day.sh

# From the fourth hour on: by then rows of the history go as others come, and so does what is cached of them.
day "${SOAK_SECONDS:-86400}" 3600 120 4 64 0
