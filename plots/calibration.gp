# Calibration, one panel for each estimator: true CVR by bin of the predicted one, with the baseline in grey in all panels.
#
# Columns of the data: estimator, bin, mean prediction, mean true CVR, its MCSE. Two blank lines stand between estimators.

call "style.gp" ARG1 ARG2 ARG3 ARG4
stats data using 3 name "predicted" nooutput
stats data using 4 name "true" nooutput
stats data using (strlen(strcol(1))) name "letters" nooutput
n = int(predicted_blocks)
limit = 1.06 * (predicted_max > true_max ? predicted_max : true_max)
limit = limit > 0 ? limit : 1

width = asked_width > 0 ? asked_width : n <= 2 ? 3.4 : 7
note = noted(sprintf("points: mean true CVR ± MCSE of ten bins of equal count; grey: %s", baseline))
top = 0.14 + 0.155 * (lines(title) + lines(note)); bottom = 0.48
around = top + bottom
high(w, rows) = min(1.9, w)
load "panels.gp"
height = top + rows * (panel_height + gap) - gap + bottom
load "page.gp"

set multiplot
set border 15 linecolor rgb light_grey linewidth 0.7
set tics textcolor rgb mid_grey
set grid linetype 1 linecolor rgb grid_grey linewidth 0.7
set xrange [0:limit]
set yrange [0:limit]
set xtics 0, 2 * step(limit), 0.9 * limit
set ytics 0, step(limit), 0.9 * limit

set label 3 "predicted CVR" at screen 0.5 * (left + width - right) / width, 0.13 / height center
set label 4 "true CVR" at screen 0.12 / width, 0.5 * (bottom + height - top) / height center rotate by 90

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
    set label 5 short(name, panel_width - 0.04) at graph 0.03, 0.92 left
    plot x linecolor rgb mid_grey dashtype 2 linewidth 1, \
         data using (strcol(1) eq baseline ? $3 : NaN):4 with lines linecolor rgb light_grey linewidth 2, \
         data index i using 3:($4 - $5):(0):(2 * $5) with vectors nohead linecolor rgb blue linewidth 1.4, \
         data index i using 3:4 with lines linecolor rgb blue linewidth 1.2, \
         data index i using 3:4 with points pointtype 7 pointsize 0.3 linecolor rgb blue
    eval without_head; unset label 3; unset label 4
}
unset multiplot
