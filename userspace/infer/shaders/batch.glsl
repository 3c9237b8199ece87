// SPDX-License-Identifier: GPL-2.0-or-later
// What the host writes for each batch (struct layout in leg.c): rows, then page tables, then angles.
layout(set = BATCH_SET, binding = 0) readonly buffer Batch { uint batch[]; };

const uint PAGE = 32u; // INFER_PAGE

uint row_token(uint row)
{
	return batch[row * 4u];
}

uint row_sequence(uint row)
{
	return batch[row * 4u + 1u];
}

uint row_position(uint row)
{
	return batch[row * 4u + 2u];
}

// Where the row's key and value lie in the cache, in tokens.
uint row_slot(uint row)
{
	return batch[row * 4u + 3u];
}
