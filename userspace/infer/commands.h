/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commands of headgate-infer: argv[0] is the name of each; they return the exit status. */
#ifndef INFER_COMMANDS_H
#define INFER_COMMANDS_H

/* Exit statuses: the command line makes no sense; the command failed. */
#define INFER_EXIT_FAILED 1
#define INFER_EXIT_USAGE  2

int infer_command_generate(int argc, char **argv);

#endif
