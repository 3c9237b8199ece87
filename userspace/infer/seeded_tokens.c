// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The vocabulary of a seeded model:
 *
 *   llama:  <unk> <s> </s>, 256 bytes, letters and other characters, pieces of several letters
 *   qwen2:  256 characters that stand for bytes, pieces of several letters, control tokens
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "seeded_parts.h"

/* By how common they are in English, so that usual text has merges. */
static const char letters[] = "etaoinshrdlucmfwypvbgkjqxz";

#define LETTERS (sizeof(letters) - 1)
/* Pieces 0 to 25 are letters, 26 the space; it begins words. */
#define SPACE LETTERS
#define SINGLES (LETTERS + 1)

/* What a vocabulary keeps of letters in a piece. */
#define LONGEST 12

/* GGUF's kinds of tokens. */
enum { NORMAL = 1, UNKNOWN = 2, CONTROL = 3, BYTE = 6 };

/**
 * struct piece - some letters
 * @left: the piece it is made of, and its last letter; not of single letters
 * @used: how many letters have been merged to it
 */
struct piece {
	char text[LONGEST + 4];
	uint8_t length, letters, used, letter;
	uint32_t left;
};

static void add_letter(struct piece *piece, const struct piece *left, uint32_t index,
		       uint8_t letter)
{
	*piece = *left;
	piece->text[piece->length++] = letters[letter];
	piece->letters++;
	piece->used = 0;
	piece->left = index;
	piece->letter = letter;
}

/* SINGLES and @more merged ones; all differ, as each has its own left piece and last letter. */
static struct piece *make_pieces(uint64_t seed, const char *space, size_t more)
{
	struct piece *pieces = calloc(SINGLES + more, sizeof(*pieces));
	uint64_t state = seeded_stream(seed, "pieces");

	if (!pieces)
		return NULL;
	for (size_t i = 0; i < LETTERS; i++)
		pieces[i] = (struct piece){ .text = { letters[i] }, .length = 1, .letters = 1 };
	pieces[SPACE].length = (uint8_t)strlen(space);
	memcpy(pieces[SPACE].text, space, pieces[SPACE].length);
	for (size_t n = SINGLES; n < SINGLES + more; n++) {
		/* The lower of two draws: short pieces have more that begin with them. */
		uint64_t one = seeded_next(&state) % n, other = seeded_next(&state) % n;
		size_t left = one < other ? one : other;

		while (pieces[left].used == LETTERS || pieces[left].letters == LONGEST)
			left = (left + 1) % n;
		add_letter(&pieces[n], &pieces[left], (uint32_t)left, pieces[left].used);
		pieces[left].used++;
	}
	return pieces;
}

static void write_piece(struct infer_gguf_writer *writer, const struct piece *piece)
{
	infer_gguf_write_element(writer, piece->text, piece->length);
}

static void write_word(struct infer_gguf_writer *writer, const char *word)
{
	infer_gguf_write_element(writer, word, strlen(word));
}

#define SPM_SPECIAL 3u
#define SPM_SPACE   "\u2581"

/* Printable ASCII but small letters and the space; a small vocabulary has few of them. */
static size_t write_others(struct infer_gguf_writer *writer, size_t most)
{
	size_t n = 0;

	for (char c = '!'; c <= '~' && n < most; c++) {
		if (c >= 'a' && c <= 'z')
			continue;
		infer_gguf_write_element(writer, &c, 1);
		n++;
	}
	return n;
}

static int write_spm_values(struct infer_gguf_writer *writer, uint32_t vocabulary)
{
	float *scores = calloc(vocabulary, sizeof(*scores));
	int32_t *kinds = calloc(vocabulary, sizeof(*kinds));

	for (uint32_t i = 0; scores && kinds && i < vocabulary; i++) {
		/* Earlier pieces are merged first. */
		scores[i] = i < SPM_SPECIAL + 256 ? 0 : -(float)i;
		kinds[i] = i < SPM_SPECIAL + 256 ? BYTE : NORMAL;
		if (i < SPM_SPECIAL)
			kinds[i] = i ? CONTROL : UNKNOWN;
	}
	if (scores && kinds) {
		infer_gguf_write_array(writer, "tokenizer.ggml.scores", INFER_GGUF_F32, vocabulary,
				       scores);
		infer_gguf_write_array(writer, "tokenizer.ggml.token_type", INFER_GGUF_I32,
				       vocabulary, kinds);
	}
	free(scores);
	free(kinds);
	return scores && kinds ? 0 : -ENOMEM;
}

static int write_spm(struct infer_gguf_writer *writer, const struct infer_seeded *seeded)
{
	size_t room = seeded->vocabulary - SPM_SPECIAL - 256 - SINGLES,
	       others = '~' - '!' + 1 - LETTERS;
	struct piece *pieces;
	char byte[8];

	/* At least half of what is left is merged. */
	if (others > room / 2)
		others = room / 2;
	pieces = make_pieces(seeded->seed, SPM_SPACE, room - others);
	if (!pieces)
		return -ENOMEM;
	infer_gguf_write_text(writer, "tokenizer.ggml.model", "llama");
	infer_gguf_write_array(writer, "tokenizer.ggml.tokens", INFER_GGUF_STRING,
			       seeded->vocabulary, NULL);
	write_word(writer, "<unk>");
	write_word(writer, "<s>");
	write_word(writer, "</s>");
	for (unsigned int i = 0; i < 256; i++) {
		snprintf(byte, sizeof(byte), "<0x%02X>", i);
		write_word(writer, byte);
	}
	for (size_t i = 0; i < SINGLES; i++)
		write_piece(writer, &pieces[i]);
	write_others(writer, others);
	for (size_t i = 0; i < room - others; i++)
		write_piece(writer, &pieces[SINGLES + i]);
	free(pieces);
	infer_gguf_write_u32(writer, "tokenizer.ggml.unknown_token_id", 0);
	infer_gguf_write_u32(writer, "tokenizer.ggml.bos_token_id", 1);
	infer_gguf_write_u32(writer, "tokenizer.ggml.eos_token_id", 2);
	infer_gguf_write_bool(writer, "tokenizer.ggml.add_bos_token", true);
	infer_gguf_write_bool(writer, "tokenizer.ggml.add_space_prefix", true);
	return write_spm_values(writer, seeded->vocabulary);
}

#define BPE_SPECIAL 3u
/* The character that stands for byte 32, after GPT-2's table. */
#define BPE_SPACE   "\u0120"

static bool stands_for_itself(unsigned int byte)
{
	return (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
}

static void write_character(struct infer_gguf_writer *writer, unsigned int code)
{
	char utf8[2] = { (char)(0xc0 | code >> 6), (char)(0x80 | (code & 0x3f)) },
	     ascii = (char)code;

	if (code < 0x80)
		infer_gguf_write_element(writer, &ascii, 1);
	else
		infer_gguf_write_element(writer, utf8, 2);
}

/* Those that stand for themselves, then the others, whose characters follow Latin 1. */
static void write_alphabet(struct infer_gguf_writer *writer)
{
	unsigned int others = 0;

	for (unsigned int byte = 0; byte < 256; byte++)
		if (stands_for_itself(byte))
			write_character(writer, byte);
	for (unsigned int byte = 0; byte < 256; byte++)
		if (!stands_for_itself(byte))
			write_character(writer, 0x100 + others++);
}

static void write_merges(struct infer_gguf_writer *writer, const struct piece *pieces, size_t n)
{
	char merge[2 * sizeof(pieces->text)];

	infer_gguf_write_array(writer, "tokenizer.ggml.merges", INFER_GGUF_STRING, n, NULL);
	for (size_t i = SINGLES; i < SINGLES + n; i++) {
		const struct piece *left = &pieces[pieces[i].left];
		int length = snprintf(merge, sizeof(merge), "%.*s %c", left->length, left->text,
				      letters[pieces[i].letter]);

		infer_gguf_write_element(writer, merge, (size_t)length);
	}
}

static int write_bpe(struct infer_gguf_writer *writer, const struct infer_seeded *seeded)
{
	uint32_t special = seeded->vocabulary - BPE_SPECIAL;
	size_t merged = special - 256;
	struct piece *pieces = make_pieces(seeded->seed, BPE_SPACE, merged);
	int32_t *kinds = calloc(seeded->vocabulary, sizeof(*kinds));

	if (!pieces || !kinds) {
		free(pieces);
		free(kinds);
		return -ENOMEM;
	}
	infer_gguf_write_text(writer, "tokenizer.ggml.model", "gpt2");
	infer_gguf_write_text(writer, "tokenizer.ggml.pre", "qwen2");
	infer_gguf_write_array(writer, "tokenizer.ggml.tokens", INFER_GGUF_STRING,
			       seeded->vocabulary, NULL);
	write_alphabet(writer);
	for (size_t i = 0; i < merged; i++)
		write_piece(writer, &pieces[SINGLES + i]);
	write_word(writer, "<|endoftext|>");
	write_word(writer, "<|im_start|>");
	write_word(writer, "<|im_end|>");
	for (uint32_t i = 0; i < seeded->vocabulary; i++)
		kinds[i] = i < special ? NORMAL : CONTROL;
	infer_gguf_write_array(writer, "tokenizer.ggml.token_type", INFER_GGUF_I32,
			       seeded->vocabulary, kinds);
	write_merges(writer, pieces, merged);
	infer_gguf_write_u32(writer, "tokenizer.ggml.bos_token_id", special);
	infer_gguf_write_u32(writer, "tokenizer.ggml.eos_token_id", special + 2);
	infer_gguf_write_bool(writer, "tokenizer.ggml.add_bos_token", false);
	free(pieces);
	free(kinds);
	return 0;
}

int seeded_write_tokens(struct infer_gguf_writer *writer, const struct infer_seeded *seeded)
{
	return seeded->qwen2 ? write_bpe(writer, seeded) : write_spm(writer, seeded);
}
