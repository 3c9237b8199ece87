// SPDX-License-Identifier: GPL-2.0-or-later
// A part of attention is what one workgroup saw of a row and head: the greatest score, the sum of
// exp(score - greatest), and head_dim sums of values weighted by that.
const float LOWEST = -3.0e38; // below each score, and still a number
const uint PART_HEADER = 2u;
