/* Products of the small matrices of training, over CBLAS. Row-major; ld is the distance between rows. */
#pragma once

/* C = A B + beta C;  A m x k, B k x n, C m x n. */
void gemm(int m, int n, int k, const float *a, int lda, const float *b, int ldb, float beta, float *c,
          int ldc);

/* C = A' B + C;  A k x m, B k x n, C m x n. */
void gemm_transposed(int m, int n, int k, const float *a, int lda, const float *b, int ldb, float *c,
                     int ldc);

/* out (cols x rows) = in' where in is rows x cols with distance ld between rows. */
void transpose(int rows, int cols, const float *in, int ld, float *out);

/* Rows of a batch to multiply at a time, a compromise of cache and call: see gemm.c. */
enum { GEMM_ROWS = 256 };

/* One BLAS thread a caller: the program runs its own workers. Call once at the start. */
void gemm_single_threaded(void);
