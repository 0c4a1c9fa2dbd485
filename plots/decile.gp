# Mean bias, and standard deviation over replicates, by decile of the true propensity: one panel for each estimator, with the
# baseline's bias in grey in all of them. All panels share one scale; where a few biases are far larger than the rest, the scale
# is cut and their panels say so.
#
# Columns of the data: estimator, decile, mean propensity, mean bias, its MCSE, bias², variance. Two blank lines stand between
# estimators.

call "style.gp" ARG1 ARG2 ARG3 ARG4
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

width = asked_width > 0 ? asked_width : n <= 2 ? 3.4 : 7
note = noted(sprintf("points: mean bias ± MCSE; dashes: standard deviation; grey: bias of %s", baseline))
top = 0.14 + 0.155 * (lines(title) + lines(note)); bottom = 0.48
around = top + bottom
high(w, rows) = 0.75 * w > 1.7 ? 1.7 : 0.75 * w < 0.9 && rows == 1 ? 0.9 : max(0.55, 0.75 * w)
load "panels.gp"
height = top + rows * (panel_height + gap) - gap + bottom
load "page.gp"

set multiplot
set border 15 linecolor rgb light_grey linewidth 0.7
set tics textcolor rgb mid_grey
set grid ytics linetype 1 linecolor rgb grid_grey linewidth 0.7
set xrange [0.4:10.6]
set yrange [low:high]
set xtics 1, 3, 10
set ytics step(span)
set xzeroaxis linetype 1 linecolor rgb mid_grey

set label 3 "decile of true propensity" at screen 0.5 * (left + width - right) / width, 0.13 / height center
set label 4 "bias, sd" at screen 0.12 / width, 0.5 * (bottom + height - top) / height center rotate by 90

do for [i = 0:n - 1] {
    column = i % columns
    row = i / columns
    x0 = left + column * (panel_width + gap)
    y1 = height - top - row * (panel_height + gap)
    eval place(x0, y1 - panel_height, panel_width, panel_height)
    set format y (column == 0 ? "%g" : "")
    set format x (i + columns >= n ? "%g" : "")
    name = ""
    stats data index i using (name = strcol(1), $4) name "this" nooutput
    set label 5 short(name, panel_width - 0.04) at graph 0.03, 0.91 left
    set label 6 (this_max > high || this_min < low ? "beyond the scale" : "") at graph 0.04, 0.07 left textcolor rgb vermilion
    plot data using (strcol(1) eq baseline ? $2 : NaN):4 with lines linecolor rgb light_grey linewidth 2, \
         data index i using 2:(sqrt($7)) with lines linecolor rgb vermilion dashtype 2 linewidth 1.2, \
         data index i using 2:($4 - $5):(0):(2 * $5) with vectors nohead linecolor rgb blue linewidth 1.4, \
         data index i using 2:4 with lines linecolor rgb blue linewidth 1.2, \
         data index i using 2:4 with points pointtype 7 pointsize 0.3 linecolor rgb blue
    eval without_head; unset label 3; unset label 4
}
unset multiplot
