/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the policy parser share among themselves and with nobody else. */
#ifndef HEADGATE_CONFIG_PARSER_H
#define HEADGATE_CONFIG_PARSER_H

#include "config.h"

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))

struct config_parser {
	struct headgate_config config;
	struct headgate_config_errors *errors;
	bool no_memory;

	/* of this file */
	const char *file;
	unsigned int line;
	unsigned int gate_line;			/* of section [gate], 0 for none */
	unsigned int history_line;		/* of section [history] */
	unsigned int budget_lines[HEADGATE_BUDGETS_MAX];	/* of the sections [budget …], of all files */
	size_t budget_files[HEADGATE_BUDGETS_MAX];	/* places in config.files */
	unsigned int metrics_line;		/* of section [metrics] */
	unsigned int price_line;		/* of the section [price …] at hand */
	unsigned int stall_line;		/* of section [stall] */
	unsigned int brownout_line;		/* of section [brownout] */
	size_t first_agent;			/* index of the first [agent …] */
	size_t first_driver;			/* of the first [driver …] */
	/* of this section */
	enum { SECTION_NONE, SECTION_BAD, SECTION_GATE, SECTION_AGENT, SECTION_DRIVER,
	       SECTION_HISTORY, SECTION_METRICS, SECTION_PRICE, SECTION_BUDGET,
	       SECTION_STALL, SECTION_BROWNOUT } section;
	unsigned int seen;			/* bit per entry of the table of keys */
};

/* Adds an error with the parser's file and line. */
void __attribute__((format(printf, 2, 3))) config_complain(struct config_parser *p,
							   const char *format, ...);

/* What a key of the section at hand says; complains of keys that are unknown, or there twice. */
void config_set_gate_key(struct config_parser *p, const char *key, const char *value);
void config_set_agent_key(struct config_parser *p, const char *key, const char *value);

/* A time within bounds; complains if it is none. */
bool config_parse_time(struct config_parser *p, const char *key, const char *value, uint64_t min,
		       uint64_t max, uint64_t *ns);
bool config_parse_deadline(struct config_parser *p, const char *value, uint64_t *ns);

/* Whether entry @i of the table of keys is set for the first time in this section. */
bool config_first_time(struct config_parser *p, size_t i, const char *key);

/* [driver NAME]: config_driver.c */
void config_begin_driver(struct config_parser *p, const char *name);
void config_set_driver_key(struct config_parser *p, const char *key, const char *value);

/* [history]: config_history.c */
extern const struct headgate_config_history headgate_config_history_default;
void config_set_history_key(struct config_parser *p, const char *key, const char *value);

/* [metrics]: config_metrics.c */
extern const struct headgate_config_metrics headgate_config_metrics_default;
void config_set_metrics_key(struct config_parser *p, const char *key, const char *value);

/* [price PATTERN]: config_price.c; at its end it is seen whether it lacks something. */
void config_begin_price(struct config_parser *p, const char *pattern);
void config_end_price(struct config_parser *p);
void config_set_price_key(struct config_parser *p, const char *key, const char *value);

/* [budget NAME]: config_budget.c; with all files read it is seen whether prices go with them. */
void config_begin_budget(struct config_parser *p, const char *name);
void config_end_budget(struct config_parser *p);
void config_set_budget_key(struct config_parser *p, const char *key, const char *value);
void config_check_budgets(struct config_parser *p);
extern const struct headgate_budget config_budget_default;
bool config_budget_says(const struct config_parser *p, const char *key);	/* a key of it */

/* [stall]: config_stall.c */
void config_stall_defaults(struct headgate_config_stall *stall);
void config_set_stall_key(struct config_parser *p, const char *key, const char *value);

/* Keys exec and exec-timeout: a program, whatever it is run for. */
#define CONFIG_EXEC_TIMEOUT_NS	UINT64_C(10000000000)
void config_parse_exec(struct config_parser *p, const char *value, char **exec);
void config_parse_exec_timeout(struct config_parser *p, const char *value, uint64_t *ns);

/* [brownout]: config_brownout.c; at its end it is seen whether its keys agree. */
void config_brownout_defaults(struct headgate_config_brownout *brownout);
void config_end_brownout(struct config_parser *p);
void config_set_brownout_key(struct config_parser *p, const char *key, const char *value);

#endif
