/* Small systems of linear equations, those of least squares. */
#pragma once

#include <stdbool.h>

/* Solves A x = b for a symmetric positive definite A of n rows, row-major, of which the lower triangle is
 * read and overwritten; x holds b and then the solution. False, and x all 0, where A is not positive
 * definite. */
bool positive_system_solve(int n, double *a, double *x);
