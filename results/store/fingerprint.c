/* Fingerprints in memory. Apart from the store's SQL, since the spec makes one and a comparison holds two. */
#include "results/store/fingerprint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Status fingerprint_add(Fingerprint *fingerprint, const char *key, const char *value, const char *legacy,
                       Message *message)
{
    FingerprintKey *larger =
        reallocarray(fingerprint->key, (size_t)fingerprint->keys + 1, sizeof *fingerprint->key);
    if (!larger)
        return fail_memory(message, "the fingerprint");
    fingerprint->key = larger;
    FingerprintKey *added = &larger[fingerprint->keys++];
    *added = (FingerprintKey){strdup(key), strdup(value), legacy ? strdup(legacy) : NULL};
    if (!added->key || !added->value || (legacy && !added->legacy))
        return fail_memory(message, "the fingerprint");
    return STATUS_OK;
}

void fingerprint_clear(Fingerprint *fingerprint)
{
    for (int i = 0; i < fingerprint->keys; i++) {
        free(fingerprint->key[i].key);
        free(fingerprint->key[i].value);
        free(fingerprint->key[i].legacy);
    }
    free(fingerprint->key);
    *fingerprint = (Fingerprint){0};
}

static const FingerprintKey *find(const Fingerprint *fingerprint, const char *key)
{
    for (int i = 0; i < fingerprint->keys; i++)
        if (!strcmp(fingerprint->key[i].key, key))
            return &fingerprint->key[i];
    return NULL;
}

/* Whether the key is of a named method that the fingerprint does not have. */
static bool lacks_method(const Fingerprint *fingerprint, const char *key)
{
    static const char methods[] = "methods.";
    const char *dot = strncmp(key, methods, strlen(methods)) ? NULL : strchr(key + strlen(methods), '.');
    if (!dot)
        return false;
    for (int i = 0; i < fingerprint->keys; i++)
        if (!strncmp(fingerprint->key[i].key, key, (size_t)(dot + 1 - key)))
            return false;
    return true;
}

bool fingerprint_next_change(const Fingerprint *stored, const Fingerprint *given, int *at,
                             FingerprintChange *change)
{
    while (*at < given->keys + stored->keys) {
        const int i = (*at)++;
        const bool of_given = i < given->keys;
        const FingerprintKey *key = of_given ? &given->key[i] : &stored->key[i - given->keys];
        const Fingerprint *across_from = of_given ? stored : given;
        const FingerprintKey *other = find(across_from, key->key);
        if ((other && !of_given) || lacks_method(across_from, key->key))
            continue; /* compared already, or not to be compared */
        const char *across = other ? other->value : key->legacy;
        if (across && !strcmp(across, key->value))
            continue;
        *change = of_given ? (FingerprintChange){key->key, across, key->value}
                           : (FingerprintChange){key->key, key->value, across};
        return true;
    }
    return false;
}

bool fingerprint_difference(const Fingerprint *stored, const Fingerprint *given, char *text, size_t size)
{
    FingerprintChange c;
    int at = 0;
    if (!fingerprint_next_change(stored, given, &at, &c))
        return false;
    if (c.stored && c.given)
        snprintf(text, size, "was run with '%s: %s', now '%s: %s'", c.key, c.stored, c.key, c.given);
    else if (c.given)
        snprintf(text, size, "was run without '%s: %s'", c.key, c.given);
    else
        snprintf(text, size, "was run with '%s: %s', now without it", c.key, c.stored);
    return true;
}
