# SPDX-License-Identifier: GPL-2.0-or-later
# Six hours of contention, without a fault, are no brownout.
# timeout: 200000
. /headgate/guest/shares.sh
. /headgate/guest/closure.sh
. /headgate/guest/health.sh
. /headgate/guest/contention.sh

contention "${SOAK_SECONDS:-21600}" 1800
