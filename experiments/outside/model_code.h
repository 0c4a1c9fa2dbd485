/* What a model from outside is made of, as hashes: a store keeps its units apart from those of another one.
 */
#pragma once

#include "experiments/spec/spec.h"

enum { MODEL_CODE = 1024 };

/* "command=HASH,mine.py=HASH,...": of how it is called (command, version, needs), and of each of its files,
 * which are looked for beside the experiment: those that it names, else the words of its command that are
 * files there, or the plug-in. STATUS_USAGE where a file that it names cannot be read. */
Status model_code(const Spec *spec, const OutsideMethod *method, char code[MODEL_CODE], Message *message);

/* The path of a file of the experiment: `name` beside it, unless it is absolute. STATUS_USAGE when too long.
 */
Status model_path(const Spec *spec, const char *name, char *path, size_t size, Message *message);
