# Observed against predicted rates by decile of the prediction, with the interval of each, on log scales: a point on the dashed line is
# as predicted.
#
# Columns of the data: mean prediction, observed rate, its low and high end.

call "style.gp" ARG1 ARG2 ARG3 ARG4
stats data using 1 name "predicted" nooutput
stats data using ($2 > 0 ? $2 : NaN) name "observed" nooutput
stats data using 4 name "high" nooutput
least = 0.7 * min(predicted_min, exists("observed_min") ? observed_min : predicted_min)
most = 1.15 * max(predicted_max, high_max)
width = asked_width > 0 ? asked_width : 3.4
left = 0.65; right = 0.15
note = noted("points: deciles, with 95 " . (format eq "tikz" ? "\\%" : "%") . " intervals; dashes: as predicted")
top = 0.14 + 0.155 * (lines(title) + lines(note))
bottom = 0.48
side = min(2.6, width - left - right)
height = top + side + bottom
load "page.gp"

eval place(left, bottom, side, side)
tight = log10(most / least) > 1.3
eval log_tics("x", least, most, 1)
eval log_tics("y", least, most, 1)
set xrange [least:most]
set yrange [least:most]
set grid xtics ytics linetype 1 linecolor rgb grid_grey linewidth 0.7
set label 3 scaled("predicted " . metric, 1) at screen (left + 0.5 * side) / width, 0.13 / height center
set label 4 scaled("observed", 1) at screen 0.12 / width, (bottom + 0.5 * side) / height center rotate by 90
shown(y) = max(least, min(most, y))
plot x linecolor rgb mid_grey dashtype 2 linewidth 1, \
     data using 1:(shown($3)):(0):(shown($4) - shown($3)) with vectors nohead linecolor rgb blue linewidth 1.4, \
     data using 1:($2 > 0 ? $2 : NaN) with points pointtype 7 pointsize 0.4 linecolor rgb blue
