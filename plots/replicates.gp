# A metric in every replicate: a dot for each, with the mean and its 95 % interval, one row for each estimator.
#
# Columns of the data: estimator, value, mean, low and high end of the interval (the same in all rows of an estimator). Two blank
# lines stand between estimators.

call "style.gp" ARG1 ARG2 ARG3 ARG4
stats data using 2 name "value" nooutput
stats data using (strlen(strcol(1))) name "name" nooutput
n = int(value_blocks)
array name_of[n]
do for [e = 1:n] { stats data index e - 1 using (name_of[e] = strcol(1), 0) nooutput }

width = asked_width > 0 ? asked_width : 3.4
left = names_width(name_max) + 0.25
right = 0.22
note = noted("dots: replicates; bar: mean and 95 " . (format eq "tikz" ? "\\%" : "%") . " interval")
top = 0.12 + 0.155 * (lines(title) + lines(note))
bottom = 0.5
pitch = 0.17
around = top + 0.1 + bottom
load "rows.gp"
left = names_width(name_max) + 0.25
height = top + pitch * n + 0.1 + bottom
load "page.gp"

eval place(left, bottom, width - left - right, height - top - bottom)
set border 1
log_x = !is_signed && value_min > 0 && value_max / value_min > 10
if (log_x) {
    tight = 3 * log10(value_max / value_min) * 0.28 > width - left - right
    eval log_tics("x", value_min, value_max, 1)
} else {
    set xtics step(value_max > value_min ? value_max - value_min : 1)
}
floor_at = bottom
tall = height - top - bottom
load "row_names.gp"
set yrange [0.4:n + 0.6]
if (is_signed) set arrow 1 from 0, graph 0 to 0, graph 1 nohead linecolor rgb dark_grey linewidth 0.7
set grid xtics linetype 1 linecolor rgb grid_grey linewidth 0.7
set label 3 scaled(metric, log_x) at screen 0.5 * (left + width - right) / width, 0.13 / height center

# Dots lie a little above and below their row, in turn, so that they hide each other less.
jitter(i) = 0.09 * (int(i) % 5 - 2)
plot for [e = 0:n - 1] data index e using 2:(n - e + jitter($0)) with points pointtype 7 pointsize 0.25 linecolor rgb sky, \
     for [e = 0:n - 1] data index e every ::0::0 using 4:(n - e):($5 - $4):(0) with vectors nohead linecolor rgb "black" linewidth 1.2, \
     for [e = 0:n - 1] data index e every ::0::0 using 3:(n - e - 0.3):(0):(0.6) with vectors nohead linecolor rgb "black" linewidth 1.2
