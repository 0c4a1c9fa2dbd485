/* A report in a browser: no error on its console, tables that sort, figures in sight at both widths, and on
 * paper. Skipped, visibly, where there is no Chromium; `make test-browser` installs it. */
#include "tests/support/program.h"

static Program program;

static int setup(void **state)
{
    (void)state;
    program_create(&program);
    program_write(&program, "good.yaml",
                  "name: small\nreplicates: 3\nlog.size: 500\ntest.size: 50\n"
                  "world: {users: 20, items: 10, latent: 2, context: 1}\nmodel: {embedding: 2, layers: [4]}\n"
                  "train: {epochs: 1, batch: 128}\nestimators: [naive, ips, snips, esmm]\n"
                  "sweep: {world.ctr: [0.1, 0.2], world.cvr: [0.1, 0.2]}\n");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    program_free(&program);
    return 0;
}

static void browser_needed(void)
{
    program_needed();
    if (system("command -v chromium >/dev/null 2>&1") != 0) { /* NOLINT: a command of our own */
        print_message("chromium is not installed: skipped\n");
        skip();
    }
    program_succeeds(&program, "run $F/good.yaml --db $F/small.db");
    program_succeeds(&program, "report $F/small.db -o $F/page");
}

/* Runs the page with a script at its end, which posts what it finds. The page is in a frame, since a window
 * is at least 500 pixels wide. */
static const char *look(int width, const char *script)
{
    static char text[OUTPUT];
    char frame[512];
    program_write(&program, "look.js", script);
    snprintf(frame, sizeof frame,
             "<!DOCTYPE html><script>onmessage = (e) => { document.documentElement.dataset.found = e.data; };"
             "</script><iframe src=\"look.html\" width=\"%d\" height=\"900\" frameborder=\"0\"></iframe>",
             width);
    program_write(&program, "frame.html", frame);
    shell("{ cat $F/page/index.html; echo '<script>'; cat $F/look.js; echo '</script>'; } > $F/look.html");
    shell("chromium --headless --no-sandbox --disable-gpu --window-size=1400,1000 --user-data-dir=$F/profile "
          "--virtual-time-budget=5000 --enable-logging=stderr --dump-dom file://$F/frame.html >$F/dom "
          "2>$F/log");
    /* A message on the console is a line of the log. */
    shell("! grep CONSOLE $F/log");
    program_slurp(&program, "dom", text);
    char *found = strstr(text, "data-found=\"");
    assert_non_null(found);
    found += strlen("data-found=\"");
    found[strcspn(found, "\"")] = 0;
    return found;
}

static void tables_sort(void **state)
{
    (void)state;
    static const char script[] =
        "const table = [...document.querySelectorAll('.table table')].find("
        " (one) => one.tHead.textContent.startsWith('world.ctr'));"
        "const column = table.tHead.rows[0].cells.length - 1;"
        "const values = () => [...table.tBodies[0].rows].map((row) => "
        "Number(row.cells[column].dataset.value));"
        "const sorted = (sign) => values().every((v, i, all) => i === 0 || sign * (v - all[i - 1]) >= 0);"
        "const before = values().join(), button = table.tHead.rows[0].cells[column].firstChild, found = [];"
        "button.click(); found.push(sorted(1));"
        "button.click(); found.push(sorted(-1), values().join() !== before);"
        "button.click(); found.push(values().join() === before, values().length);"
        "parent.postMessage(found.join(' '), '*');";
    browser_needed();
    assert_string_equal(look(1280, script), "true true true true 8");
}

/* Each figure has one drawing in sight, no wider than the window; nothing but boxes of their own scrolls. */
static void figures_are_in_sight(void **state)
{
    (void)state;
    static const char script[] =
        "const plots = [...document.querySelectorAll('.plot')].map((plot) =>"
        " [...plot.querySelectorAll('svg')].map((svg) => svg.getBoundingClientRect()).filter((box) =>"
        "  box.width > 200 && box.height > 100 && box.left >= 0 && box.right <= innerWidth).length);"
        "parent.postMessage([plots.length > 2, plots.every((n) => n === 1),"
        " document.documentElement.scrollWidth <= innerWidth, innerWidth].join(' '), '*');";
    static const int width[] = {1280, 400};
    browser_needed();
    for (int i = 0; i < 2; i++) {
        char expected[64];
        snprintf(expected, sizeof expected, "true true true %d", width[i]);
        assert_string_equal(look(width[i], script), expected);
    }
}

/* Heads and names of rows stay in sight in a box that scrolls; numbers of two parts stand on one line. */
static void heads_stay_in_sight(void **state)
{
    (void)state;
    static const char script[] =
        "const table = [...document.querySelectorAll('.table table')].find("
        " (one) => one.tHead.textContent.startsWith('world.ctr')), box = table.parentElement;"
        "box.style.maxHeight = '120px'; box.scrollTop = 60; box.scrollLeft = 20;"
        "const at = (element) => element.getBoundingClientRect();"
        "parent.postMessage([box.scrollTop > 0, Math.abs(at(table.tHead).top - at(box).top) < 2,"
        " Math.abs(at(table.tBodies[0].rows[4].cells[0]).left - at(box).left) < 2].join(' '), '*');";
    browser_needed();
    assert_string_equal(look(400, script), "true true true");
}

/* A table that goes on to another page has its head there too, and a group of rows is not split. */
static void heads_are_repeated_on_paper(void **state)
{
    (void)state;
    browser_needed();
    if (system("command -v pdftotext >/dev/null 2>&1") != 0) { /* NOLINT: a command of our own */
        print_message("pdftotext is not installed: skipped\n");
        skip();
    }
    shell("{ cat $F/page/index.html; echo '<style>@media print { @page { size: 6in 2.2in; margin: .3in }"
          " figure.plot { display: none } }</style>'; } >$F/paper.html");
    shell("chromium --headless --no-sandbox --disable-gpu --user-data-dir=$F/profile --no-pdf-header-footer"
          " --print-to-pdf=$F/paper.pdf file://$F/paper.html 2>$F/log && pdftotext -layout $F/paper.pdf "
          "$F/paper");
    /* Three tables of two groups of four rows, which do not fit a page together. */
    shell("test $(grep -c 'world.ctr  *estimator' $F/paper) -ge 6 || { cat $F/paper; false; }");
    shell("awk '/world.ctr  *estimator/ { head = 1; next } head && NF { wrong += !/naive/; head = 0 }"
          " END { exit wrong }' $F/paper || { cat $F/paper; false; }");
}

static void it_prints(void **state)
{
    (void)state;
    browser_needed();
    shell("chromium --headless --no-sandbox --disable-gpu --user-data-dir=$F/profile "
          "--print-to-pdf=$F/page.pdf "
          "file://$F/page/index.html 2>$F/log && head -c 5 $F/page.pdf | grep -q '%PDF-' && tail -c 6 "
          "$F/page.pdf | "
          "grep -q '%%EOF'");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_sort),         cmocka_unit_test(figures_are_in_sight),
        cmocka_unit_test(heads_stay_in_sight), cmocka_unit_test(heads_are_repeated_on_paper),
        cmocka_unit_test(it_prints),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
