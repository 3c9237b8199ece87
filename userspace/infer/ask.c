// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>

#include "ask.h"

void infer_ask_free(struct infer_ask *ask)
{
	free(ask->tokens);
	free(ask->messages);
	free(ask->owned);
	*ask = (struct infer_ask){ 0 };
}
