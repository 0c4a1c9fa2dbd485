/* The layout of a store, in one place. */
#pragma once

enum {
    STORE_APPLICATION_ID = 0x43565231, /* "CVR1", in the header of every store */
    STORE_VERSION = 5,                 /* user_version: raised by every change of the layout */
};

/* The statements that make an empty store; ends with NULL. */
extern const char *const store_schema[];
