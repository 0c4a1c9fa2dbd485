# A zip plot (Morris, White and Crowther 2019): intervals of single redraws, estimate -+ 1.96 standard deviations of the redraws, less
# the ideal loss, stacked in order of the absolute error in standard deviations. Those that miss 0 have another colour and stand at the top; a good estimator has
# them above the line at 95 % and as many at either side. One panel for each estimator of each predictor's loss.
#
# Columns of the data: predictor, estimator, percentile, error, low and high end of the interval, 1 if it covers, coverage of all
# redraws in %. Two blank lines stand between panels.

call "style.gp" ARG1 ARG2 ARG3 ARG4
stats data using 4 name "error" nooutput
stats data using (max(strlen(strcol(1)), strlen(strcol(2)) + 6)) name "letters" nooutput
n = int(error_blocks)
percent = format eq "tikz" ? "\\%" : "%"

width = asked_width > 0 ? asked_width : n <= 2 ? 3.4 : 7
note = noted("lines: estimate ± 1.96 sd of redraws, at most 100 a panel; darker: misses the ideal loss; number: coverage (" . percent . ")")
top = 0.14 + 0.155 * (lines(title) + lines(note)); bottom = 0.3
head = 0.31 # above each panel
foot = 0.22 # and below it
around = top + bottom
high(w, rows) = min(1.3, 0.75 * w) + head + foot
narrowest = 0.067 * letters_max # the coverage is not cut
load "panels.gp"
panel_height = panel_height - head - foot
height = top + rows * (panel_height + head + foot + gap) - gap + bottom
load "page.gp"

set multiplot
set border 15 linecolor rgb light_grey linewidth 0.7
set tics textcolor rgb mid_grey
set yrange [0:100]
set ytics (0, 50, 95)
set label 3 "error of the estimated loss" at screen 0.5 * (left + width - right) / width, 0.13 / height center
set label 4 "percentile of the error in sd" at screen 0.12 / width, 0.5 * (bottom + height - top) / height center rotate by 90
do for [i = 0:n - 1] {
    column = i % columns
    row = int(i / columns)
    y1 = height - top - head - row * (panel_height + head + foot + gap)
    eval place(left + column * (panel_width + gap), y1 - panel_height, panel_width, panel_height)
    predictor = ""
    estimator = ""
    set xrange [*:*] # which stats goes by
    set yrange [*:*]
    stats data index i using (predictor = strcol(1), estimator = strcol(2), coverage = $8, $5) name "low" nooutput
    stats data index i using 6 name "high" nooutput
    set yrange [0:100]
    x0 = min(low_min, 0)
    x1 = max(high_max, 0)
    set xrange [x0 - 0.04 * (x1 - x0):x1 + 0.04 * (x1 - x0)]
    # 0 and one round number, which is all that a narrow panel has room for.
    end = x1 > -x0 ? x1 : x0
    power = 0.5 * 10.0 ** floor(log10(0.8 * abs(end)))
    tic_at = (end > 0 ? 1 : -1) * power * floor(0.8 * abs(end) / power)
    set xtics ("0" 0, sprintf("%g", tic_at) tic_at)
    set format y (column == 0 ? "%g" : "")
    set label 5 short(sprintf("%s: %.3g", estimator, coverage), panel_width) at graph 0, screen (y1 + 0.09) / height left
    set label 6 short(predictor, panel_width) at graph 0, screen (y1 + 0.22) / height left textcolor rgb mid_grey
    set arrow 1 from 0, graph 0 to 0, graph 1 nohead front linecolor rgb "black" linewidth 0.8
    set arrow 2 from graph 0, first 95 to graph 1, first 95 nohead front linecolor rgb mid_grey dashtype 2 linewidth 0.6
    plot data index i using ($7 == 1 ? $5 : NaN):3:($6 - $5):(0) with vectors nohead linecolor rgb sky linewidth 0.8, \
         data index i using ($7 == 0 ? $5 : NaN):3:($6 - $5):(0) with vectors nohead linecolor rgb vermilion linewidth 0.8
    eval without_head; unset label 3; unset label 4
}
unset multiplot
