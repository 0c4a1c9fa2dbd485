/* What is said of estimators, from the members of their descriptors, on the standard output. */
#pragma once

#include "estimators/core/estimator.h"

/* All of them for a terminal: what each is, its source, its constants. */
void estimator_list_text(void);

/* The catalogue of estimators/README.md: a paragraph each, by family. */
void estimator_list_markdown(void);

/* Who modifies whom, coloured by family, as a graph for dot of Graphviz. */
void estimator_list_tree(void);

/* One of them in full, for a terminal. */
void estimator_list_one(const Method *method);
