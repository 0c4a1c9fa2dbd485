# Calibration, one panel an estimator: true CVR by bin of the predicted one, the baseline in grey in all panels.
#
#     gnuplot -c calibration.gp DATA OUTPUT FORMAT TITLE BASELINE MEASURE KEY KEYS WIDTH
#
# DATA is tab-separated: estimator, bin, mean prediction, mean true CVR, its MCSE; estimators are separated by two blank
# lines. FORMAT is svg, png, pdf or tikz. WIDTH is in inches, 0 for the default.

data = ARG1
set datafile separator "\t"
stats data using 3 name "predicted" nooutput
stats data using 4 name "true" nooutput
stats data using (strlen(strcol(1))) name "letters" nooutput
n = int(predicted_blocks)
limit = 1.06 * (predicted_max > true_max ? predicted_max : true_max)
limit = limit > 0 ? limit : 1

# As many columns as fit, or fewer if that leaves fewer places of the last row empty.
width = ARG9 > 0 ? real(ARG9) : n <= 2 ? 3.4 : 7
left = 0.55; right = 0.08; gap = 0.07
least = 0.066 * letters_max + 0.06 > 0.9 ? 0.066 * letters_max + 0.06 : 0.9
most = int((width - left - right + gap) / (least + gap))
most = most < 1 ? 1 : most > n ? n : most
columns = most
do for [c = int(0.75 * most) + 1:most] {
    if ((c - n % c) % c < (columns - n % columns) % columns) { columns = c }
}
rows = int(ceil(1.0 * n / columns))
panel_width = (width - left - right + gap) / columns - gap
panel_height = panel_width > 1.9 ? 1.9 : panel_width
title_lines = 1 + int(strlen(ARG4) * 0.067 / (width - 0.2))
note = sprintf("points: mean true CVR ± MCSE of ten bins of equal count; grey: %s", ARG5)
note_lines = 1 + int(strlen(note) * 0.067 / (width - 0.2))
top = 0.14 + 0.155 * (title_lines + note_lines); bottom = 0.48
height = top + rows * (panel_height + gap) - gap + bottom
call "style.gp" ARG2 ARG3

set multiplot
set border 15 linecolor rgb "#909090" linewidth 0.7
set tics textcolor rgb "#606060"
set grid linetype 1 linecolor rgb "#e4e4e4" linewidth 0.7
set xrange [0:limit]
set yrange [0:limit]
set xtics 0, 2 * step(limit), 0.9 * limit
set ytics 0, step(limit), 0.9 * limit

set label 1 wrap(ARG4, int((width - 0.2) / 0.067)) at screen 0.1 / width, 1 - 0.13 / height left
set label 2 wrap(note, int((width - 0.2) / 0.067)) at screen 0.1 / width, 1 - (0.13 + 0.155 * title_lines) / height left textcolor rgb "#606060"
set label 3 "predicted CVR" at screen 0.5 * (left + width - right) / width, 0.13 / height center
set label 4 "true CVR" at screen 0.12 / width, 0.5 * (bottom + height - top) / height center rotate by 90

do for [i = 0:n - 1] {
    column = i % columns
    row = i / columns
    x0 = left + column * (panel_width + gap)
    y1 = height - top - row * (panel_height + gap)
    set lmargin at screen x0 / width
    set rmargin at screen (x0 + panel_width) / width
    set tmargin at screen y1 / height
    set bmargin at screen (y1 - panel_height) / height
    set format y (column == 0 ? "%g" : "")
    set format x (i + columns >= n ? "%g" : "")
    name = ""
    stats data index i using (name = strcol(1), $4) name "this" nooutput
    set label 5 name at graph 0.03, 0.92 left
    plot x linecolor rgb "#606060" dashtype 2 linewidth 1, \
         data using (strcol(1) eq ARG5 ? $3 : NaN):4 with lines linecolor rgb "#b0b0b0" linewidth 2, \
         data index i using 3:($4 - $5):(0):(2 * $5) with vectors nohead linecolor rgb "#0072B2" linewidth 1.4, \
         data index i using 3:4 with lines linecolor rgb "#0072B2" linewidth 1.2, \
         data index i using 3:4 with points pointtype 7 pointsize 0.3 linecolor rgb "#0072B2"
    unset label 1; unset label 2; unset label 3; unset label 4
}
unset multiplot
