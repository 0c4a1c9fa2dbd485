# Bars of bias² + variance = MSE, one for each estimator, with the Monte Carlo standard error of the MSE. Bars far longer than the
# rest are cut, and their MSE is written beside them. The corrected bias² can be negative: it is drawn as 0.
#
# Columns of the data: estimator, bias², variance, MSE, its MCSE.

call "style.gp" ARG1 ARG2 ARG3 ARG4 ARG5 ARG6 ARG7 ARG8 ARG9
scale = 1e4
min(a, b) = a < b ? a : b

stats data using (scale * $4) name "mse" nooutput
stats data using (scale * ($4 + (valid(5) ? $5 : 0))) name "end" nooutput
stats data using (strlen(strcol(1))) name "label" nooutput
n = int(mse_records)
whole = end_max
cut = end_max > 4 * mse_up_quartile && n > 4
if (cut) stats data using (scale * $4 > 4 * mse_up_quartile ? NaN : scale * ($4 + (valid(5) ? $5 : 0))) name "end" nooutput
limit = (cut ? 1.25 : 1.04) * end_max
if (cut && whole <= 2 * limit) limit = 1.04 * whole # a cut that gains little only confuses

width = asked_width > 0 ? asked_width : n <= 8 ? 3.4 : 7
left = 0.069 * label_max + 0.25
right = 0.2
top = 0.34 + 0.155 * lines(title)
bottom = 0.5
height = top + 0.19 * n + 0.1 + bottom
load "page.gp"

eval place(left, bottom, width - left - right, height - top - bottom)
set label 2 "squared error of the CVR (1e-4)" at screen max(0.5 * (left + width - right), 1.2) / width, 0.13 / height center
# The legend, above the bars.
at(x) = (min(left, width - 2.45) + x) / width
line = 1 - (top - 0.13) / height
set style rectangle fillstyle solid 1.0 noborder
set object 1 rectangle center screen at(0.06), line size screen 0.12 / width, screen 0.09 / height fillcolor rgb "#D55E00"
set object 2 rectangle center screen at(0.66), line size screen 0.12 / width, screen 0.09 / height fillcolor rgb "#56B4E9"
set label 3 "bias²" at screen at(0.17), line left
set label 4 "variance" at screen at(0.77), line left
set arrow 1 from screen at(1.37), line to screen at(1.57), line heads size screen 0.03 / width, 90 linecolor rgb "black" linewidth 1
set label 6 "" at screen at(1.47), line point pointtype 7 pointsize 0.3 linecolor rgb "black"
set label 5 "MSE ± MCSE" at screen at(1.63), line left

set style fill solid 1.0 noborder
set border 1
set grid xtics linetype 1 linecolor rgb "#d8d8d8" linewidth 0.7
set xtics step(limit)
set ytics scale 0
set xrange [0:limit]
set yrange [0.4:n + 0.6]

y(row) = n - row
half = 0.36
clipped(value) = max(0, min(limit, scale * value))
bias_end(b) = b == b ? clipped(b) : 0

plot data using (0):(y($0)):(0):(bias_end($2)):(y($0) - half):(y($0) + half):ytic(1) \
         with boxxyerror linecolor rgb "#D55E00", \
     data using (0):(y($0)):(bias_end($2)):(clipped($4)):(y($0) - half):(y($0) + half) \
         with boxxyerror linecolor rgb "#56B4E9", \
     data using (scale * $4 <= limit ? scale * $4 : NaN):(y($0)):(scale * $5) \
         with xerrorbars pointtype 7 pointsize 0.3 linecolor rgb "black" linewidth 1, \
     data using (limit):(y($0)):(scale * $4 > limit ? sprintf("MSE %.3g, cut ", scale * $4) : "") \
         with labels right textcolor rgb "black"
