# How good the propensities are that estimators divide by: one panel for each metric, a row for each estimator that divides by any,
# with the Monte Carlo standard error. Panels have scales of their own.
#
# Columns of the data: metric, estimator, mean, its MCSE. Two blank lines stand between metrics.

call "style.gp" ARG1 ARG2 ARG3 ARG4
stats data using 3 name "value" nooutput
stats data using (strlen(strcol(2))) name "name" nooutput
n = int(value_blocks)
stats data index 0 using 3 name "first" nooutput
estimators = int(first_records + first_invalid)
array name_of[estimators]
stats data index 0 using (name_of[$0 + 1] = strcol(2), 0) nooutput

width = asked_width > 0 ? asked_width : 7
columns = width < 5 ? 2 : 3
rows = int(ceil(1.0 * n / columns))
left = names_width(name_max) + 0.25
right = 0.2; gap = 0.3; head = 0.2; foot = 0.3
note = noted("points: mean ± Monte Carlo standard error, on the training log; line: 1, which the true p gives without a clip")
top = 0.14 + 0.155 * (lines(title) + lines(note)); bottom = 0.1
panel_width = (width - left - right + gap) / columns - gap
n_of = n
n = rows * estimators
pitch = 0.165
around = top + rows * (head + 0.1 + foot) + bottom
load "rows.gp"
n = n_of
left = names_width(name_max) + 0.25
panel_width = (width - left - right + gap) / columns - gap
panel_height = pitch * estimators + 0.1
height = top + rows * (head + panel_height + foot) + bottom
load "page.gp"

set multiplot
set border 1
set grid xtics linetype 1 linecolor rgb grid_grey linewidth 0.7
do for [i = 0:n - 1] {
    column = i % columns
    y1 = height - top - head - (i / columns) * (head + panel_height + foot)
    eval place(left + column * (panel_width + gap), y1 - panel_height, panel_width, panel_height)
    this = ""
    set xrange [*:*] # which stats goes by
    set yrange [*:*]
    stats data index i using (this = strcol(1), $3 - (valid(4) ? $4 : 0)) name "low" nooutput
    stats data index i using ($3 + (valid(4) ? $4 : 0)) name "high" nooutput
    set yrange [0.4:estimators + 0.6]
    # From 0, but for what differs only far from it; where 1 is the best or what is right, it is always there.
    to_one = this eq "ess" || this eq "mean inverse"
    x0 = this eq "ess" || low_min < 0.5 * high_max ? 0 : this eq "mean inverse" ? min(low_min, 1) : low_min
    x1 = to_one ? max(high_max, 1) : high_max
    if (x1 - x0 <= 1e-4 * abs(x1)) { x1 = x1 > 0 ? 1.1 * x1 : 1 } # numbers of more digits would not fit
    span = x1 - x0
    set xrange [(x0 == 0 ? 0 : x0 - 0.06 * span):x1 + 0.06 * span]
    set xtics step(span * max(1, 2.6 / panel_width)) # numbers of seven letters do not touch
    unset arrow 1
    if (this eq "mean inverse") { set arrow 1 from 1, graph 0 to 1, graph 1 nohead linecolor rgb vermilion linewidth 1 }
    floor_at = y1 - panel_height
    tall = panel_height
    panels_of_all = n
    n = estimators
    if (column == 0) { load "row_names.gp" } else { unset ytics }
    n = panels_of_all
    set label 3 this at graph 0, screen y1 / height offset 0, 0.6 left
    plot data index i using 3:(estimators - $0):(valid(4) ? $4 : 0) with xerrorbars pointtype 7 pointsize 0.4 \
              linecolor rgb blue linewidth 1
    eval without_head
    do for [e = 1:estimators] { if (column == 0) { unset label 200 + e } }
}
unset multiplot
