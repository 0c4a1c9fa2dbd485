/* cvrlab plot: the figures of a store. */
#include "experiments/cli/cli.h"
#include "experiments/cli/program_files.h"
#include "experiments/spec/fields.h"
#include "plots/plot.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static Status print_path(const Figure *figure, void *context, Message *message)
{
    (void)context;
    (void)message; /* a failure of the standard output is told at the end */
    puts(figure->path);
    return STATUS_OK;
}

int cmd_plot(int argc, char **argv)
{
    char figures[FIGURE_HELP], papers[PAPER_HELP], known_formats[64], summary[FIGURE_HELP + PAPER_HELP + 256];
    figure_help(figures);
    paper_help(papers);
    figure_format_names(known_formats, sizeof known_formats);
    snprintf(
        summary, sizeof summary,
        "Draws figures of the store DB, and prints the path of each file. METRIC is as in `cvrlab table "
        "--help`.\n\nFIGURE, and what it shows:\n%s\n\nPAPER, and the width and texts of its figures:\n%s",
        figures, papers);
    const char *directory = "plots/out", *formats = "svg,png", *width = "0", *paper = NULL, *font = NULL,
               *title = NULL, *sort = NULL;
    bool keep_data = false;
    OptionList figure = {0}, metric = {0}, estimator = {0}, setting = {0};
    int first;
    const Option options[] = {
        {"output", 'o', OPTION_TEXT, "DIR", "folder for the figures (default plots/out)", &directory},
        {"format", 'f', OPTION_TEXT, known_formats, "formats, comma-separated (default svg,png)", &formats},
        {"figure", 'F', OPTION_LIST, "FIGURE,...",
         "draw only these (default: those that suit the experiment)", &figure},
        {"metric", 'm', OPTION_LIST, "METRIC,...", "metrics to draw, for figures of one metric", &metric},
        {"estimator", 'e', OPTION_LIST, "EST,...", "show only these estimators", &estimator},
        {"setting", 's', OPTION_LIST, "KEY=VALUE", "settings of a sweep; may be repeated", &setting},
        {"paper", 0, OPTION_TEXT, "PAPER", "fit figures into a column of this", &paper},
        {"width", 'w', OPTION_TEXT, "INCHES", "of a figure, before that of the paper: 7 for two columns",
         &width},
        {"font", 0, OPTION_TEXT, "NAME", "of texts, as fontconfig knows it; in tikz the document's is used",
         &font},
        {"title", 0, OPTION_TEXT, "TEXT", "title of the figures (default: the question), or none", &title},
        {"sort", 0, OPTION_TEXT, "METRIC", "sort the estimators by it, best first", &sort},
        {"keep-data", 0, OPTION_SWITCH, NULL, "keep beside each figure its data and what its script is told",
         &keep_data},
        {0},
    };
    const Usage usage = {argv[0], "DB", summary, options, 1, 1};
    CliNext next = cli_options(&usage, argc, argv, &first);
    if (next)
        return cli_exit(next);

    char scripts[PATH_MAX];
    char *end;
    Message message = {{0}};
    Status status = program_file(scripts, "plots", &message);
    if (status)
        return cli_report(status, &message);
    PlotOptions plot = {.directory = directory,
                        .scripts = scripts,
                        .formats = formats,
                        .keep_data = keep_data,
                        .figure = cli_words(&figure),
                        .filter = {.metric = cli_words(&metric),
                                   .estimator = cli_words(&estimator),
                                   .setting = cli_words(&setting)},
                        .width = strtod(width, &end),
                        .font = font,
                        .title = title && !strcmp(title, "none") ? "" : title,
                        .sort = sort,
                        .key_title = field_title};
    StoreResults results = {0};
    if (end == width || *end || (strcmp(width, "0") != 0 && !(plot.width >= 2 && plot.width <= 40)))
        return cli_report(fail(&message, STATUS_USAGE, "--width: found '%s'; expected 2 to 40 inches", width),
                          &message);
    status = paper ? paper_find(paper, &plot.paper, &message) : STATUS_OK;
    if (!status)
        status = results_open(&results, argv[first], &message);
    if (!status)
        status = plot_results(&results, &plot, print_path, NULL, &message);
    results_close(&results);
    return cli_report(status, &message);
}
