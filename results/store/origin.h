/* What made the numbers of an experiment: the code of its estimators and the files of its data, as hashes,
 * and the build of the program. The store keeps what was so when units were run; where it is otherwise now,
 * old and new units are not mixed unless somebody has said so. */
#pragma once

#include "results/store/store.h"

/* What is to become of the units of a part that has changed. */
typedef enum OriginAnswer {
    ORIGIN_REFUSE, /* nobody has said */
    ORIGIN_SAME,   /* one of them, computed again, is the same bit for bit: they stay, and are of the new code
                    */
    ORIGIN_KEEP,   /* they stay, and that they are of other code or data is written down */
} OriginAnswer;

/* The name under which the risk layer's code stands. A blank keeps it apart from methods. */
extern const char origin_risk[];

enum { CODE_PART = 64 };

/* The code of an estimator, or of the risk layer. */
typedef struct CodeRow {
    const char *estimator, *own, *base; /* a method's name; hashes */
    OriginAnswer answer;
    bool computed; /* one of its units was computed again, and is not the same */
    bool outside;  /* a model from outside: own is "NAME=HASH,NAME=HASH,..." of its parts, and nothing of it
                      is computed again */
    /* What origin_compare finds. */
    bool units;   /* the store has some */
    bool unknown; /* it has, and their code was not written down */
    bool own_new, base_new;
    char part[CODE_PART]; /* of a model from outside: the first part that is not as it was */
} CodeRow;

/* A file that data are read from. */
typedef struct FileRow {
    const char *file; /* what it is known by: its name, or where a sweep varies the folder its path */
    const char *path, *hash;
    int64_t bytes;
} FileRow;

typedef struct Origin {
    CodeRow *code;
    int codes;
    const FileRow *file;
    int files;
    bool keep_data;          /* units of other data stay, and that is written down */
    const char *const *redo; /* estimators, or origin_risk, whose units are deleted to be run again */
    int redos;
    bool redo_all; /* all units of the experiment, with its test exposures */
    const char *commit, *compiler, *flags, *cpu;
    /* What origin_compare finds. */
    bool data_unknown;     /* there are units, and nothing is known of the files that they were made of */
    char data_change[700]; /* the first difference, as a sentence without its end; "" for none */
} Origin;

/* Finds what is not as the store has it. Nothing is, of an experiment that the store does not have. */
Status origin_compare(Store *store, const char *experiment, Origin *origin, Message *message);

/* Within the transaction that registers the experiment: compares again, deletes units that are to be run
 * again, and writes down what is so now. STATUS_USAGE where something has changed that nobody has said
 * anything of, and where units are to be deleted while another process is at work on the experiment. */
Status origin_register(Store *store, const char *experiment, Origin *origin, Message *message);

/* A stored unit of the estimator in the setting that is done, or one that diverged if there is none; *there
 * is false for neither. */
Status origin_unit(Store *store, UnitKey *unit, bool *there, Message *message);

/* Whether the store has the unit just so: outcome, steps, predictions, and the value of each of its metrics.
 */
Status origin_same_run(Store *store, const RunRow *row, bool *same, Message *message);

/* The same of a row of the risk layer, as far as both have redraws, and the store knows what is left out. */
Status origin_same_risk(Store *store, const RiskRow *row, bool *same, Message *message);
