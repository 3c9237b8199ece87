// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>

#include "chat_format.h"

/* In the order of enum infer_role. */
#define ROLES(system, user, assistant, tool) { system, user, assistant, tool }
#define ALL(text) ROLES(text, text, text, text)

static const struct infer_chat_format formats[INFER_CHATS] = {
	[INFER_CHAT_PLAIN] = {
		.name = "plain",
		.before = ROLES("", "user: ", "assistant: ", "tool: "),
		.after = ROLES("\n\n", "\n", "\n", "\n"),
		.answer = "assistant:",
	},
	[INFER_CHAT_CHATML] = {
		.name = "chatml",
		.marks = { "<|im_start|>" },
		.tokens = { "<|im_start|>", "<|im_end|>" },
		.before = ROLES("<|im_start|>system\n", "<|im_start|>user\n", "<|im_start|>assistant\n",
				"<|im_start|>tool\n"),
		.after = ALL("<|im_end|>\n"),
		.answer = "<|im_start|>assistant\n",
	},
	[INFER_CHAT_LLAMA2] = {
		.name = "llama2",
		.marks = { "[INST]", "<<SYS>>" },
		.before = ROLES("<<SYS>>\n", "\1[INST] ", " ", "\1[INST] "),
		.after = ROLES("\n<</SYS>>\n\n", " [/INST]", " \2", " [/INST]"),
		.answer = "",
		.trim = true,
		.system_within = true,
	},
	[INFER_CHAT_MISTRAL] = {
		.name = "mistral",
		.marks = { "[INST]" },
		.before = ROLES("", "[INST] ", " ", "[INST] "),
		.after = ROLES("\n\n", " [/INST]", "\2", " [/INST]"),
		.answer = "",
		.system_within = true,
	},
	[INFER_CHAT_LLAMA3] = {
		.name = "llama3",
		.marks = { "<|start_header_id|>" },
		.tokens = { "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>" },
		.before = ROLES("<|start_header_id|>system<|end_header_id|>\n\n",
				"<|start_header_id|>user<|end_header_id|>\n\n",
				"<|start_header_id|>assistant<|end_header_id|>\n\n",
				"<|start_header_id|>ipython<|end_header_id|>\n\n"),
		.after = ALL("<|eot_id|>"),
		.answer = "<|start_header_id|>assistant<|end_header_id|>\n\n",
		.trim = true,
	},
	[INFER_CHAT_ZEPHYR] = {
		.name = "zephyr",
		.marks = { "<|user|>" },
		.before = ROLES("<|system|>\n", "<|user|>\n", "<|assistant|>\n", "<|user|>\n"),
		.after = ALL("\2\n"),
		.answer = "<|assistant|>\n",
	},
	[INFER_CHAT_PHI3] = {
		.name = "phi3",
		.marks = { "<|user|>", "<|end|>" },
		.tokens = { "<|user|>", "<|assistant|>", "<|end|>" },
		.before = ROLES("<|system|>\n", "<|user|>\n", "<|assistant|>\n", "<|user|>\n"),
		.after = ALL("<|end|>\n"),
		.answer = "<|assistant|>\n",
	},
	[INFER_CHAT_GEMMA] = {
		.name = "gemma",
		.marks = { "<start_of_turn>" },
		.tokens = { "<start_of_turn>", "<end_of_turn>" },
		.before = ROLES("", "<start_of_turn>user\n", "<start_of_turn>model\n", "<start_of_turn>user\n"),
		.after = ROLES("\n\n", "<end_of_turn>\n", "<end_of_turn>\n", "<end_of_turn>\n"),
		.answer = "<start_of_turn>model\n",
		.trim = true,
		.system_within = true,
	},
	[INFER_CHAT_DEEPSEEK] = {
		.name = "deepseek",
		.marks = { "<｜User｜>", "<｜Assistant｜>" },
		.tokens = { "<｜User｜>", "<｜Assistant｜>" },
		.before = ROLES("", "<｜User｜>", "<｜Assistant｜>", "<｜User｜>"),
		.after = ROLES("", "", "\2", ""),
		.answer = "<｜Assistant｜>",
	},
};

/* Those first whose marks others have too. */
static const enum infer_chat order[] = {
	INFER_CHAT_LLAMA3, INFER_CHAT_CHATML, INFER_CHAT_GEMMA, INFER_CHAT_DEEPSEEK,
	INFER_CHAT_PHI3, INFER_CHAT_ZEPHYR, INFER_CHAT_LLAMA2, INFER_CHAT_MISTRAL,
};

const struct infer_chat_format *infer_chat_format(enum infer_chat chat)
{
	return &formats[chat];
}

const char *infer_chat_name(enum infer_chat chat)
{
	return formats[chat].name;
}

int infer_role_named(const char *name, enum infer_role *role)
{
	static const char * const names[] = { "system", "user", "assistant", "tool", "developer" };

	for (unsigned int i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(name, names[i]))
			continue;
		*role = i < INFER_ROLES ? (enum infer_role)i : INFER_SYSTEM;
		return 0;
	}
	return -EINVAL;
}

static bool has_tokens(const struct infer_tokenizer *tokenizer,
		       const struct infer_chat_format *format)
{
	for (int i = 0; i < 3; i++)
		if (format->tokens[i] &&
		    infer_tokenizer_control(tokenizer, format->tokens[i]) == INFER_NO_TOKEN)
			return false;
	return true;
}

static bool has_marks(struct infer_text template, const struct infer_chat_format *format)
{
	for (int i = 0; i < 2; i++)
		if (format->marks[i] &&
		    !memmem(template.bytes, template.length, format->marks[i],
			    strlen(format->marks[i])))
			return false;
	return true;
}

enum infer_chat infer_chat_recognise(const struct infer_tokenizer *tokenizer,
				     struct infer_text template)
{
	for (size_t i = 0; template.length && i < sizeof(order) / sizeof(order[0]); i++)
		if (has_marks(template, &formats[order[i]]) &&
		    has_tokens(tokenizer, &formats[order[i]]))
			return order[i];
	if (has_tokens(tokenizer, &formats[INFER_CHAT_CHATML]))
		return INFER_CHAT_CHATML;
	return INFER_CHAT_PLAIN;
}
