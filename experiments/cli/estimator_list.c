/* Estimators as a list, as a catalogue in markdown, as a tree, and one alone. All is made of the members of a
 * descriptor, of which an estimator may lack those of the catalogue. Heads of sections in markdown are names
 * alone, so that a page can be linked at one: README.md#ips. */
#include "experiments/cli/estimator_list.h"

#include "results/tables/grid.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* How a family is shown. Colours are those of Okabe and Ito, which nobody mistakes for one another; text on
 * them is dark but on the darkest. */
static const struct {
    const char *meaning, *fill, *ink;
} shown[FAMILIES] = {
    [FAMILY_CLICK_SPACE] = {"They learn from clicks alone.", "#56b4e9", "#000000"},
    [FAMILY_ENTIRE_SPACE] = {"They model clicks and conversions over every exposure.", "#e69f00", "#000000"},
    [FAMILY_PROPENSITY] = {"They weigh clicks by how likely they were, impute what was not clicked, or both.",
                           "#009e73", "#000000"},
    [FAMILY_COUNTERFACTUAL] = {"They give unclicked exposures labels of their own.", "#cc79a7", "#000000"},
    [FAMILY_CONFOUNDING] =
        {"They are made for hidden confounders; most of them with a sample of exposures at "
         "random, and the baselines of such a sample stand beside them.",
         "#d55e00", "#000000"},
    [FAMILY_MULTI_TASK] = {"They are a backbone, with the plain losses of click and conversion.", "#f0e442",
                           "#000000"},
    [FAMILY_DELAYED] =
        {"They learn from a stream of clicks whose conversions come late. Without confounding q "
         "is p_r; else all of them learn q, as naive does.",
         "#0072b2", "#ffffff"},
};

static const char *needs_text(unsigned needs, char text[128])
{
    static const char *const name[] = {"an unbiased sample", "post-click behaviour", "activity streams",
                                       "propensities", "a stream of clicks"};
    text[0] = '\0';
    for (unsigned bit = 0; bit < sizeof name / sizeof *name; bit++)
        if (needs & 1U << bit)
            snprintf(text + strlen(text), 128 - strlen(text), "%s%s", *text ? ", " : "", name[bit]);
    return *text ? text : "the log alone";
}

/* On its own backbone. */
static unsigned needs_of(const Estimator *e)
{
    Method method;
    Message message;
    return method_find(e->name, &method, &message) ? e->needs : method_needs(&method);
}

/* What a constant is, and where its other values are no published form. */
static const char *meaning_of(const Estimator *e, int constant, char text[512])
{
    snprintf(text, 512, "%s%s", e->constant[constant].meaning,
             constant_is_from_memory(e, constant) ? " (from memory)" : "");
    return text;
}

void estimator_list_text(void)
{
    char needs[128], meaning[512];
    for (const Estimator *const *at = estimator_table; *at; at++) {
        const Estimator *e = *at;
        printf("%s (%d, %s; needs %s)\n    %s\n    %s\n", e->name, e->year, family_name(e->family),
               needs_text(needs_of(e), needs), e->summary, e->cite);
        for (int i = 0; i < constant_count(e); i++) {
            const Constant *c = &e->constant[i];
            printf("    %s = %.6g in [%.6g, %.6g]: %s\n", c->key, c->value, c->low, c->high,
                   meaning_of(e, i, meaning));
        }
        printf("    written from: %s%s%s\n", source_kind_name(e->source), e->differs ? "; differs: " : "",
               e->differs ? e->differs : "");
    }
}

/* One after another, those that modify e; NULL to begin and at the end. */
static const Estimator *next_follower(const Estimator *e, const Estimator *before)
{
    const Estimator *const *at = estimator_table;
    while (before && *at++ != before)
        continue;
    while (*at && !((*at)->follows && !strcmp((*at)->follows, e->name)))
        at++;
    return *at;
}

/* The lines of a text, each after `margin`. */
static void print_lines(const char *text, const char *margin)
{
    for (; *text; text += *text == '\n') {
        const int length = (int)strcspn(text, "\n");
        printf("%s%.*s\n", margin, length, text);
        text += length;
    }
}

static void print_links(const char *before, const Estimator *e)
{
    for (const Estimator *f = next_follower(e, NULL); f; f = next_follower(e, f)) {
        printf("%s[%s](#%s)", before, f->name, f->name);
        before = ", ";
    }
}

static void print_section(const Estimator *e)
{
    char needs[128], meaning[512];
    printf("#### %s\n\n*%s.*%s%s\n\n", e->name, e->summary, e->idea ? " " : "", e->idea ? e->idea : "");
    if (e->formula) {
        print_lines(e->formula, "    ");
        puts("");
    }
    if (e->assumes)
        printf("*Assumes:* %s\n", e->assumes);
    if (e->fails)
        printf("*Fails:* %s\n", e->fails);
    if (e->assumes || e->fails)
        puts("");
    if (e->follows)
        printf("*Follows:* [%s](#%s). ", e->follows, e->follows);
    if (next_follower(e, NULL)) {
        print_links("*Followed by:* ", e);
        fputs(". ", stdout);
    }
    printf("*Year:* %d. *Needs:* %s.\n", e->year, needs_text(needs_of(e), needs));
    printf("*Source:* %s; written from: %s%s%s.\n", e->cite, source_kind_name(e->source),
           e->differs ? "; differs: " : "", e->differs ? e->differs : "");
    for (int i = 0; i < constant_count(e); i++) {
        const Constant *c = &e->constant[i];
        printf("%s`%s` %.6g in [%.6g, %.6g], %s", i ? "; " : "*Constants:* ", c->key, c->value, c->low,
               c->high, meaning_of(e, i, meaning));
    }
    puts(constant_count(e) ? ".\n" : "");
}

/* "Click space" of "click space". */
static void print_family(Family family)
{
    const char *name = family_name(family);
    printf("%c%s", toupper((unsigned char)*name), name + 1);
}

static void print_contents(void)
{
    for (Family family = 0; family < FAMILIES; family++) {
        const char *before = ":** ";
        fputs("- **", stdout);
        print_family(family);
        for (const Estimator *const *e = estimator_table; *e; e++) {
            if ((*e)->family != family)
                continue;
            printf("%s[%s](#%s)", before, (*e)->name, (*e)->name);
            before = ", ";
        }
        puts("");
    }
    puts("");
}

void estimator_list_markdown(void)
{
    print_contents();
    for (Family family = 0; family < FAMILIES; family++) {
        fputs("### ", stdout);
        print_family(family);
        printf("\n\n%s\n\n", shown[family].meaning);
        for (const Estimator *const *e = estimator_table; *e; e++)
            if ((*e)->family == family)
                print_section(*e);
    }
}

/* A node that names a family by its colour, a line a word. */
static void print_legend(Family family)
{
    printf("\"%s\" [shape=plaintext, style=filled, fillcolor=\"%s\", fontcolor=\"%s\", label=\"",
           family_name(family), shown[family].fill, shown[family].ink);
    for (const char *c = family_name(family); *c; c++)
        fputs(*c == ' ' ? "\\n" : (char[]){*c, '\0'}, stdout);
    puts("\"];");
}

void estimator_list_tree(void)
{
    puts(
        "digraph estimators {\n"
        "rankdir=LR; ranksep=0.2; nodesep=0.06; bgcolor=transparent; pad=0.05;\n"
        "node [shape=box, style=\"filled,rounded\", color=\"#808080\", penwidth=0.5, width=0.3, height=0.22, "
        "margin=\"0.06,0.02\", fontname=\"Helvetica,Arial,sans-serif\", fontsize=13];\n"
        "edge [color=\"#808080\", arrowsize=0.5];");
    for (const Estimator *const *e = estimator_table; *e; e++) {
        printf("%s [fillcolor=\"%s\", fontcolor=\"%s\"];\n", (*e)->name, shown[(*e)->family].fill,
               shown[(*e)->family].ink);
        if ((*e)->follows)
            printf("%s -> %s;\n", (*e)->follows, (*e)->name);
    }
    for (Family family = FAMILIES; family > 0; family--) /* dot stacks them from below */
        print_legend(family - 1);
    puts("}");
}

/* A line of what is told of a name. */
static void print_fact(const char *fact, const char *text)
{
    if (!text)
        return;
    const int start = printf("  %-13s ", fact);
    grid_text_wrapped(text, start, stdout);
    puts("");
}

static void print_formula(const char *formula)
{
    char line[256];
    const char *fact = "loss";
    for (; *formula; formula += *formula == '\n') {
        const size_t length = strcspn(formula, "\n");
        snprintf(line, sizeof line, "%.*s", (int)length, formula);
        print_fact(fact, line);
        formula += length;
        fact = "";
    }
}

void estimator_list_one(const Method *method)
{
    const Estimator *e = method->estimator;
    char text[1024], meaning[512];
    printf("%s: an estimator (%d, %s)\n\n  %s.\n", e->name, e->year, family_name(e->family), e->summary);
    if (e->idea) {
        fputs("  ", stdout);
        grid_text_wrapped(e->idea, 2, stdout);
        puts("");
    }
    puts("");
    if (e->formula)
        print_formula(e->formula);
    snprintf(text, sizeof text, "estimators/METHODS.md, at **%s**", e->name);
    print_fact(e->formula ? "notation" : "loss", text);
    print_fact("assumes", e->assumes);
    print_fact("fails", e->fails);
    print_fact("follows", e->follows);
    text[0] = '\0';
    for (const Estimator *f = next_follower(e, NULL); f; f = next_follower(e, f))
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s", *text ? ", " : "", f->name);
    print_fact("followed by", *text ? text : NULL);
    print_fact("citation", e->cite);
    print_fact("written from", source_kind_name(e->source));
    print_fact("differs", e->differs);
    print_fact("needs", needs_text(method_needs(method), text));
    snprintf(text, sizeof text, "%s: %s", method->backbone->name, method->backbone->summary);
    print_fact("backbone", text);
    printf("                BACKBONE+%s puts it on another one: `cvrlab list estimators` names them\n",
           e->name);
    if (constant_count(e) > 0)
        printf("\n  constants, as estimator: {%s: {NAME: VALUE}}\n", e->name);
    for (int i = 0; i < constant_count(e); i++) {
        const Constant *c = &e->constant[i];
        const int start = printf("    %s = %.6g in [%.6g, %.6g]: ", c->key, c->value, c->low, c->high);
        grid_text_wrapped(meaning_of(e, i, meaning), start < 40 ? start : 8, stdout);
        puts("");
    }
}
