/* What a figure's script is told besides its data: texts and sizes, as a script of its own. */
#pragma once

#include "plots/figure_format.h"

/* All of them may be "". See style.gp for what each is. */
typedef struct FigureTexts {
    const char *title, *setting, *baseline, *metric, *key, *other_keys, *font;
    bool is_signed;
    double width;  /* inches; 0: what suits the script */
    double points; /* size of texts */
} FigureTexts;

enum { FIGURE_POINTS = 8 /* what scripts are laid out for */ };

/* Writes them into the file. */
Status figure_texts_write(const FigureTexts *texts, const FigureFormat *format, const char *path,
                          Message *message);
