/* Verdicts of claims of everywhere, a row a chosen setting and a column a claim. */
#include "plots/verdict_figure.h"

#include "results/claims/claim_maps.h"

#include <math.h>

/* gnuplot reads the numbers of verdicts. */
static const int verdict_number[VERDICTS] = {
    [VERDICT_HOLDS] = 0, [VERDICT_WITHIN_ERROR] = 1, [VERDICT_FAILS] = 2, [VERDICT_UNKNOWN] = 3};

static void put_number(FILE *file, double value)
{
    fprintf(file, isnan(value) ? "\tNaN" : "\t%.10g", value);
}

static void write_names(const FigureSource *source, const ClaimMaps *maps, FILE *file)
{
    const Chosen *chosen = source->chosen;
    fputs("# row\tsetting\n", file);
    for (int s = 0; s < chosen->settings; s++) {
        char label[SETTING_LABEL];
        setting_axes_label(&maps->axes, chosen->setting[s].index, label);
        fprintf(file, "%d\t", s + 1);
        figure_text(file, label, source->place);
        fputc('\n', file);
    }
    fputs("\n\n# column\tclaim\n", file);
    for (int c = 0; c < maps->claims; c++) {
        fprintf(file, "%d\t", c + 1);
        figure_text(file, maps->claim[c].says, source->place);
        fputc('\n', file);
    }
}

Status write_verdicts(const FigureSource *source, FILE *file, int *rows, Message *message)
{
    const Chosen *chosen = source->chosen;
    ClaimMaps maps;
    Status status = claim_maps_read(&maps, chosen->results, message);
    if (!status) {
        write_names(source, &maps, file);
        fputs("\n\n# column\trow\tverdict\tdifference\tlow\thigh\n", file);
    }
    for (int i = 0; i < chosen->settings * maps.claims && !status; i++) {
        const int s = i / maps.claims, c = i % maps.claims;
        const SettingVerdict *here = &maps.claim[c].map.setting[chosen->setting[s].index];
        if (!here->asked)
            continue;
        fprintf(file, "%d\t%d\t%d", c + 1, s + 1, verdict_number[here->evidence.verdict]);
        put_number(file, here->evidence.difference);
        put_number(file, here->evidence.low);
        put_number(file, here->evidence.high);
        fputc('\n', file);
        ++*rows;
    }
    claim_maps_clear(&maps);
    return status;
}
