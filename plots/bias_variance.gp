# Bars of bias² + variance = MSE, one an estimator, with the Monte Carlo standard error of the MSE.
#
#     gnuplot -c bias_variance.gp DATA OUTPUT FORMAT TITLE
#
# DATA is tab-separated: estimator, bias², variance, MSE, its MCSE; FORMAT is svg, png or pdf. Bars far longer than the rest
# are cut, and their MSE is written beside them. The corrected bias² can be negative: it is drawn as 0.

data = ARG1
scale = 1e4
min(a, b) = a < b ? a : b
max(a, b) = a > b ? a : b

set datafile separator "\t"
stats data using (scale * $4) name "mse" nooutput
stats data using (scale * ($4 + (valid(5) ? $5 : 0))) name "end" nooutput
stats data using (strlen(strcol(1))) name "label" nooutput
n = int(mse_records)
whole = end_max
cut = end_max > 4 * mse_up_quartile && n > 4
if (cut) stats data using (scale * $4 > 4 * mse_up_quartile ? NaN : scale * ($4 + (valid(5) ? $5 : 0))) name "end" nooutput
limit = (cut ? 1.25 : 1.04) * end_max
if (cut && whole <= 2 * limit) limit = 1.04 * whole # a cut that gains little only confuses

left = 30 + 7.6 * label_max
width = max(700, left + 520)
height = 124 + 24 * n
if (ARG3 eq "svg") set terminal svg size width, height font "DejaVu Sans,13" noenhanced background "white"
if (ARG3 eq "png") set terminal pngcairo size 2 * width, 2 * height font "Sans,10" fontscale 2 linewidth 2 noenhanced
if (ARG3 eq "pdf") set terminal pdfcairo size width / 96.0, height / 96.0 font "Sans,10" fontscale 0.73 linewidth 1.6 noenhanced
set output ARG2

set lmargin at screen left / width
set rmargin at screen 1 - 24.0 / width
set tmargin at screen 1 - 62.0 / height
set bmargin at screen 56.0 / height
set label 1 ARG4 at screen 16.0 / width, 1 - 18.0 / height left
set key at screen 1 - 20.0 / width, 1 - 42.0 / height right center horizontal samplen 1.2 width 1

set style fill solid 1.0 noborder
set border 1 linecolor "#606060"
set grid xtics linetype 1 linecolor "#d8d8d8" linewidth 1
set xtics nomirror out scale 0.6
set ytics scale 0
set xlabel "squared error of the predicted CVR over the test exposures, in units of 10⁻⁴" offset 0, 0.4
set xrange [0:limit]
set yrange [0.4:n + 0.6]

y(row) = n - row
half = 0.36
clipped(value) = max(0, min(limit, scale * value))
bias_end(b) = b == b ? clipped(b) : 0

plot data using (0):(y($0)):(0):(bias_end($2)):(y($0) - half):(y($0) + half):ytic(1) \
         with boxxyerror linecolor "#D55E00" title "bias²", \
     data using (0):(y($0)):(bias_end($2)):(clipped($4)):(y($0) - half):(y($0) + half) \
         with boxxyerror linecolor "#56B4E9" title "variance", \
     data using (scale * $4 <= limit ? scale * $4 : NaN):(y($0)):(scale * $5) \
         with xerrorbars pointtype 7 pointsize 0.45 linecolor "black" linewidth 1.4 title "MSE ± MCSE", \
     data using (limit):(y($0)):(scale * $4 > limit ? sprintf("MSE %.3g, cut ", scale * $4) : "") \
         with labels right textcolor "black" notitle
