// SPDX-License-Identifier: GPL-2.0-or-later
/* Inputs to begin with, for tokenizer_fuzz.c: a small vocabulary, then text, as long as it. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* By the upper three bits of a token's first byte. */
enum { NORMAL = 0, USER = 4 << 5, CONTROL = 5 << 5, UNUSED = 6 << 5, BYTE = 7 << 5 };

static const struct {
	const char *name;
	uint8_t flags;
	struct {
		uint8_t type, score;
		const char *text;
	} tokens[12];
	const char *text;
} inputs[] = {
	{ "spm", 0x08, { { NORMAL, 250, "▁" }, { NORMAL, 249, "a" }, { NORMAL, 248, "ab" }, { NORMAL, 247, "▁ab" } },
	  "ab abc <s> ▁ é\n" },
	{ "spm_aaaa", 0, { { NORMAL, 9, "a" }, { NORMAL, 8, "aa" }, { NORMAL, 7, "aaaa" }, { NORMAL, 6, "aaaaaaaa" } },
	  "aaaaaaaaaaaaaaaaaaaaaaaaaaaab" },
	{ "spm_unknown", 0x10, { { NORMAL, 9, "a" }, { BYTE, 0, "<0x41>" }, { BYTE, 0, "<0x4" } }, "aAé\xff" },
	{ "spm_users", 0x08, { { USER, 0, "--" }, { USER, 0, "---" }, { CONTROL, 0, "<|x|>" }, { UNUSED, 0, "u" } },
	  "a---- <|x|>-u<|im_end|>" },
	{ "bpe_gpt2", 0x01, { { NORMAL, 1, "ab" }, { NORMAL, 2, "abc" }, { NORMAL, 2, "Ġa" }, { NORMAL, 1, "12" } },
	  "abc abc's  12345\n\n x\xff" },
	{ "bpe_digits", 0x03, { { NORMAL, 1, "ab" }, { NORMAL, 1, "12" } }, "ab  12ab 3\n4" },
	{ "bpe_llama3", 0x05, { { NORMAL, 1, "ab" }, { NORMAL, 9, "Ġabab" }, { NORMAL, 2, "Ċ" } }, "ab abab'RE 12345;\r\n\n  b" },
	{ "bpe_qwen2", 0x07, { { NORMAL, 1, "aa" }, { NORMAL, 2, "aaaa" }, { USER, 0, "<t>" } }, "aaaaaaaaaaa 42<t>日本 €" },
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc == 2 && i < sizeof(inputs) / sizeof(inputs[0]); i++) {
		char path[4096];
		size_t written = 1, length = strlen(inputs[i].text);
		FILE *file;

		snprintf(path, sizeof(path), "%s/%s", argv[1], inputs[i].name);
		file = fopen(path, "w");
		if (!file)
			return 1;
		fputc(inputs[i].flags, file);
		for (size_t k = 0; k < 12 && inputs[i].tokens[k].text; k++) {
			size_t n = strlen(inputs[i].tokens[k].text);

			fputc((int)(inputs[i].tokens[k].type | n), file);
			fputc(inputs[i].tokens[k].score, file);
			fwrite(inputs[i].tokens[k].text, 1, n, file);
			written += 2 + n;
		}
		/* Both halves are as long: the shorter one is filled, the text by itself. */
		for (; written < length; written++)
			fputc(0, file);
		for (size_t k = 0; k < written; k++)
			fputc(inputs[i].text[k % length], file);
		if (fclose(file))
			return 1;
	}
	return argc != 2;
}
