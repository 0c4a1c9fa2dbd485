# Theory beside simulation for estimates of the loss of fixed predictors: bias at the left, standard deviation at the right; a
# group of rows for each predictor.
#
# Columns of the data: predictor, estimator, mean estimate, ideal loss, bias, its MCSE, bias by theory, standard deviation, the
# same by theory. Two blank lines stand between predictors.

call "style.gp" ARG1 ARG2 ARG3 ARG4
stats data using 5 name "bias" nooutput
stats data using (strlen(strcol(1)) > strlen(strcol(2)) + 2 ? strlen(strcol(1)) : strlen(strcol(2)) + 2) name "name" nooutput
stats data using (valid(7) && $7 < $5 - $6 ? $7 : $5 - $6) name "low" nooutput
stats data using (valid(7) && $7 > $5 + $6 ? $7 : $5 + $6) name "high" nooutput
stats data using (valid(8) && (!valid(9) || $8 > $9) ? $8 : $9) name "sd" nooutput # of single redraws by theory alone
if (!exists("sd_max")) sd_max = 0
predictors = int(bias_blocks)
rows = int(bias_records) + predictors # a heading each
array name_of[rows]
array start[predictors]
at = 0
do for [p = 1:predictors] {
    start[p] = at + 1
    stats data index p - 1 using ($0 == 0 ? (at = at + 1, name_of[at] = strcol(1)) : 0, at = at + 1, name_of[at] = "  " . strcol(2), 0) nooutput
}

# Standard deviations are of several redraws; where each row has one there are none, but by theory alone.
stats data using 8 name "redrawn" nooutput
if (!exists("redrawn_records")) redrawn_records = 0
two = redrawn_records > 0
width = asked_width > 0 ? asked_width : two ? 7 : 3.4
left = names_width(name_max) + 0.3
right = 0.2
gap = two ? 0.3 : 0
note = noted("filled: simulation ± Monte Carlo standard error; open: theory")
top = 0.14 + 0.155 * (lines(title) + lines(note))
bottom = 0.5
n = rows
pitch = 0.165
around = top + 0.1 + bottom
load "rows.gp"
left = names_width(name_max) + 0.3
height = top + pitch * rows + 0.1 + bottom
load "page.gp"

half = (width - left - right - gap) / (two ? 2 : 1)
set label 3 (half < 1.7 && two ? "bias" : "bias of the estimated loss") at screen (left + 0.5 * half) / width, 0.13 / height center
if (two) set label 4 "standard deviation" at screen (left + 1.5 * half + gap) / width, 0.13 / height center
do for [i = 1:rows] {
    heading = name_of[i][1:1] ne " "
    set label 10 + i short(name_of[i], left - 0.3) at screen (heading ? 0.12 : 0.26) / width, (bottom + 0.05 + pitch * (rows - i + 0.5)) / height left \
        textcolor rgb heading ? "black" : mid_grey
}
set multiplot
set tmargin at screen 1 - top / height
set bmargin at screen bottom / height
set border 1
unset ytics
set yrange [0.2:rows + 0.8]
set grid xtics linetype 1 linecolor rgb grid_grey linewidth 0.7
y(p, i) = rows + 1 - (start[p] + 1 + i)

set lmargin at screen left / width
set rmargin at screen (left + half) / width
span = high_max > low_min ? high_max - low_min : 1
set xrange [low_min - 0.05 * span:high_max + 0.05 * span]
set xtics step(span * max(1, 1.8 / half))
set arrow 1 from 0, graph 0 to 0, graph 1 nohead linecolor rgb mid_grey linewidth 0.7
plot for [p = 1:predictors] data index p - 1 using 7:(y(p, $0)) with points pointtype 6 pointsize 0.9 linecolor rgb vermilion, \
     for [p = 1:predictors] data index p - 1 using 5:(y(p, $0)):6 with xerrorbars pointtype 7 pointsize 0.4 linecolor rgb blue
unset label; unset arrow 1

if (two) {
    set lmargin at screen (left + half + gap) / width
    set rmargin at screen 1 - right / width
    set xrange [0:sd_max > 0 ? 1.05 * sd_max : 1]
    set xtics step((sd_max > 0 ? sd_max : 1) * max(1, 2.2 / half)) # such as 0.0015
    plot for [p = 1:predictors] data index p - 1 using 9:(y(p, $0)) with points pointtype 6 pointsize 0.9 linecolor rgb vermilion, \
         for [p = 1:predictors] data index p - 1 using 8:(y(p, $0)) with points pointtype 7 pointsize 0.4 linecolor rgb blue
}
unset multiplot
