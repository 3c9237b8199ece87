// SPDX-License-Identifier: GPL-2.0-or-later
/* headgate-infer generate: a seeded model into a file. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "commands.h"
#include "seeded.h"
#include "usage.h"

static const char usage[] =
	"Usage: headgate-infer generate [--size tiny|small|large] [--type TYPE] [--seed N] [--qwen2] FILE\n"
	"\n"
	"Writes a model of random weights, the same for the same arguments on each machine.\n"
	"\n"
	"  --size NAME   tiny: 1 MB, small: 60 MB, large: 220 MB as Q8_0 (default tiny)\n"
	"  --type TYPE   of the weights: F32, F16, Q4_0, Q8_0, Q4_K or Q6_K (default Q8_0)\n"
	"  --seed N      what the weights are made of (default 1)\n"
	"  --qwen2       of the architecture qwen2, not llama\n"
	"  --help        this\n";

struct request {
	const char *size, *type, *seed, *file;
	bool qwen2, help;
};

/* They have no letters. */
enum { SIZE = 256, TYPE, SEED, QWEN2, HELP };

static int read_arguments(int argc, char **argv, struct request *request)
{
	static const struct option options[] = {
		{ "size", required_argument, NULL, SIZE },
		{ "type", required_argument, NULL, TYPE },
		{ "seed", required_argument, NULL, SEED },
		{ "qwen2", no_argument, NULL, QWEN2 },
		{ "help", no_argument, NULL, HELP },
		{ },
	};
	int option;

	optind = 0;
	while ((option = getopt_long(argc, argv, ":", options, NULL)) != -1) {
		switch (option) {
		case SIZE:
			request->size = optarg;
			break;
		case TYPE:
			request->type = optarg;
			break;
		case SEED:
			request->seed = optarg;
			break;
		case QWEN2:
			request->qwen2 = true;
			break;
		case HELP:
			request->help = true;
			return 0;
		default:
			return infer_usage_option("generate", option, options, argv);
		}
	}
	if (optind == argc)
		return infer_usage_arguments("generate", "FILE", NULL);
	if (optind + 1 < argc)
		return infer_usage_arguments("generate", NULL, argv[optind + 1]);
	request->file = argv[optind];
	return 0;
}

/* number(): false if it is none of 64 bits; strtoull() alone would take a sign. */
static bool number(const char *word, uint64_t *value)
{
	char *end;

	errno = 0;
	*value = strtoull(word, &end, 0);
	return *word >= '0' && *word <= '9' && !*end && !errno;
}

/* Beside the file and then in its place: nobody finds half of one. Readable as any new file. */
static int write_file(const char *file, const void *bytes, size_t length)
{
	mode_t mask = umask(0);
	struct stat status;
	char *fresh;
	int fd, error = 0;

	umask(mask);
	/* A device or a pipe would be replaced, too. */
	if (!stat(file, &status) && !S_ISREG(status.st_mode))
		return S_ISDIR(status.st_mode) ? -EISDIR : -EINVAL;
	if (asprintf(&fresh, "%s.XXXXXX", file) < 0)
		return -ENOMEM;
	fd = mkostemp(fresh, O_CLOEXEC);
	if (fd < 0) {
		error = -errno;
		free(fresh);
		return error;
	}
	for (size_t done = 0; !error && done < length;) {
		ssize_t n = write(fd, (const char *)bytes + done, length - done);

		if (n >= 0)
			done += (size_t)n;
		else if (errno != EINTR)
			error = -errno;
	}
	if (!error && fchmod(fd, 0666 & ~mask))
		error = -errno;
	if (close(fd) && !error)
		error = -errno;
	if (!error && rename(fresh, file))
		error = -errno;
	if (error)
		unlink(fresh);
	free(fresh);
	return error;
}

static int failed(const char *file, int error)
{
	fprintf(stderr, "headgate-infer: generate: %s: %s\n", file, strerror(-error));
	return INFER_EXIT_FAILED;
}

int infer_command_generate(int argc, char **argv)
{
	struct request request = { .size = "tiny", .type = "Q8_0", .seed = "1" };
	struct infer_seeded seeded;
	size_t length;
	void *bytes;
	int error = read_arguments(argc, argv, &request);

	if (error)
		return error;
	if (request.help) {
		fputs(usage, stdout);
		return 0;
	}
	if (infer_seeded_named(request.size, &seeded))
		return infer_usage_value("generate", "size", request.size, "tiny, small or large");
	if (infer_type_named(request.type, &seeded.type))
		return infer_usage_value("generate", "type", request.type, "F32, F16, Q4_0, Q8_0, Q4_K or Q6_K");
	if (!number(request.seed, &seeded.seed))
		return infer_usage_value("generate", "seed", request.seed, "a number of 64 bits");
	seeded.qwen2 = request.qwen2;
	error = infer_seeded_make(&seeded, &bytes, &length);
	if (error)
		return failed(request.file, error);
	error = write_file(request.file, bytes, length);
	free(bytes);
	return error ? failed(request.file, error) : 0;
}
