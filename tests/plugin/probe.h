/* What the plug-in of probe.c can be told to do, by its option `act`. */
#pragma once

enum {
    ACT_MEAN,
    ACT_CHECK, /* to look at all that it is shown */
    ACT_FAIL,
    ACT_FAIL_SILENTLY,
    ACT_FAIL_LATE,
    ACT_OVERRUN, /* an error text without its end */
    ACT_OTHER,   /* a result that is not known */
    ACT_DIVERGE,
    ACT_SKIP,
    ACT_NAN,
    ACT_LOGITS,
    ACT_NOTHING,
    ACT_CTR,
    ACT_HALF_A_CTR,
    ACT_FLUSH,
    ACT_LINGER, /* in fit, for a while */
    ACT_MEET,   /* to wait in fit until another call is there */
};
