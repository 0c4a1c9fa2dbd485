/* cvrlab list: what there is to compare, to run, to measure and to set. */
#include "estimators/core/estimator.h"
#include "experiments/cli/cli.h"
#include "experiments/cli/estimator_list.h"
#include "experiments/cli/explain.h"
#include "experiments/cli/list_json.h"
#include "experiments/cli/program_files.h"
#include "experiments/cli/terminal.h"
#include "experiments/risk/risk.h"
#include "experiments/risk/risk_predictors.h"
#include "experiments/spec/key_reference.h"
#include "experiments/spec/spec_read.h"
#include "results/statistics/metric_names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Listing {
    const char *name;
    const char *heading;
    int (*print)(bool markdown); /* prints it in full; returns the exit code */
    int (*brief)(void);          /* prints names, or a line each */
} Listing;

/* Text inside a cell of a markdown table. */
static void print_cell(const char *text)
{
    for (const char *c = text; *c; c++)
        printf(*c == '|' ? "\\%c" : "%c", *c);
}

static void print_pair(const char *name, const char *text, bool markdown)
{
    const int start = printf(markdown ? "| %s | " : "  %-16s ", name);
    if (markdown)
        print_cell(text);
    else
        grid_text_wrapped(text, start, stdout);
    puts(markdown ? " |" : "");
}

/* A line of names. */
static void print_brief(const char *names)
{
    fputs("  ", stdout);
    grid_text_wrapped(names, 2, stdout);
    puts("");
}

static int print_estimators(bool markdown)
{
    if (markdown)
        estimator_list_markdown();
    else
        estimator_list_text();
    puts(markdown ? "### Backbones\n\n| backbone | summary |\n|---|---|"
                  : "\nbackbones (BACKBONE+NAME puts an estimator on another one)");
    for (const Backbone *const *b = backbone_table; *b; b++)
        print_pair((*b)->name, (*b)->summary, markdown);
    return STATUS_OK;
}

static int brief_estimators(void)
{
    for (const Estimator *const *e = estimator_table; *e; e++)
        print_pair((*e)->name, (*e)->summary, false);
    return STATUS_OK;
}

typedef struct ExperimentList {
    bool markdown;
    int code; /* of the first that does not read */
} ExperimentList;

/* A file that does not read is reported, and does not hide the others. */
static Status print_experiment(const char *name, const char *path, void *context, Message *message)
{
    ExperimentList *list = context;
    Spec spec;
    Message why;
    (void)message;
    Status status = spec_read(&spec, NULL, path, &why);
    if (!status)
        print_pair(name, spec.question, list->markdown);
    else if (!list->code)
        list->code = cli_report(status, &why);
    else
        (void)cli_report(status, &why);
    return STATUS_OK;
}

static int print_experiments(bool markdown)
{
    Message message;
    ExperimentList list = {.markdown = markdown};
    if (markdown)
        puts("| experiment | question |\n|---|---|");
    const int code = cli_report(program_specs(print_experiment, &list, &message), &message);
    return code ? code : list.code;
}

static int brief_experiments(void)
{
    return print_experiments(false);
}

/* A metric by the name that --metric takes: with its place where another metric has the name alone. */
static void metric_text(MetricPlace place, char text[64])
{
    const bool first = metric_place(place.metric->name).metric == place.metric;
    snprintf(text, 64, first ? "%s" : "%s/%s/%s", place.metric->name, place.space, place.task);
}

static int print_metrics(bool markdown)
{
    if (markdown)
        puts("| metric | better | meaning |\n|---|---|---|");
    static const char *const better[] = {"low", "high", "near 1", "truth", "neither"};
    for (int i = 0; metric_at(i).metric; i++) {
        const Metric *m = metric_at(i).metric;
        char name[64];
        metric_text(metric_at(i), name);
        const int start = printf(markdown ? "| %s | %s | " : "  %-21s better %-7s ", name, better[m->better]);
        if (markdown)
            print_cell(m->meaning);
        else
            grid_text_wrapped(m->meaning, start, stdout);
        puts(markdown ? " |" : "");
    }
    puts(markdown ? "\n| task | | meaning |\n|---|---|---|"
                  : "\ntasks, behind a metric's name as in auc/D/ctcvr");
    for (const MetricTask *task = metric_task_table; task->name; task++)
        if (markdown)
            printf("| %s | | %s |\n", task->name, task->meaning);
        else
            print_pair(task->name, task->meaning, false);
    return STATUS_OK;
}

static int brief_metrics(void)
{
    char line[2048] = "";
    for (int i = 0; metric_at(i).metric; i++) {
        char name[64];
        metric_text(metric_at(i), name);
        snprintf(line + strlen(line), sizeof line - strlen(line), "%s%s", i ? " " : "", name);
    }
    print_brief(line);
    return STATUS_OK;
}

static int print_risk(bool markdown)
{
    puts(markdown ? "| risk estimator | meaning |\n|---|---|" : "risk estimators");
    for (const RiskEstimator *e = risk_estimator_table; e->name; e++)
        print_pair(e->name, e->meaning, markdown);
    puts(markdown ? "\n| predictor | meaning |\n|---|---|" : "\npredictors");
    for (const RiskPredictor *p = risk_predictor_table; p->name; p++)
        print_pair(p->name, p->meaning, markdown);
    return STATUS_OK;
}

static int brief_risk(void)
{
    char line[2048] = "";
    for (const RiskEstimator *e = risk_estimator_table; e->name; e++)
        snprintf(line + strlen(line), sizeof line - strlen(line), "%s%s", *line ? " " : "", e->name);
    print_brief(line);
    return STATUS_OK;
}

/* "a, b, c" */
static void print_names(const char *const *name)
{
    for (int i = 0; name[i]; i++)
        printf("%s%s", i ? ", " : "", name[i]);
}

static void print_form(const char *form, const char *meaning, bool markdown)
{
    printf(markdown ? "- `%s` %s" : "%s\n  %s", form, meaning);
}

static int print_keys(bool markdown)
{
    enum { TABLE_WIDTH = 200 };
    const int width = terminal_width(stdout);
    if (!markdown && width > 0 && width < TABLE_WIDTH) {
        const GridTerminal terminal = {width, terminal_colour(stdout)};
        grid_text_terminal(&terminal);
        explain_all_keys();
    } else {
        key_reference(markdown, stdout);
    }
    puts("\nBesides these keys:\n");
    print_form("estimator: {NAME: {OPTION: VALUE}}",
               "sets an option for one estimator only: a constant of it (`cvrlab list estimators`), or a "
               "model or train key.\n",
               markdown);
    print_form(
        "methods: {NAME: {command: [WORD, ...], KEY: VALUE, OPTION: VALUE}}",
        "has a command learn and predict (docs/OWN.md): KEY is one of methods.NAME above, OPTION any other "
        "word,\n  which the command is told; in the command's place, plugin: FILE is a plug-in, and base: "
        "outside\n  predictions that are made elsewhere.\n",
        markdown);
    print_form("methods: {NAME: {base: ESTIMATOR, OPTION: VALUE, label: TEXT}}",
               "names a method: an estimator or BACKBONE+ESTIMATOR with options of its own.\n", markdown);
    print_form("labels: {NAME: TEXT}", "has tables and figures show a text in place of a method's name.\n",
               markdown);
    print_form("settings: [{KEY: VALUE, ...}, ...]",
               "runs a setting for each, which sets all of its keys; each has the same keys, in full.\n",
               markdown);
    print_form("sweep: {KEY: [VALUE, ...]}",
               "runs a setting for each value of a key, or for each combination of the values of several.\n",
               markdown);
    print_form(
        "precision: {METRIC: ERROR, ..., max: N}",
        "has a pilot fix how many replicates each setting gets, or worlds where there are several, at most "
        "N,\n  until the Monte Carlo standard errors of these metrics are ERROR: a number, or 5% of the "
        "mean.\n",
        markdown);
    print_form(
        "tune: {trials: N, range: {OPTION: LOW..HIGH}}",
        "searches the options of every estimator at random, or among values: OPTION: [VALUE, ...];\n  "
        "estimator.NAME.OPTION in place of OPTION is the range of one method, and goes before the other.\n",
        markdown);
    print_form("claims: [{says: TEXT, that: CLAIM}, ...]",
               "has the numbers checked. CLAIM is QUANTITY < QUANTITY, or with > or = or a number; QUANTITY "
               "is\n  ESTIMATOR METRIC [of TASK] [over SPACE] [at KEY=VALUE ...]. METRIC is also ",
               markdown);
    print_names(claim_metrics);
    fputs(";\n  of the risk layer a QUANTITY is ESTIMATOR METRIC of PREDICTOR, METRIC one of ", stdout);
    print_names(claim_risk_metrics);
    puts(".\n  A claim of = has a margin: `within NUMBER` or `within NUMBER %` at its end, else 5 % of the "
         "true mean p\n"
         "  for a bias, 20 % for mse, 0.005 for auc, gauc, uauc and ndcg, 0.05 for ratio. A CLAIM that ends "
         "in\n"
         "  `everywhere` is checked in each setting, or in each that its `at` fits.");
    return STATUS_OK;
}

static int brief_keys(void)
{
    puts("  see `cvrlab list keys`");
    return STATUS_OK;
}

static const Listing listings[] = {
    {"estimators", "estimators", print_estimators, brief_estimators},
    {"experiments", "experiments", print_experiments, brief_experiments},
    {"metrics", "metrics", print_metrics, brief_metrics},
    {"risk", "risk estimators", print_risk, brief_risk},
    {"keys", "keys of an experiment file", print_keys, brief_keys},
};

enum { LISTINGS = sizeof listings / sizeof listings[0] };

/* NULL when there is none of that name. */
static const Listing *find_listing(const char *name)
{
    for (int i = 0; i < LISTINGS; i++)
        if (!strcmp(listings[i].name, name))
            return &listings[i];
    return NULL;
}

static int print_all(bool markdown)
{
    int code = STATUS_OK;
    for (int i = 0; i < LISTINGS; i++) {
        printf(markdown ? "%s## %s\n\n" : "%s%s:\n", i ? "\n" : "", listings[i].heading);
        int one = markdown ? listings[i].print(true) : listings[i].brief();
        code = one ? one : code;
    }
    return code;
}

int cmd_list(int argc, char **argv)
{
    static const char summary[] =
        "Lists what there is: estimators with their constants, shipped experiments, metrics, risk estimators "
        "and\npredictors, or the keys of an experiment file. Without an operand, a short list of each.\n"
        "NAME is explained: an estimator, backbone, metric, key, group of keys such as world, figure, or a "
        "name of\nthe risk layer. `list keys NAME` explains a key or group alone, and `list estimators NAME` "
        "an "
        "estimator.\nThe format dot is for Graphviz: which estimator modifies which.";
    char operands[256] = "[";
    for (int i = 0; i < LISTINGS; i++)
        snprintf(operands + strlen(operands), sizeof operands - strlen(operands), "%s%s", listings[i].name,
                 i + 1 < LISTINGS ? "|" : "|NAME|estimators NAME|keys NAME]");
    enum { TEXT, MARKDOWN, JSON, DOT };
    int format = TEXT, first;
    const Option options[] = {
        {"format", 'f', OPTION_CHOICE, "text|markdown|json|dot",
         "format of the lists (default text); dot is one of estimators alone", &format},
        {0},
    };
    const Usage usage = {argv[0], operands, summary, options, 0, 2};
    CliNext next = cli_options(&usage, argc, argv, &first);
    if (next)
        return cli_exit(next);
    grid_text_terminal(&(GridTerminal){terminal_width(stdout), terminal_colour(stdout)});
    Message message = {{0}};
    const bool estimators = first < argc && !strcmp(argv[first], "estimators");
    if (format == DOT && (!estimators || argc - first > 1))
        return cli_report(fail(&message, STATUS_USAGE,
                               "list: --format dot: expected `list estimators` with nothing after it"),
                          &message);
    if (format == DOT) {
        estimator_list_tree();
        return STATUS_OK;
    }
    if (format == JSON)
        return cli_report(list_json(first < argc ? argv[first] : NULL, &message), &message);
    if (first == argc)
        return print_all(format == MARKDOWN);
    if (argc - first == 2 && !strcmp(argv[first], "keys"))
        return cli_report(explain_keys(argv[first + 1], &message), &message);
    if (argc - first == 2 && estimators)
        return cli_report(explain_estimators(argv[first + 1], &message), &message);
    if (argc - first == 2)
        return cli_report(fail(&message, STATUS_USAGE, "list: unexpected '%s'", argv[first + 1]), &message);
    const Listing *listing = find_listing(argv[first]);
    return listing ? listing->print(format == MARKDOWN)
                   : cli_report(explain_name(argv[first], &message), &message);
}
