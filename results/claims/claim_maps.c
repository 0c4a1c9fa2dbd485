/* Reads the claims of everywhere, apart from what shows them. */
#include "results/claims/claim_maps.h"

#include <stdlib.h>

Status claim_maps_read(ClaimMaps *maps, const ExperimentResults *results, Message *message)
{
    *maps = (ClaimMaps){.claim = calloc((size_t)results->claims + 1, sizeof *maps->claim)};
    Status status = maps->claim ? STATUS_OK : fail_memory(message, "the claims");
    for (int i = 0; i < results->claims && !status; i++) {
        const StoredClaim *stored = &results->claim[i];
        ClaimMap *next = &maps->claim[maps->claims];
        status = claim_read(results, stored, &next->claim, message);
        if (status || !next->claim.everywhere)
            continue;
        claim_with_margin(stored->that, &next->claim, next->checked);
        next->says = *stored->says ? stored->says : next->checked;
        maps->claims++;
        status = verdict_map_read(&next->map, results, &next->claim, message);
    }
    return status ? status : setting_axes_make(&maps->axes, results, message);
}

void claim_maps_clear(ClaimMaps *maps)
{
    for (int c = 0; c < maps->claims; c++)
        verdict_map_clear(&maps->claim[c].map);
    free(maps->claim);
    setting_axes_clear(&maps->axes);
}
