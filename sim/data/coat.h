/* The Coat data set (Schnabel et al., ICML 2016): users rated coats of their own choice, and coats picked at
 * random. */
#pragma once

#include "sim/base/random.h"
#include "sim/base/status.h"
#include "sim/data/real_data.h"

/* Reads train.ascii, test.ascii (a line a user, a rating from 0 to 5 an item, 0 is not rated),
 * user_features.ascii and item_features.ascii (a line each, columns of 0 and 1) from a folder. Their line
 * counts are the numbers of users and items.
 *
 * data->log has every user-item pair, user by user: a click is a rating in train.ascii, a conversion a rating
 * of 3 or more. The ratings of test.ascii are clicks all: a share `unbiased_share`, in [0, 1), drawn from the
 * stream "unbiased" of `key`, is data->unbiased, the rest data->test, both user by user. Columns: ids "user"
 * and "item", dense groups "user_features" and "item_features".
 *
 * STATUS_FAILED when a file cannot be read, STATUS_USAGE when one is malformed (the message names file and
 * line) or the random ratings are too few to be shared out. Free with real_data_free. */
Status coat_read(RealData *data, const char *folder, double unbiased_share, const StreamKey *key,
                 Message *message);
