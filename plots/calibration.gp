# Calibration, one panel an estimator: true CVR by bin of the predicted one, the baseline in grey in all panels.
#
#     gnuplot -c calibration.gp DATA OUTPUT FORMAT TITLE BASELINE
#
# DATA is tab-separated: estimator, bin, mean prediction, mean true CVR, its MCSE; estimators are separated by two blank
# lines. FORMAT is svg, png or pdf.

data = ARG1
set datafile separator "\t"
stats data using 3 name "predicted" nooutput
stats data using 4 name "true" nooutput
stats data using (strlen(strcol(1))) name "letters" nooutput
n = int(predicted_blocks)
limit = 1.06 * (predicted_max > true_max ? predicted_max : true_max)
limit = limit > 0 ? limit : 1

# As many columns as leave the fewest places of the last row empty.
columns = n < 4 ? n : int(ceil(sqrt(n)))
if (n >= 4) do for [c = columns + 1:int(ceil(sqrt(1.5 * n)))] {
    if ((c - n % c) % c < (columns - n % columns) % columns) { columns = c }
}
rows = int(ceil(1.0 * n / columns))
left = 84.0; right = 16.0; top = 62.0; bottom = 58.0; gap = 10.0
panel = n < 4 ? 230.0 : 7.4 * letters_max + 12 > 142 ? 7.4 * letters_max + 12 : 142.0
width = left + columns * (panel + gap) - gap + right
width = width < 560 ? 560 : width
height = top + rows * (panel + gap) - gap + bottom
if (ARG3 eq "svg") set terminal svg size width, height font "DejaVu Sans,12" noenhanced background "white"
if (ARG3 eq "png") set terminal pngcairo size 2 * width, 2 * height font "Sans,9" fontscale 2 linewidth 2 noenhanced
if (ARG3 eq "pdf") set terminal pdfcairo size width / 96.0, height / 96.0 font "Sans,9" fontscale 0.73 linewidth 1.6 noenhanced
set output ARG2

set multiplot
set border linecolor "#909090"
set grid linetype 1 linecolor "#e4e4e4" linewidth 1
set xrange [0:limit]
set yrange [0:limit]
step = limit > 0.6 ? 0.2 : limit > 0.3 ? 0.1 : limit > 0.12 ? 0.05 : limit > 0.05 ? 0.02 : limit > 0.02 ? 0.01 : limit / 4
set xtics 0, 2 * step, 0.9 * limit nomirror out scale 0.5
set ytics 0, step nomirror out scale 0.5
unset key

set label 1 ARG4 at screen 16.0 / width, 1 - 18.0 / height left
set label 2 sprintf("points: mean true CVR ± MCSE of ten bins of equal count; grey: %s", ARG5) \
    at screen 16.0 / width, 1 - 40.0 / height left textcolor "#606060"
set label 3 "mean predicted CVR" at screen 0.5 * (1 + left / width - right / width), 16.0 / height center
set label 4 "mean true CVR" at screen 16.0 / width, 0.5 * (1 + bottom / height - top / height) center rotate by 90

do for [i = 0:n - 1] {
    column = i % columns
    row = i / columns
    x0 = left + column * (panel + gap)
    y1 = height - top - row * (panel + gap)
    set lmargin at screen x0 / width
    set rmargin at screen (x0 + panel) / width
    set tmargin at screen y1 / height
    set bmargin at screen (y1 - panel) / height
    set format y (column == 0 ? "%g" : "")
    set format x (i + columns >= n ? "%g" : "")
    name = ""
    stats data index i using (name = strcol(1), $4) name "this" nooutput
    set label 5 name at graph 0.04, 0.92 left
    plot x linecolor "#606060" dashtype 2 linewidth 1, \
         data using (strcol(1) eq ARG5 ? $3 : NaN):4 with lines linecolor "#b0b0b0" linewidth 2.5, \
         data index i using 3:($4 - $5):(0):(2 * $5) with vectors nohead linecolor "#0072B2" linewidth 1.4, \
         data index i using 3:4 with lines linecolor "#0072B2" linewidth 1.2, \
         data index i using 3:4 with points pointtype 7 pointsize 0.3 linecolor "#0072B2"
    unset label 1; unset label 2; unset label 3; unset label 4
}
unset multiplot
