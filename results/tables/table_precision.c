/* What a table says of `precision`, by which its replicates were chosen: what was asked, and what was
 * reached. */
#include "results/tables/table_context.h"

#include "results/selection/precision.h"

#include <math.h>

/* The largest error that an estimator has of a metric, as a share of what was asked. */
typedef struct LargestError {
    double error, mean, share;
    int estimator, short_of; /* `short_of`: estimators and settings whose error is more than was asked */
} LargestError;

static LargestError find_largest(const Page *page, const ChosenSetting *setting, int settings,
                                 const PrecisionBound *bound, const Measure *measure)
{
    LargestError largest = {.error = NAN, .estimator = -1};
    const Chosen *chosen = page->chosen;
    for (int s = 0; s < settings; s++)
        for (int e = 0; e < chosen->estimators; e++) {
            const MetricCentre centre = results_metric_centre(chosen->results, setting[s].index,
                                                              chosen->place[e], measure_metric(measure));
            /* No replicate makes the test sample's part smaller. */
            const double test = isnan(centre.test_error) ? 0 : centre.test_error, mcse = centre.mean.mcse,
                         error = sqrt(fmax(mcse * mcse - test * test, 0)),
                         share = error / precision_most(bound, centre.mean.value);
            largest.short_of += share > 1;
            if (!isnan(share) && (largest.estimator < 0 || share > largest.share)) {
                largest.error = error;
                largest.mean = fabs(centre.mean.value);
                largest.share = share;
                largest.estimator = e;
            }
        }
    return largest;
}

void note_precision(const Page *page, const ChosenSetting *setting, int settings, char note[NOTE])
{
    Precision precision;
    int told = 0;
    if (precision_read(&precision, page->chosen->results->precision, NULL) || !precision.bounds)
        return;
    note_add(
        note,
        " Their number was fixed by the spread of a pilot (precision: {%s}): standard errors are at most",
        page->chosen->results->precision);
    for (int b = 0; b < precision.bounds; b++) {
        const PrecisionBound *bound = &precision.bound[b];
        Measure measure;
        if (measure_parse(bound->measure, &measure, NULL))
            continue;
        const LargestError largest = find_largest(page, setting, settings, bound, &measure);
        if (largest.estimator < 0)
            continue;
        if (bound->relative)
            note_add(note, "%s %.2g %% of %s", told++ ? "," : "", 100 * largest.error / largest.mean,
                     bound->measure);
        else
            note_add(note, "%s %.2g of %s", told++ ? "," : "", largest.error, bound->measure);
        note_add(note, " (%s", page_name(page, largest.estimator));
        if (largest.short_of)
            note_add(note, "; %d more than asked", largest.short_of);
        note_add(note, ")");
    }
    note_add(note, told ? "." : " not known yet.");
}
