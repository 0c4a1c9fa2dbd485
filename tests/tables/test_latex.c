/* Tables for papers: what is wide is split or spans two columns, long texts are paragraphs, and TeX compiles
 * them without a box that is too full. */
#include "results/tables/grid.h"

#include "tests/support/program.h"

#include <stdlib.h>
#include <string.h>

static Message message[1];

/* A table of so many numbers a row. */
static char *print_wide(int columns, const char *word)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    Column *column = calloc((size_t)columns + 1, sizeof *column);
    Cell *cell = calloc(2 * ((size_t)columns + 1), sizeof *cell);
    assert_true(file && column && cell);
    column[0] = (Column){"estimator", "estimator", CELL_TEXT, 1};
    for (int c = 1; c <= columns; c++)
        column[c] = (Column){"mse", "mse (1e-4)", CELL_ESTIMATE, 1};
    for (int r = 0; r < 2; r++) {
        cell[r * (columns + 1)] = cell_text(word);
        for (int c = 1; c <= columns; c++)
            cell[r * (columns + 1) + c] = cell_estimate(12.345 + c, 0.12);
    }
    const Grid grid = {.experiment = "e",
                       .setting = "",
                       .title = "e",
                       .note = "A note.",
                       .question = "Which 50 % & more?",
                       .column = column,
                       .columns = columns + 1,
                       .rows = 2,
                       .cell = cell};
    assert_int_equal(grid_print(&grid, &grid_latex, true, file, message), STATUS_OK);
    assert_int_equal(fclose(file), 0);
    free(column);
    free(cell);
    return text;
}

static int times(const char *text, const char *word)
{
    int count = 0;
    for (; (text = strstr(text, word)); text++)
        count++;
    return count;
}

static void width_chooses_the_float(void **state)
{
    (void)state;
    static const struct {
        int columns, tables;
        const char *begin;
    } cases[] = {{3, 1, "\\begin{table}\n"}, {5, 1, "\\begin{table*}\n"}, {9, 2, "\\begin{table*}\n"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *text = print_wide(cases[i].columns, "escm2_dr");
        assert_int_equal(times(text, cases[i].begin), cases[i].tables);
        assert_int_equal(times(text, "\\caption{Which 50 \\% \\& more?"), cases[i].tables);
        assert_int_equal(times(text, "(continued)"), cases[i].tables - 1);
        assert_int_equal(times(text, "\\label{tab:e"), cases[i].tables);
        assert_int_equal(times(text, "\\multicolumn{2}{c}{mse (1e-4)}"), cases[i].columns);
        assert_int_equal(times(text, "escm2\\_dr &"), 2 * cases[i].tables);
        free(text);
    }
}

static void long_texts_are_paragraphs_and_blanks_stay(void **state)
{
    (void)state;
    char *text = print_wide(1, "a sentence that is longer than what stands in a line of a column");
    assert_int_equal(times(text, "\\begin{tabular}{p{13em}r@{\\,}l}"), 1);
    free(text);
    text = print_wide(1, "two  blanks");
    assert_int_equal(times(text, "two\\  blanks"), 2);
    free(text);
}

static void tex_compiles_them(void **state)
{
    (void)state;
    if (system("command -v pdflatex >/dev/null && kpsewhich booktabs.sty IEEEtran.cls >/dev/null")) {
        print_message("no pdflatex with booktabs and IEEEtran\n");
        skip();
    }
    Program program;
    program_create(&program);
    char *three = print_wide(3, "escm2_dr"), *nine = print_wide(9, "unbiased_only");
    program_write(&program, "three.tex", three);
    program_write(&program, "nine.tex", nine);
    free(three);
    free(nine);
    static const char *const head[] = {"\\documentclass{article}", "\\documentclass{IEEEtran}"};
    for (int i = 0; i < 2; i++) {
        char text[512];
        snprintf(text, sizeof text,
                 "%s\\usepackage{booktabs}\\begin{document}\\input{three}\\input{nine}See "
                 "\\ref{tab:e}.\\end{document}\n",
                 head[i]);
        program_write(&program, "paper.tex", text);
        shell("cd $F && pdflatex -interaction=batchmode -halt-on-error paper >said && ! grep -i 'overfull "
              ".hbox' paper.log");
    }
    program_free(&program);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(width_chooses_the_float),
        cmocka_unit_test(long_texts_are_paragraphs_and_blanks_stay),
        cmocka_unit_test(tex_compiles_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
