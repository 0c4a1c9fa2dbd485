# A measure in every replicate: a dot each, with the mean and its 95 % interval, one row an estimator.
#
#     gnuplot -c replicates.gp DATA OUTPUT FORMAT TITLE BASELINE MEASURE KEY KEYS WIDTH
#
# DATA is tab-separated: estimator, value, mean, low and high end of the interval (the same in all rows of an estimator); two blank
# lines after each estimator. FORMAT is svg, png, pdf or tikz. WIDTH is in inches, 0 for the default.

data = ARG1
set datafile separator "\t"
stats data using 2 name "value" nooutput
stats data using (strlen(strcol(1))) name "name" nooutput
n = int(value_blocks)
array name_of[n]
do for [e = 1:n] { stats data index e - 1 using (name_of[e] = strcol(1), 0) nooutput }

width = ARG9 > 0 ? real(ARG9) : 3.4
left = 0.069 * name_max + 0.25
right = 0.22
title_lines = 1 + int(strlen(ARG4) * 0.067 / (width - 0.2))
note = "dots: replicates; bar: mean and 95 " . (ARG3 eq "tikz" ? "\\%" : "%") . " interval"
note_lines = 1 + int(strlen(note) * 0.067 / (width - 0.2))
top = 0.12 + 0.155 * (title_lines + note_lines)
bottom = 0.5
height = top + 0.17 * n + 0.1 + bottom
call "style.gp" ARG2 ARG3

set lmargin at screen left / width
set rmargin at screen 1 - right / width
set tmargin at screen 1 - top / height
set bmargin at screen bottom / height
set border 1
if (value_min > 0 && value_max / value_min > 10) {
    eval log_tics("x", value_min, value_max, 1)
} else {
    set xtics step(value_max > value_min ? value_max - value_min : 1)
}
set ytics scale 0 ()
do for [e = 1:n] {
    name = name_of[e]
    at = n + 1 - e
    set ytics add (name at)
}
set yrange [0.4:n + 0.6]
set grid xtics linetype 1 linecolor rgb "#e4e4e4" linewidth 0.7
set label 1 wrap(ARG4, int((width - 0.2) / 0.067)) at screen 0.1 / width, 1 - 0.13 / height left
set label 2 wrap(note, int((width - 0.2) / 0.067)) at screen 0.1 / width, 1 - (0.13 + 0.155 * title_lines) / height left textcolor rgb "#606060"
set label 3 ARG6 at screen 0.5 * (left + width - right) / width, 0.13 / height center

# Dots lie a little above and below their row, in turn, so that they hide each other less.
jitter(i) = 0.09 * (int(i) % 5 - 2)
plot for [e = 0:n - 1] data index e using 2:(n - e + jitter($0)) with points pointtype 7 pointsize 0.25 linecolor rgb "#56B4E9", \
     for [e = 0:n - 1] data index e every ::0::0 using 4:(n - e):($5 - $4):(0) with vectors nohead linecolor rgb "black" linewidth 1.2, \
     for [e = 0:n - 1] data index e every ::0::0 using 3:(n - e - 0.3):(0):(0.6) with vectors nohead linecolor rgb "black" linewidth 1.2
