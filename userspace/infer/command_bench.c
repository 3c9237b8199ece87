// SPDX-License-Identifier: GPL-2.0-or-later
/* headgate-infer bench: products of each type, as parts of what the device's memory and arithmetic give. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "commands.h"
#include "devices.h"
#include "json.h"
#include "native/bandwidth.h"
#include "usage.h"

#define COLUMNS 4096u
/* The matrix of products with many rows, unless --mib is less: one of a model's, in bytes as F16. */
#define MANY_BYTES (32u << 20)
#define MANY_ROWS 64u
#define MOST_MIB 65536u
#define MOST_THREADS 1024u
/* --type has no letter. */
#define TYPE 256

static const enum infer_type types[] = { INFER_F32, INFER_F16, INFER_Q8_0, INFER_Q4_0, INFER_Q4_K, INFER_Q6_K };
static const char *const variants[] = { "avx512", "avx2", "neon", "plain" };

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct options {
	uint32_t threads, mib;
	int type; /* -1 for all */
	bool json;
};

struct bench_output {
	const struct options *options;
	struct infer_bandwidth *bandwidth;
	struct headgate_json json;
	char kernels[INFER_KERNELS]; /* of the leg that was opened last */
	bool opened, unopened; /* the device is, for a type; is not, for whichever */
};

/* What a line says of one quantity: the best round's rate, and ratios of bests and, in the middle, of rounds. */
struct rate {
	double best, of_best, median;
};

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static struct rate rate_of(double amount, const double *seconds, const double *peak)
{
	double ratios[INFER_BENCH_ROUNDS], best_peak = 0;
	struct rate rate = { 0 };

	for (int i = 0; i < INFER_BENCH_ROUNDS; i++) {
		double speed = amount / seconds[i];

		ratios[i] = peak[i] > 0 ? speed / peak[i] : 0;
		rate.best = speed > rate.best ? speed : rate.best;
		best_peak = peak[i] > best_peak ? peak[i] : best_peak;
	}
	qsort(ratios, INFER_BENCH_ROUNDS, sizeof(*ratios), compare);
	rate.median = ratios[INFER_BENCH_ROUNDS / 2];
	rate.of_best = best_peak > 0 ? rate.best / best_peak : 0;
	return rate;
}

static double best(const double *values)
{
	double most = 0;

	for (int i = 0; i < INFER_BENCH_ROUNDS; i++)
		most = values[i] > most ? values[i] : most;
	return most;
}

static double least(const double *values)
{
	double low = values[0];

	for (int i = 1; i < INFER_BENCH_ROUNDS; i++)
		low = values[i] < low ? values[i] : low;
	return low;
}

static void json_rate(struct headgate_json *json, const char *key, const struct rate *rate)
{
	headgate_json_object(json, key);
	headgate_json_double(json, "of_best", rate->of_best);
	headgate_json_double(json, "median", rate->median);
	headgate_json_close(json);
}

static void put_one_row(struct bench_output *output, const char *device, const struct infer_bench *bench,
			const struct infer_bench_times *times)
{
	struct rate read = rate_of((double)infer_bench_bytes(bench), times->product, times->read);
	struct rate copy = rate_of((double)infer_bench_bytes(bench), times->product, times->copy);
	const char *type = infer_type_name(bench->model.output.type);
	struct headgate_json *json = &output->json;

	if (!output->options->json) {
		printf("%-16s %-5s %8.1f GB/s  %5.2f (%4.2f) of %.1f read  %5.2f (%4.2f) of %.1f copy  "
		       "read varied %.0f %%  by %s\n",
		       device, type, read.best / 1e9, read.of_best, read.median, best(times->read) / 1e9, copy.of_best,
		       copy.median, best(times->copy) / 1e9, 100 * (1 - least(times->read) / best(times->read)),
		       output->kernels);
		return;
	}
	headgate_json_object(json, NULL);
	headgate_json_string(json, "device", device);
	headgate_json_string(json, "type", type);
	headgate_json_string(json, "kernels", output->kernels);
	headgate_json_uint(json, "rows", bench->rows);
	headgate_json_double(json, "bytes_per_second", read.best);
	headgate_json_double(json, "read_bytes_per_second", best(times->read));
	headgate_json_double(json, "read_least_bytes_per_second", least(times->read));
	headgate_json_double(json, "copy_bytes_per_second", best(times->copy));
	json_rate(json, "of_read", &read);
	json_rate(json, "of_copy", &copy);
	headgate_json_close(json);
}

static void put_many_rows(struct bench_output *output, const char *device, const struct infer_bench *bench,
			  const struct infer_bench_times *times)
{
	struct rate fma = rate_of(infer_bench_operations(bench), times->product, times->fma);
	const char *type = infer_type_name(bench->model.output.type);
	struct headgate_json *json = &output->json;

	if (!output->options->json) {
		printf("%-16s %-5s %8.1f GFLOP/s, %u rows  %5.2f (%4.2f) of %.1f FMA  by %s\n", device, type, fma.best / 1e9,
		       bench->rows, fma.of_best, fma.median, best(times->fma) / 1e9, output->kernels);
		return;
	}
	headgate_json_object(json, NULL);
	headgate_json_string(json, "device", device);
	headgate_json_string(json, "type", type);
	headgate_json_string(json, "kernels", output->kernels);
	headgate_json_uint(json, "rows", bench->rows);
	headgate_json_double(json, "operations_per_second", fma.best);
	headgate_json_double(json, "fma_operations_per_second", best(times->fma));
	json_rate(json, "of_fma", &fma);
	headgate_json_close(json);
}

/* Opens a leg for @bench, runs it and closes the leg. */
static int run(struct bench_output *output, const char *device, const struct infer_bench *bench,
	       struct infer_bench_times *times, char problem[INFER_PROBLEM])
{
	struct infer_limits limits = infer_bench_limits(bench, output->options->threads);
	struct infer_peaks peaks;
	struct infer_leg *leg;
	int error = infer_device_open(device, &bench->model, &limits, &leg, problem);

	/* What opened for others, or lacks memory, may open for the next. */
	output->opened |= !error;
	output->unopened = error && error != -ENOMEM && !output->opened;
	if (error)
		return error;
	snprintf(output->kernels, sizeof(output->kernels), "%s", leg->kernels);
	error = infer_peaks_open(&peaks, leg, device, output->bandwidth);
	if (!error) {
		error = infer_bench_run(bench, leg, &peaks, times);
		/* What does not answer may not answer when it is closed either: it is the process's until its end. */
		if (error != -ETIMEDOUT)
			infer_peaks_close(&peaks);
	}
	if (error)
		snprintf(problem, INFER_PROBLEM, "%s", error == -EIO ?
			 "it reads, copies or multiplies wrongly, so that nothing measured would count" : strerror(-error));
	if (error != -ETIMEDOUT)
		infer_leg_close(leg);
	return error;
}

static bool bench_rows(struct bench_output *output, const char *device, enum infer_type type, uint32_t rows)
{
	size_t one = infer_bandwidth_bytes(output->bandwidth), many = one < MANY_BYTES ? one : MANY_BYTES;
	size_t bytes = rows == 1 ? one : many / 2 * infer_row_bytes(type, COLUMNS) / COLUMNS;
	char problem[INFER_PROBLEM] = "out of memory";
	struct infer_bench_times times;
	struct infer_bench bench = { 0 };
	int error = infer_bench_open(&bench, type, COLUMNS, bytes, rows);

	if (!error)
		error = run(output, device, &bench, &times, problem);
	if (output->unopened)
		fprintf(stderr, "headgate-infer: %s: %s\n", device, problem);
	else if (error)
		fprintf(stderr, "headgate-infer: %s, %s: %s\n", device, infer_type_name(type), problem);
	else if (rows == 1)
		put_one_row(output, device, &bench, &times);
	else
		put_many_rows(output, device, &bench, &times);
	fflush(stdout);
	infer_bench_close(&bench);
	return !error;
}

static bool bench_device(struct bench_output *output, const char *device)
{
	static const uint32_t rows[] = { 1, MANY_ROWS };
	bool right = true;

	output->opened = false;
	output->unopened = false;
	for (size_t i = 0; i < COUNT(types) * COUNT(rows) && !output->unopened; i++) {
		enum infer_type type = types[i / COUNT(rows)];

		if (output->options->type < 0 || output->options->type == (int)type)
			right &= bench_rows(output, device, type, rows[i % COUNT(rows)]);
	}
	return right;
}

static bool bench_all(struct bench_output *output, char **devices, int n)
{
	char device[INFER_DEVICE_NAME];
	bool right = true;

	for (int i = 0; i < n; i++)
		right &= bench_device(output, devices[i]);
	for (size_t i = 0; i < COUNT(variants) && !n; i++)
		if (infer_bandwidth_fma(output->bandwidth, variants[i]) > 0) {
			snprintf(device, sizeof(device), "native:%s", variants[i]);
			right &= bench_device(output, device);
		}
	return right;
}

static int usage(void)
{
	fputs("Usage: headgate bench [OPTIONS] [DEVICE]...\n"
	      "Measure products of a matrix with one row and with many, for each type of weights: bytes of weights a\n"
	      "second against what the device's memory gives for reading and copying (read and written bytes together),\n"
	      "and operations a second against its F32 multiplications with additions. The ratio is of the best rounds;\n"
	      "in brackets, the median of ratios within a round.\n"
	      "DEVICE is native, native:VARIANT, vulkan:NUMBER or vulkan:NAME; without one, each variant of native.\n\n"
	      "Options:\n"
	      "  -j, --json                     print JSON\n"
	      "  -m, --mib=N                    MiB of the matrix with one row, and of what is copied, and at most of the other\n"
	      "                                 matrix, were it F16; 0: more than processors' caches hold\n"
	      "  -t, --threads=N                threads of the native leg; 0: one for each processor\n"
	      "      --type=TYPE                of weights; else all\n"
	      "  -h, --help                     show this help\n",
	      stdout);
	return INFER_EXIT_OK;
}

static bool number(const char *option, const char *text, uint32_t most, uint32_t *value)
{
	char *end, expected[64];
	unsigned long read = strtoul(text, &end, 10);

	if (*text >= '0' && *text <= '9' && !*end && read <= most) {
		*value = (uint32_t)read;
		return true;
	}
	snprintf(expected, sizeof(expected), "a number from 0 to %u", most);
	infer_usage_value("bench", option, text, expected);
	return false;
}

/* Return: -1 to go on, or the exit status. */
static int parse(int argc, char **argv, struct options *options)
{
	static const struct option known[] = {
		{ "json", no_argument, NULL, 'j' }, { "mib", required_argument, NULL, 'm' },
		{ "threads", required_argument, NULL, 't' },
		{ "type", required_argument, NULL, TYPE }, { "help", no_argument, NULL, 'h' }, {},
	};
	char problem[INFER_PROBLEM];
	enum infer_type type;
	int option;

	while ((option = getopt_long(argc, argv, ":jm:t:h", known, NULL)) != -1)
		switch (option) {
		case 'j':
			options->json = true;
			break;
		case 'm':
			if (!number("mib", optarg, MOST_MIB, &options->mib))
				return INFER_EXIT_USAGE;
			break;
		case 't':
			if (!number("threads", optarg, MOST_THREADS, &options->threads))
				return INFER_EXIT_USAGE;
			break;
		case TYPE:
			if (infer_type_named(optarg, &type))
				return infer_usage_value("bench", "type", optarg, "F32, F16, Q4_0, Q8_0, Q4_K or Q6_K");
			options->type = (int)type;
			break;
		case 'h':
			return usage();
		default:
			return infer_usage_option("bench", option, known, argv);
		}
	for (int i = optind; i < argc; i++)
		if (infer_device_check(argv[i], problem))
			return infer_usage_error("bench", "%s", problem);
	return -1;
}

int infer_command_bench(int argc, char **argv)
{
	struct options options = { .type = -1 };
	struct bench_output output = { .options = &options };
	int status = parse(argc, argv, &options), error;
	bool right;

	if (status >= 0)
		return status;
	error = infer_bandwidth_open(options.threads, (size_t)options.mib << 20, &output.bandwidth);
	if (error) {
		fprintf(stderr, "headgate-infer: memory cannot be measured: %s\n", strerror(-error));
		return INFER_EXIT_FAILED;
	}
	if (options.json) {
		headgate_json_begin(&output.json, stdout, true);
		headgate_json_array(&output.json, "products");
	}
	right = bench_all(&output, argv + optind, argc - optind);
	if (options.json) {
		headgate_json_close(&output.json);
		right &= !headgate_json_end(&output.json);
	}
	infer_bandwidth_close(output.bandwidth);
	return right ? INFER_EXIT_OK : INFER_EXIT_FAILED;
}
