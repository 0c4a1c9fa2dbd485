/* Both figures are lines over a time: they have one script. What is not known is no line. */
#include "experiments/cli/delay_figures.h"

#include "experiments/cli/program_files.h"
#include "plots/data_figure.h"
#include "plots/figures.h"
#include "sim/base/text.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

enum { LINE_NAME = 64 };

/* A line of `points` values, `stride` bytes apart. */
typedef struct FigureLine {
    const char *name;
    const double *x, *y, *error; /* error may be NULL */
    size_t stride;
    int points;
} FigureLine;

static double at(const double *value, const FigureLine *line, int point)
{
    const void *entry = (const char *)value + (size_t)point * line->stride;
    return *(const double *)entry;
}

static void put(FILE *file, double value)
{
    fprintf(file, isnan(value) ? "\tNaN" : "\t%.10g", value);
}

static bool is_known(const FigureLine *line)
{
    bool known = false;
    for (int k = 0; k < line->points && !known; k++)
        known = !isnan(at(line->y, line, k));
    return known;
}

static void write_lines(const FigureLine *line, int lines, FILE *file)
{
    const char *before = "";
    fputs("# line\tdays\tshare\terror\n", file);
    for (int l = 0; l < lines; l++) {
        if (!is_known(&line[l]))
            continue;
        fputs(before, file);
        before = "\n\n";
        for (int k = 0; k < line[l].points; k++) {
            figure_text(file, line[l].name, FIGURE_DATA);
            put(file, at(line[l].x, &line[l], k));
            put(file, at(line[l].y, &line[l], k));
            put(file, line[l].error ? at(line[l].error, &line[l], k) : NAN);
            fputc('\n', file);
        }
    }
}

/* Where truth is known, it stands in place of what comes of the clicks in the end. */
void delay_figure_write(const void *context, FILE *file)
{
    const DelayCurves *curves = context;
    const DelayStep *step = curves->step;
    const bool truth = !isnan(step->truth);
    char known[LINE_NAME], young[LINE_NAME];
    snprintf(known, sizeof known, "known on day %.6g", curves->cut);
    snprintf(young, sizeof young, "of the last %.6g days", curves->window);
    const double *x = &step->days;
    const size_t stride = sizeof *step;
    const FigureLine line[] = {
        {truth ? "truth" : "in the end", x, truth ? &step->truth : &step->all.share,
         truth ? NULL : &step->all.error, stride, DELAY_STEPS},
        {known, x, &step->known.share, &step->known.error, stride, DELAY_STEPS},
        {young, x, &step->young.share, &step->young.error, stride, DELAY_STEPS},
        {"exponential model", x, &step->exponential, NULL, stride, DELAY_STEPS},
    };
    write_lines(line, sizeof line / sizeof *line, file);
}

void age_figure_write(const void *context, FILE *file)
{
    const DelayCurves *curves = context;
    const DelayAge *age = curves->age;
    const bool truth = !isnan(age->truth);
    char known[LINE_NAME];
    snprintf(known, sizeof known, "known on day %.6g", curves->cut);
    const double *x = &age->days;
    const size_t stride = sizeof *age;
    const FigureLine line[] = {
        {truth ? "truth" : "in the end", x, truth ? &age->truth : &age->all.share,
         truth ? NULL : &age->all.error, stride, curves->ages},
        {known, x, &age->known.share, &age->known.error, stride, curves->ages},
        {"expected to be known", x, &age->expected, NULL, stride, curves->ages},
        {"exponential model", x, &age->exponential, NULL, stride, curves->ages},
    };
    write_lines(line, sizeof line / sizeof *line, file);
}

/* What is drawn: files are NAME-KIND[-SETTING]. */
typedef struct DelaySubject {
    const char *name, *title, *setting;
    const DelayCurves *curves;
} DelaySubject;

/* With _ for what is awkward in file names; what is too long loses its end. */
static void name_figure(const DelaySubject *subject, const char *kind, char name[NAME_MAX])
{
    snprintf(name, NAME_MAX - 16, "%s-%s%s%s", subject->name, kind, *subject->setting ? "-" : "",
             subject->setting);
    for (char *c = name; *c; c++)
        if (!isalnum((unsigned char)*c) && !strchr("._+-=", *c))
            *c = '_';
}

static Status draw(const DelayFigures *figures, const DataFigure *figure, const Scratch *scratch,
                   Message *message)
{
    char scripts[PATH_MAX], path[PATH_MAX], word[WORD_TEXT];
    const Words formats = {&figures->formats, 1};
    DataFigure drawn = *figure;
    Status status = program_file(scripts, "plots", message);
    for (WordsAt next = {0}; !status && words_next(&formats, &next, word);) {
        status = figure_format_find(word, &drawn.format, message);
        if (!status)
            status = data_figure_draw(&drawn, scripts, scratch, path, message);
        if (!status)
            puts(path);
    }
    return status;
}

Status delay_figures_check(const DelayFigures *figures, Message *message)
{
    const Words formats = {&figures->formats, 1};
    const FigureFormat *format;
    char word[WORD_TEXT];
    Status status = STATUS_OK;
    int count = 0;
    for (WordsAt next = {0}; !status && words_next(&formats, &next, word); count++)
        status = figure_format_find(word, &format, message);
    return !status && count == 0 ? figure_format_find(figures->formats, &format, message) : status;
}

static Status draw_both(const DelayFigures *figures, const DelaySubject *subject, Message *message)
{
    char of_delay[NAME_MAX], of_age[NAME_MAX], age[LINE_NAME];
    name_figure(subject, "delay", of_delay);
    name_figure(subject, "age", of_age);
    snprintf(age, sizeof age, "age of the clicks on day %.6g", subject->curves->cut);
    FigureTexts texts = {.title = subject->title,
                         .setting = subject->setting,
                         .baseline = "",
                         .metric = "share of conversions",
                         .key = "time since the click",
                         .other_keys = "",
                         .font = "",
                         .width = figures->paper ? figures->paper->width : 0,
                         .points = figures->paper ? figures->paper->points : FIGURE_POINTS};
    const DataFigure delay = {.name = of_delay,
                              .script = "delay",
                              .caption = "When conversions come, as a log knows it and in truth",
                              .texts = texts,
                              .write = delay_figure_write,
                              .context = subject->curves};
    texts.metric = "conversion rate of clicks";
    texts.key = age;
    const DataFigure of_ages = {.name = of_age,
                                .script = "delay",
                                .caption = "What clicks of each age are known to have, and what they will",
                                .texts = texts,
                                .write = age_figure_write,
                                .context = subject->curves};
    Scratch scratch;
    Status status = scratch_make(&scratch, figures->directory, message);
    if (status)
        return status;
    status = draw(figures, &delay, &scratch, message);
    if (!status)
        status = draw(figures, &of_ages, &scratch, message);
    scratch_remove(&scratch);
    return status;
}

/* The name of a file or folder, without what it ends in. */
static void base_name(const char *path, char name[NAME_MAX])
{
    size_t end = strlen(path);
    while (end > 1 && path[end - 1] == '/')
        end--;
    size_t start = end;
    while (start > 0 && path[start - 1] != '/')
        start--;
    snprintf(name, NAME_MAX, "%.*s", (int)(end - start), path + start);
    char *dot = strrchr(name, '.');
    if (dot && dot > name)
        *dot = 0;
}

Status delay_figures_log(const DelayFigures *figures, const Spec *spec, const char *path,
                         const ClickTimes *clicks, Message *message)
{
    char name[NAME_MAX];
    DelayCurves curves;
    double longest = 0;
    for (size_t i = 0; i < clicks->clicks; i++)
        longest = fmax(longest, clicks->delay[i] < INFINITY ? clicks->delay[i] : 0);
    if (!(longest > 0))
        return fail(message, STATUS_USAGE,
                    "%s: --plot: found no conversion within the window; expected some after their clicks",
                    path);
    base_name(path, name);
    delay_curves_count(&curves, clicks, NULL,
                       spec->cut != 0 ? time_in_days(spec->reader.time_unit, spec->cut)
                                      : click_times_last(clicks),
                       spec->window > 0 ? spec->window : longest);
    return draw_both(figures, &(DelaySubject){name, "", "", &curves}, message);
}

Status delay_figures_world(const DelayFigures *figures, const Setting *setting, const Log *log,
                           const Truth *truth, Message *message)
{
    const Spec *spec = &setting->spec;
    const double window = spec->world.delay.window,
                 cut = spec->delayed.pretrain > 0 ? spec->delayed.pretrain : spec->world.delay.days;
    ClickTimes clicks = {0};
    DelayCurves curves;
    Status status = click_times_add(&clicks, log, window, message);
    if (!status) {
        delay_curves_count(&curves, &clicks, truth, cut, window);
        status =
            draw_both(figures, &(DelaySubject){spec->name, spec->question, setting->text, &curves}, message);
    }
    click_times_free(&clicks);
    return status;
}
