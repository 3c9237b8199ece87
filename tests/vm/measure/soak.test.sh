# SPDX-License-Identifier: GPL-2.0-or-later
# Some minutes of each of the soak's long runs: what they look at works, and nothing grows by leaps.
# timeout: 3000
. /headgate/guest/shares.sh
. /headgate/guest/closure.sh
. /headgate/guest/health.sh
. /headgate/guest/day.sh
. /headgate/guest/contention.sh

# The module keeps what the last 64 agents of a lane had that are gone.
day 300 30 20 4 200 64
contention 240 120
