/* A unit as a folder: all that a model from outside may know of one replicate, as .npy or .csv files with a
 * manifest.json. What it must not know is never handed to this file: the truth, labels of the test exposures,
 * keys of the world, the setting's text and the experiment's seed. */
#pragma once

#include "experiments/inputs/propensities.h"
#include "experiments/inputs/source.h"

#include <stdint.h>

enum {
    UNIT_LABEL = 40, /* longest label of a unit, with its final 0 */
    UNIT_DIGEST = 17 /* 16 hexadecimal digits and the final 0 */
};

/* Which unit of its experiment it is: numbers from 0, the setting's that of settings.h. */
typedef struct UnitPlace {
    int setting, world, replicate;
} UnitPlace;

/* "s0-w0-r3", and back; false for any other text. */
void unit_label(const UnitPlace *place, char label[UNIT_LABEL]);
bool unit_label_read(const char *label, UnitPlace *place);

/* What is handed on. It points to what belongs to others. */
typedef struct UnitContent {
    Log log;             /* borrowed; with propensities and imputations where these are lent */
    const Log *unbiased; /* NULL for none */
    const Features *test;
    const Spec *spec;   /* of the setting: its model and train keys, and options of `method` */
    const char *method; /* a method from outside of the spec; NULL: no options */
    uint32_t seed;      /* below 2^31 */
    double clip;        /* of propensities */
} UnitContent;

/* What the replicate's sample is for the method (NULL: for any). The sample, the propensities, the features
 * and the setting must outlive it. *diverged: propensities that are lent could not be fitted, and there is no
 * content. */
Status unit_content(const Sample *sample, Propensities *propensities, const Features *test,
                    const Spec *setting, const char *method, UnitContent *content, bool *diverged,
                    Message *message);

typedef enum UnitFormat { UNIT_NPY, UNIT_CSV } UnitFormat;

/* What a unit's arrays are known by. */
typedef struct UnitDigest {
    /* SHA-256 of all of them: of each in the order of the manifest its name, a line break and the bytes of
     * its .npy file. The same in either format. */
    char all[UNIT_DIGEST];
    char labels[UNIT_DIGEST]; /* of ids, clicks, conversions and actions alone, which no rounding changes */
} UnitDigest;
void unit_digest(const UnitContent *content, UnitDigest *digest);

/* Writes the folder, which is made where it is missing. `linked` is a folder of the same world, whose files
 * of the test exposures are linked in place of written again, or NULL. STATUS_FAILED with the path of what
 * cannot be written. */
Status unit_folder_write(const char *folder, const UnitContent *content, UnitFormat format,
                         const char *linked, Message *message);

/* The digests that a folder's manifest states. STATUS_FAILED for a folder without a manifest, STATUS_USAGE
 * for one of another format or version. */
Status unit_folder_digest(const char *folder, UnitDigest *digest, Message *message);
