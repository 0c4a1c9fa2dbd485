# Mean bias and standard deviation over replicates by decile of true propensity, one panel an estimator, the baseline's bias in grey in
# all of them.
#
#     gnuplot -c decile.gp DATA OUTPUT FORMAT TITLE BASELINE MEASURE KEY KEYS WIDTH
#
# DATA is tab-separated: estimator, decile, mean propensity, mean bias, its MCSE, bias², variance; estimators are separated by two blank
# lines. FORMAT is svg, png, pdf or tikz. WIDTH is in inches, 0 for the default. All panels share one scale; where a few bias values are far larger than the rest, the scale is
# cut and the panel says so.

data = ARG1
set datafile separator "\t"
stats data using (abs($4)) name "bias" nooutput
stats data using ($4 - (valid(5) ? $5 : 0)) name "low" nooutput
stats data using ($4 + (valid(5) ? $5 : 0)) name "high" nooutput
stats data using (valid(7) ? sqrt($7) : 0) name "sd" nooutput
stats data using (strlen(strcol(1))) name "letters" nooutput
n = int(bias_blocks)
cut = bias_max > 5 * bias_up_quartile ? 2.5 * bias_up_quartile : 2 * bias_max
low = low_min > 0 ? 0 : low_min < -cut ? -cut : low_min
high = high_max < 0 ? 0 : high_max
high = sd_max > high ? sd_max : high
high = high > cut ? cut : high
span = high > low ? high - low : 1
low = low - 0.06 * span
high = high + 0.24 * span # room for the name

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
panel_height = 0.75 * panel_width > 1.7 ? 1.7 : 0.75 * panel_width < 0.9 && rows == 1 ? 0.9 : 0.75 * panel_width
title_lines = 1 + int(strlen(ARG4) * 0.067 / (width - 0.2))
note = sprintf("points: mean bias ± MCSE; dashes: standard deviation; grey: bias of %s", ARG5)
note_lines = 1 + int(strlen(note) * 0.067 / (width - 0.2))
top = 0.14 + 0.155 * (title_lines + note_lines); bottom = 0.48
height = top + rows * (panel_height + gap) - gap + bottom
call "style.gp" ARG2 ARG3

set multiplot
set border 15 linecolor rgb "#909090" linewidth 0.7
set tics textcolor rgb "#606060"
set grid ytics linetype 1 linecolor rgb "#e4e4e4" linewidth 0.7
set xrange [0.4:10.6]
set yrange [low:high]
set xtics 1, 3, 10
set ytics step(span)
set xzeroaxis linetype 1 linecolor rgb "#606060"

set label 1 wrap(ARG4, int((width - 0.2) / 0.067)) at screen 0.1 / width, 1 - 0.13 / height left
set label 2 wrap(note, int((width - 0.2) / 0.067)) at screen 0.1 / width, 1 - (0.13 + 0.155 * title_lines) / height left textcolor rgb "#606060"
set label 3 "decile of true propensity" at screen 0.5 * (left + width - right) / width, 0.13 / height center
set label 4 "bias, sd" at screen 0.12 / width, 0.5 * (bottom + height - top) / height center rotate by 90

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
    set label 5 name at graph 0.03, 0.91 left
    set label 6 (this_max > high || this_min < low ? "beyond the scale" : "") at graph 0.04, 0.07 left textcolor rgb "#D55E00"
    plot data using (strcol(1) eq ARG5 ? $2 : NaN):4 with lines linecolor rgb "#b0b0b0" linewidth 2, \
         data index i using 2:(sqrt($7)) with lines linecolor rgb "#D55E00" dashtype 2 linewidth 1.2, \
         data index i using 2:($4 - $5):(0):(2 * $5) with vectors nohead linecolor rgb "#0072B2" linewidth 1.4, \
         data index i using 2:4 with lines linecolor rgb "#0072B2" linewidth 1.2, \
         data index i using 2:4 with points pointtype 7 pointsize 0.3 linecolor rgb "#0072B2"
    unset label 1; unset label 2; unset label 3; unset label 4
}
unset multiplot
