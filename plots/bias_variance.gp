# Bars of bias² + variance = MSE, one for each estimator, with the Monte Carlo standard error of the MSE. Where a few bars are far
# longer than the rest, the axis is broken, and the longest go on at the right on a scale of their own. The corrected bias² can be
# negative: it is drawn as 0.
#
# Columns of the data: estimator, bias², variance, MSE, its MCSE.

call "style.gp" ARG1 ARG2 ARG3 ARG4
scale = 1e4

stats data using (scale * $4) name "mse" nooutput
stats data using (scale * ($4 + (valid(5) ? $5 : 0))) name "end" nooutput
stats data using (strlen(strcol(1))) name "label" nooutput
n = int(mse_records)
array name_of[n]
stats data using (name_of[$0 + 1] = strcol(1), 0) nooutput
whole = end_max > 0 ? end_max : 1
limit = whole
fence = 2.2 * mse_up_quartile
if (n > 4 && end_max > fence) {
    stats data using (scale * $4 > fence ? NaN : scale * ($4 + (valid(5) ? $5 : 0))) name "end" nooutput
    limit = end_max
}
broken = whole > 2 * limit # a break that gains little only confuses
limit = 1.04 * (broken ? limit : whole)

width = asked_width > 0 ? asked_width : n <= 8 ? 3.4 : 7
left = names_width(label_max) + 0.25
right = 0.2
note = noted(broken ? sprintf("the axis is broken at %.3g: longer bars go on at the right, on a scale of their own", limit) : "")
top = 0.34 + 0.155 * (lines(title) + lines(note))
bottom = 0.5
pitch = 0.19
around = top + 0.1 + bottom
load "rows.gp"
left = names_width(label_max) + 0.25
height = top + pitch * n + 0.1 + bottom
load "page.gp"

graph = width - left - right
first = broken ? 0.72 * graph - 0.05 : graph # width of the part from 0
rest = graph - first - 0.1                   # and of the one behind the break
set label 3 "squared error of the CVR (1e-4)" at screen max(0.5 * (left + width - right), 1.2) / width, 0.13 / height center
# The legend, above the bars.
along(x) = (min(left, width - 2.45) + x) / width
line = 1 - (top - 0.13) / height
set style rectangle fillstyle solid 1.0 noborder
set object 1 rectangle center screen along(0.06), line size screen 0.12 / width, screen 0.09 / height fillcolor rgb vermilion
set object 2 rectangle center screen along(0.66), line size screen 0.12 / width, screen 0.09 / height fillcolor rgb sky
set label 4 "bias²" at screen along(0.17), line left
set label 5 "variance" at screen along(0.77), line left
set arrow 1 from screen along(1.37), line to screen along(1.57), line heads size screen 0.03 / width, 90 linecolor rgb "black" linewidth 1
set label 6 "" at screen along(1.47), line point pointtype 7 pointsize 0.3 linecolor rgb "black"
set label 7 "MSE ± MCSE" at screen along(1.63), line left

set style fill solid 1.0 noborder
set border 1
set grid xtics linetype 1 linecolor rgb grid_grey linewidth 0.7
set yrange [0.4:n + 0.6]

y(row) = n - row
half = 0.36
array from[2] = [0, limit]
array to[2] = [limit, 1.04 * whole]
floor_at = bottom
tall = height - top - bottom
load "row_names.gp"
set multiplot
do for [side = 1:broken ? 2 : 1] {
    x0 = from[side]
    x1 = to[side]
    eval place(side == 1 ? left : left + first + 0.1, bottom, side == 1 ? first : rest, height - top - bottom)
    set xrange [x0:x1]
    # Two numbers of the short part must not touch.
    set xtics step((x1 - x0) * max(1, 1.6 / (side == 1 ? first : rest)))
    if (side == 2 && rest < 1) {
        power = 10.0 ** floor(log10(whole))
        last_tic = power * floor(whole / power)
        set xtics (sprintf("%g", last_tic) last_tic)
    }
    if (side == 2) {
        # Two strokes on the axis, where it is broken.
        do for [i = 0:1] {
            stroke = left + first + 0.02 + 0.06 * i
            set arrow 10 + i from screen (stroke - 0.03) / width, (bottom - 0.05) / height to screen (stroke + 0.03) / width, (bottom + 0.05) / height \
                nohead front linecolor rgb mid_grey linewidth 0.9
        }
    }
    clipped(value) = max(x0, min(x1, scale * value))
    bias_end(b) = b == b ? clipped(b) : x0
    inside(value) = scale * value >= x0 && scale * value <= x1 ? scale * value : NaN
    low(m, e) = max(x0, scale * (m - e))
    high(m, e) = min(x1, scale * (m + e))
    plot data using (x0):(y($0)):(x0):(bias_end($2)):(y($0) - half):(y($0) + half) \
             with boxxyerror linecolor rgb vermilion, \
         data using (x0):(y($0)):(bias_end($2)):(clipped($4)):(y($0) - half):(y($0) + half) \
             with boxxyerror linecolor rgb sky, \
         data using (inside($4)):(y($0)):(low($4, $5)):(high($4, $5)) \
             with xerrorbars pointtype 7 pointsize 0.3 linecolor rgb "black" linewidth 1
    unset label; unset object; unset arrow
}
unset multiplot
