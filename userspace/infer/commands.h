/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commands of headgate-infer: argv[0] is the name of each; they return the exit status. */
#ifndef INFER_COMMANDS_H
#define INFER_COMMANDS_H

/* Exit statuses: done; the command failed; the command line makes no sense. */
#define INFER_EXIT_OK     0
#define INFER_EXIT_FAILED 1
#define INFER_EXIT_USAGE  2

int infer_command_infer(int argc, char **argv);
int infer_command_devices(int argc, char **argv);
int infer_command_selftest(int argc, char **argv);
int infer_command_canary(int argc, char **argv);
int infer_command_bench(int argc, char **argv);
int infer_command_generate(int argc, char **argv);
int infer_command_serve(int argc, char **argv);
int infer_command_worker(int argc, char **argv);

#endif
