/* What this program was made of and by: facts of its build (see the Makefile and make_identity.c). */
#pragma once

/* The commit of its source, with ", changed" where the tree was not as committed; "unknown" where there is no
 * git, as in a tarball. */
extern const char identity_commit[];
extern const char identity_compiler[], identity_flags[];

/* Hashes of source (source_hash.h): what all estimators are built on, the risk layer's own, and an
 * estimator's own, "" for one that is not in the table. */
extern const char identity_base[], identity_risk[];
const char *identity_own(const char *estimator);

enum { CPU_TEXT = 128 };

/* The model of this machine's processor, as the kernel says it. */
void identity_cpu(char text[CPU_TEXT]);
