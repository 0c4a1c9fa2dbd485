# Predicted over observed conversions by decile of the click propensity among clicks: one panel for each estimator. All panels share one
# scale; it is cut at 2.5, and panels with more say so.
#
# Columns of the data: estimator, decile, ratio, its low and high end. Two blank lines stand between estimators.

call "style.gp" ARG1 ARG2 ARG3 ARG4
stats data using 3 name "ratio" nooutput
stats data using (valid(5) ? $5 : valid(3) ? $3 : NaN) name "high" nooutput
stats data using (strlen(strcol(1))) name "letters" nooutput
n = int(letters_blocks)
ceiling = min(2.5, 1.25 * (exists("high_max") ? max(1.2, high_max) : 1.2))

width = asked_width > 0 ? asked_width : n <= 2 ? 3.4 : 7
note = noted("points: sum of predictions over conversions of clicks, with 95 " . (format eq "tikz" ? "\\%" : "%") . " intervals; line: 1")
top = 0.14 + 0.155 * (lines(title) + lines(note)); bottom = 0.48
around = top + bottom
high(w, rows) = 0.75 * w > 1.7 ? 1.7 : max(0.9, 0.75 * w)
load "panels.gp"
height = top + rows * (panel_height + gap) - gap + bottom
load "page.gp"

set multiplot
set border 15 linecolor rgb light_grey linewidth 0.7
set tics textcolor rgb mid_grey
set grid ytics linetype 1 linecolor rgb grid_grey linewidth 0.7
set xrange [0.4:10.6]
set yrange [0:ceiling]
set xtics 1, 3, 10
set ytics step(ceiling)
set arrow 1 from graph 0, first 1 to graph 1, first 1 nohead linecolor rgb mid_grey dashtype 2 linewidth 1
set label 3 "decile of p^ among clicks" at screen 0.5 * (left + width - right) / width, 0.13 / height center
set label 4 "predicted / observed" at screen 0.12 / width, 0.5 * (bottom + height - top) / height center rotate by 90
shown(y) = max(0, min(ceiling, y))

do for [i = 0:n - 1] {
    column = i % columns
    row = i / columns
    x0 = left + column * (panel_width + gap)
    y1 = height - top - row * (panel_height + gap)
    eval place(x0, y1 - panel_height, panel_width, panel_height)
    set format y (column == 0 ? "%g" : "")
    set format x (i + columns >= n ? "%g" : "")
    name = ""
    beyond = 0
    stats data index i using (name = strcol(1), beyond = beyond + (valid(3) && $3 > ceiling), 0) nooutput
    set label 5 short(name, panel_width - 0.04) at graph 0.03, 0.91 left
    set label 6 (beyond ? "beyond the scale" : "") at graph 0.04, 0.07 left textcolor rgb vermilion
    plot data index i using 2:(shown($4)):(0):(shown($5) - shown($4)) with vectors nohead linecolor rgb blue linewidth 1.4, \
         data index i using 2:($3 <= ceiling ? $3 : NaN) with linespoints linecolor rgb blue linewidth 1.2 pointtype 7 pointsize 0.3
    eval without_head; unset label 3; unset label 4
}
unset multiplot
