/* Products of small matrices. A tile of the result stays in registers while its terms stream by, and nothing
 * is packed: operands are small enough for the cache. Columns that do not fill a vector are worked on in a
 * copy with as many as do. */
#include "estimators/nn/dense.h"
#include "sim/base/vector.h"

#include <stddef.h>

/* Rows and vectors of a tile: 12 sums in registers hide the latency of a multiply-add, and their operands
 * take less loads than there are multiply-adds. A tile of one vector has as many sums. */
enum { TILE_ROWS = 6, TILE_VECTORS = 2, NARROW_ROWS = 12, TILE_COLUMNS = TILE_VECTORS * LANES };
/* Terms of a copy at a time; the sums lie in y in between, which does not change them. */
enum { COPIED_TERMS = 128 };
/* Sums of columns in registers. */
enum { BIAS_VECTORS = 4 };

INLINED void tile_start(int rows, int vectors, const Product *p, Vector sum[NARROW_ROWS][TILE_VECTORS])
{
    const ptrdiff_t stride = p->y_stride;
#pragma GCC unroll 16
    for (int i = 0; i < rows; i++)
#pragma GCC unroll 16
        for (int j = 0; j < vectors; j++)
            sum[i][j] = p->add    ? vector_load(p->y + i * stride + (ptrdiff_t)j * LANES)
                        : p->bias ? vector_load(p->bias + (ptrdiff_t)j * LANES)
                                  : (Vector){0};
}

INLINED void tile_end(int rows, int vectors, bool relu, Vector sum[NARROW_ROWS][TILE_VECTORS], float *y,
                      ptrdiff_t stride)
{
#pragma GCC unroll 16
    for (int i = 0; i < rows; i++)
#pragma GCC unroll 16
        for (int j = 0; j < vectors; j++) {
            if (relu) /* NaN is not less than 0 */
                sum[i][j] = (Vector)((VectorMask)sum[i][j] & ~(VectorMask)(sum[i][j] < (Vector){0}));
            vector_store(y + i * stride + (ptrdiff_t)j * LANES, sum[i][j]);
        }
}

/* One tile of y: what of x, w and y it is of starts at their pointers. */
INLINED void tile(int rows, int vectors, bool transposed, const Product *p)
{
    const ptrdiff_t x_stride = p->x_stride, w_stride = p->w_stride, y_stride = p->y_stride;
    const float *x = p->x, *w = p->w;
    const int depth = p->depth;
    Vector sum[NARROW_ROWS][TILE_VECTORS];
    tile_start(rows, vectors, p, sum);
    for (int k = 0; k < depth; k++) {
        Vector terms[TILE_VECTORS];
#pragma GCC unroll 16
        for (int j = 0; j < vectors; j++)
            terms[j] = vector_load(w + k * w_stride + (ptrdiff_t)j * LANES);
#pragma GCC unroll 16
        for (int i = 0; i < rows; i++) {
            Vector factor = vector_of(x[transposed ? k * x_stride + i : i * x_stride + k]);
#pragma GCC unroll 16
            for (int j = 0; j < vectors; j++)
                sum[i][j] = vector_fma(factor, terms[j], sum[i][j]);
        }
    }
    tile_end(rows, vectors, p->relu, sum, p->y, y_stride);
}

#define TILE(rows, vectors)                                                                                  \
    static void tile_##rows##_##vectors(const Product *p)                                                    \
    {                                                                                                        \
        tile(rows, vectors, false, p);                                                                       \
    }                                                                                                        \
    static void transposed_##rows##_##vectors(const Product *p)                                              \
    {                                                                                                        \
        tile(rows, vectors, true, p);                                                                        \
    }
TILE(6, 2)
TILE(4, 2)
TILE(2, 2)
TILE(1, 2)
TILE(12, 1)
TILE(4, 1)
TILE(1, 1)

/* The tiles of some number of columns, in falling order of their rows. */
typedef struct Tiles {
    int rows;
    void (*tile)(const Product *p);
} Tiles;

static const Tiles wide[] = {{TILE_ROWS, tile_6_2}, {4, tile_4_2}, {2, tile_2_2}, {1, tile_1_2}};
static const Tiles wide_transposed[] = {
    {TILE_ROWS, transposed_6_2}, {4, transposed_4_2}, {2, transposed_2_2}, {1, transposed_1_2}};
static const Tiles narrow[] = {{NARROW_ROWS, tile_12_1}, {4, tile_4_1}, {1, tile_1_1}};
static const Tiles narrow_transposed[] = {
    {NARROW_ROWS, transposed_12_1}, {4, transposed_4_1}, {1, transposed_1_1}};

/* All rows of the columns of a tile. */
static void columns(const Tiles *tiles, bool transposed, Product p)
{
    const ptrdiff_t x_step = transposed ? 1 : p.x_stride;
    int rows = p.rows;
    for (; rows > 0; tiles++)
        for (; rows >= tiles->rows; rows -= tiles->rows) {
            tiles->tile(&p);
            p.x += tiles->rows * x_step;
            p.y += (ptrdiff_t)tiles->rows * p.y_stride;
        }
}

/* Rows of `cols` numbers, with 0 behind them up to `width`. */
static void copy_padded(int rows, int cols, int width, const float *from, ptrdiff_t stride, float *to)
{
    for (int r = 0; r < rows; r++, from += stride, to += width) {
        memcpy(to, from, (size_t)cols * sizeof *to);
        memset(to + cols, 0, (size_t)(width - cols) * sizeof *to);
    }
}

/* Less columns than a tile has, `width`, in copies that have as many. */
static void few_columns(const Tiles *tiles, bool transposed, int width, const Product *p)
{
    float w[COPIED_TERMS * TILE_COLUMNS], y[NARROW_ROWS * TILE_COLUMNS], bias[TILE_COLUMNS];
    const ptrdiff_t x_row = transposed ? 1 : p->x_stride, x_term = transposed ? p->x_stride : 1;
    Product part = *p;
    part.cols = part.w_stride = part.y_stride = width;
    part.w = w;
    part.y = y;
    part.bias = p->bias ? bias : NULL;
    if (p->bias)
        copy_padded(1, p->cols, width, p->bias, 0, bias);
    for (int first = 0; first == 0 || first < p->depth; first += COPIED_TERMS) {
        part.depth = p->depth - first < COPIED_TERMS ? p->depth - first : COPIED_TERMS;
        part.add = p->add || first > 0;
        part.relu = p->relu && first + part.depth == p->depth;
        copy_padded(part.depth, p->cols, width, p->w + (ptrdiff_t)first * p->w_stride, p->w_stride, w);
        for (int r = 0; r < p->rows; r += NARROW_ROWS) {
            float *to = p->y + (ptrdiff_t)r * p->y_stride;
            part.rows = p->rows - r < NARROW_ROWS ? p->rows - r : NARROW_ROWS;
            part.x = p->x + r * x_row + first * x_term;
            if (part.add)
                copy_padded(part.rows, p->cols, width, to, p->y_stride, y);
            columns(tiles, transposed, part);
            for (int i = 0; i < part.rows; i++)
                memcpy(to + (ptrdiff_t)i * p->y_stride, y + (ptrdiff_t)i * width,
                       (size_t)p->cols * sizeof *y);
        }
    }
}

static void multiply(bool transposed, Product p)
{
    int cols = p.cols;
    while (cols > 0) {
        bool one = cols <= LANES;
        int width = one ? LANES : TILE_COLUMNS;
        const Tiles *tiles = transposed ? one ? narrow_transposed : wide_transposed : one ? narrow : wide;
        p.cols = cols < width ? cols : width;
        if (cols < width)
            few_columns(tiles, transposed, width, &p);
        else
            columns(tiles, transposed, p);
        cols -= p.cols;
        p.w += p.cols;
        p.y += p.cols;
        p.bias = p.bias ? p.bias + p.cols : NULL;
    }
}

/* The last layer of most nets: a column, whose numbers are each the sum of eight chains of every eighth term.
 */
static void one_column(const Product *p)
{
    for (int r = 0; r < p->rows; r++) {
        float *y = p->y + (ptrdiff_t)r * p->y_stride;
        float z = dot32(p->depth, p->x + (ptrdiff_t)r * p->x_stride, p->w) + (p->add    ? *y
                                                                              : p->bias ? *p->bias
                                                                                        : 0);
        *y = p->relu && z < 0 ? 0 : z;
    }
}

static void product(const Product *p)
{
    if (p->cols == 1 && p->w_stride == 1)
        one_column(p);
    else
        multiply(false, *p);
}

/* Of one column w' x is as good, which is a row of as many columns as x has. */
static void product_transposed(const Product *p)
{
    Product turned = *p;
    turned.add = true;
    turned.relu = false;
    turned.bias = NULL;
    if (p->cols == 1 && p->y_stride == 1) {
        turned.x = p->w;
        turned.x_stride = p->w_stride;
        turned.w = p->x;
        turned.w_stride = p->x_stride;
        turned.rows = 1;
        turned.cols = p->rows;
    }
    multiply(true, turned);
}

static void transpose(int rows, int cols, const float *restrict in, int stride, float *restrict out)
{
    for (int c = 0; c < cols; c++)
        for (int r = 0; r < rows; r++)
            out[(ptrdiff_t)c * rows + r] = in[(ptrdiff_t)r * stride + c];
}

/* `vectors` vectors of columns; their sums stay in registers. */
INLINED void bias_columns(int vectors, int rows, ptrdiff_t cols, const float *y, bool relu, float *dy,
                          float *dbias)
{
    Vector sum[BIAS_VECTORS];
#pragma GCC unroll 16
    for (int j = 0; j < vectors; j++)
        sum[j] = dbias ? vector_load(dbias + (ptrdiff_t)j * LANES) : (Vector){0};
    for (int r = 0; r < rows; r++, y += cols, dy += cols) {
#pragma GCC unroll 16
        for (int j = 0; j < vectors; j++) {
            Vector d = vector_load(dy + (ptrdiff_t)j * LANES);
            if (relu) {
                d = (Vector)((VectorMask)d &
                             (VectorMask)(vector_load(y + (ptrdiff_t)j * LANES) > (Vector){0}));
                vector_store(dy + (ptrdiff_t)j * LANES, d);
            }
            sum[j] += d;
        }
    }
#pragma GCC unroll 16
    for (int j = 0; dbias && j < vectors; j++)
        vector_store(dbias + (ptrdiff_t)j * LANES, sum[j]);
}

static void bias_column(int rows, ptrdiff_t cols, const float *y, bool relu, float *dy, float *dbias)
{
    float sum = dbias ? *dbias : 0;
    for (int r = 0; r < rows; r++, y += cols, dy += cols) {
        if (relu)
            *dy = *y > 0 ? *dy : 0;
        sum += *dy;
    }
    if (dbias)
        *dbias = sum;
}

static void bias_backward(int rows, int cols, const float *y, bool relu, float *dy, float *dbias)
{
    int c = 0;
    if (!relu && !dbias)
        return;
    for (; c + BIAS_VECTORS * LANES <= cols; c += BIAS_VECTORS * LANES)
        bias_columns(BIAS_VECTORS, rows, cols, y + c, relu, dy + c, dbias ? dbias + c : NULL);
    for (; c + LANES <= cols; c += LANES)
        bias_columns(1, rows, cols, y + c, relu, dy + c, dbias ? dbias + c : NULL);
    for (; c < cols; c++)
        bias_column(rows, cols, y + c, relu, dy + c, dbias ? dbias + c : NULL);
}

const DenseKernels KERNEL(dense_kernels) = {product, product_transposed, transpose, bias_backward};
