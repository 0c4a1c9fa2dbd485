# Mean bias by decile of true propensity, one panel an estimator, the baseline in grey in all of them.
#
#     gnuplot -c decile.gp DATA OUTPUT FORMAT TITLE BASELINE
#
# DATA is tab-separated: estimator, decile, mean propensity, mean bias, its MCSE; estimators are separated by two blank
# lines. FORMAT is svg, png or pdf. All panels share one scale; where a few bias values are far larger than the rest, the scale is
# cut and the panel says so.

data = ARG1
set datafile separator "\t"
stats data using (abs($4)) name "bias" nooutput
stats data using ($4 - (valid(5) ? $5 : 0)) name "low" nooutput
stats data using ($4 + (valid(5) ? $5 : 0)) name "high" nooutput
stats data using (strlen(strcol(1))) name "letters" nooutput
n = int(bias_blocks)
cut = bias_max > 5 * bias_up_quartile ? 2.5 * bias_up_quartile : 2 * bias_max
low = low_min > 0 ? 0 : low_min < -cut ? -cut : low_min
high = high_max < 0 ? 0 : high_max > cut ? cut : high_max
span = high > low ? high - low : 1
low = low - 0.06 * span
high = high + 0.24 * span # room for the name

# As many columns as leave the fewest places of the last row empty.
columns = n < 4 ? n : int(ceil(sqrt(n)))
if (n >= 4) do for [c = columns + 1:int(ceil(sqrt(1.5 * n)))] {
    if ((c - n % c) % c < (columns - n % columns) % columns) { columns = c }
}
rows = int(ceil(1.0 * n / columns))
left = 84.0; right = 16.0; top = 62.0; bottom = 58.0; gap = 10.0
panel_width = n < 4 ? 260.0 : 7.4 * letters_max + 12 > 158 ? 7.4 * letters_max + 12 : 158.0
panel_height = n < 4 ? 200.0 : 122.0
width = left + columns * (panel_width + gap) - gap + right
width = width < 560 ? 560 : width
height = top + rows * (panel_height + gap) - gap + bottom
if (ARG3 eq "svg") set terminal svg size width, height font "DejaVu Sans,12" noenhanced background "white"
if (ARG3 eq "png") set terminal pngcairo size 2 * width, 2 * height font "Sans,9" fontscale 2 linewidth 2 noenhanced
if (ARG3 eq "pdf") set terminal pdfcairo size width / 96.0, height / 96.0 font "Sans,9" fontscale 0.73 linewidth 1.6 noenhanced
set output ARG2

set multiplot
set border linecolor "#909090"
set grid ytics linetype 1 linecolor "#e4e4e4" linewidth 1
set xrange [0.4:10.6]
set yrange [low:high]
set xtics 1, 3, 10 nomirror out scale 0.5
power = 10 ** floor(log10(span / 3.0))
step = span / 3.0 / power
step = power * (step < 1.5 ? 1 : step < 3.5 ? 2 : step < 7.5 ? 5 : 10)
set ytics step nomirror out scale 0.5
set xzeroaxis linetype 1 linecolor "#606060"
unset key

set label 1 ARG4 at screen 16.0 / width, 1 - 18.0 / height left
set label 2 sprintf("points: mean bias ± MCSE; grey: %s", ARG5) at screen 16.0 / width, 1 - 40.0 / height left textcolor "#606060"
set label 3 "decile of true propensity" at screen 0.5 * (1 + left / width - right / width), 16.0 / height center
set label 4 "mean bias of the CVR" at screen 16.0 / width, 0.5 * (1 + bottom / height - top / height) center rotate by 90

do for [i = 0:n - 1] {
    column = i % columns
    row = i / columns
    x0 = left + column * (panel_width + gap)
    y1 = height - top - row * (panel_height + gap)
    set lmargin at screen x0 / width
    set rmargin at screen (x0 + panel_width) / width
    set tmargin at screen y1 / height
    set bmargin at screen (y1 - panel_height) / height
    set format y (column == 0 ? "%g" : "")
    set format x (i + columns >= n ? "%g" : "")
    name = ""
    stats data index i using (name = strcol(1), $4) name "this" nooutput
    set label 5 name at graph 0.04, 0.91 left
    set label 6 (this_max > high || this_min < low ? "beyond the scale" : "") at graph 0.04, 0.07 left textcolor "#D55E00"
    plot data using (strcol(1) eq ARG5 ? $2 : NaN):4 with lines linecolor "#b0b0b0" linewidth 2.5, \
         data index i using 2:($4 - $5):(0):(2 * $5) with vectors nohead linecolor "#0072B2" linewidth 1.4, \
         data index i using 2:4 with lines linecolor "#0072B2" linewidth 1.2, \
         data index i using 2:4 with points pointtype 7 pointsize 0.3 linecolor "#0072B2"
    unset label 1; unset label 2; unset label 3; unset label 4
}
unset multiplot
