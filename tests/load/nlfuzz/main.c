// SPDX-License-Identifier: GPL-2.0
/*
 * nlfuzz: sends generic netlink requests to headgate exactly as told, however wrong.
 *
 *   nlfuzz send COMMAND [OPTION]... [ATTRIBUTE]...   one request; prints the answer in a line
 *   nlfuzz fuzz SEED COUNT                           COUNT mutated requests
 *   nlfuzz abandon COUNT                             COUNT dumps, each left after one message
 *
 * COMMAND is a name (agent-set) or a number. ATTRIBUTE is NAME[+n][@LENGTH]=KIND:VALUE: NAME
 * one of the command's or a number, +n sets NLA_F_NESTED, @LENGTH lies about the length. KIND is
 * u8, u16, u32, u64, str (with its zero byte), chars (without), rep (VALUE = COUNTxCHARACTER,
 * with a zero byte), zeros (VALUE zero bytes).
 * Options: -d a dump, -c N cut N bytes off the end, -l N write N into nlmsg_len,
 * -r N into the reserved field, -t N append N garbage bytes, -s see that nothing changes.
 *
 * The answer is "ok", "ok N" (messages of a dump), "silence", or
 * "ERRNO[ at ATTRIBUTE][ (MIN to MAX)][: TEXT]"; the exit status 0, 3 or 1. With -s the
 * words "and changed something" follow if agents or settings are not what they were.
 *
 * fuzz takes valid requests and breaks them in random ways. After each it reads agents and
 * settings back: a request that was refused must have changed nothing, and one that was taken
 * must have left values that the specification allows.
 */
#define _GNU_SOURCE
#include <string.h>

#include "../load.h"
#include "commands.h"

int main(int argc, char **argv)
{
	if (argc >= 3 && !strcmp(argv[1], "send"))
		return run_send(argc - 2, argv + 2);
	if (argc == 4 && !strcmp(argv[1], "fuzz"))
		return run_fuzz(strtoull(argv[2], NULL, 0), strtoul(argv[3], NULL, 0));
	if (argc == 3 && !strcmp(argv[1], "abandon"))
		return run_abandon(strtoul(argv[2], NULL, 0));
	die("send COMMAND [OPTION]... [ATTRIBUTE]..., fuzz SEED COUNT, or abandon COUNT");
}
