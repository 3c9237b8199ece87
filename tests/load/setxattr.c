// SPDX-License-Identifier: GPL-2.0-or-later
/* setxattr FILE NAME VALUE: sets an extended attribute; the guest has no setfattr. */
#include <stdio.h>
#include <string.h>
#include <sys/xattr.h>

int main(int argc, char **argv)
{
	if (argc != 4) {
		fputs("usage: setxattr FILE NAME VALUE\n", stderr);
		return 2;
	}
	if (setxattr(argv[1], argv[2], argv[3], strlen(argv[3]), 0)) {
		perror(argv[1]);
		return 1;
	}
	return 0;
}
