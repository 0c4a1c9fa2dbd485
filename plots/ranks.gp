# The rank of each estimator by a metric, the best at the top, with a 95 % confidence set: those places that it may have. The sets
# hold all at once.
#
# Columns of the data: estimator, rank, least and greatest of its set, the estimator's position in the experiment (from 0).

call "style.gp" ARG1 ARG2 ARG3 ARG4
stats data using 4 name "high" nooutput
stats data using 2 name "rank" nooutput
stats data using (strlen(strcol(1))) name "name" nooutput
n = int(rank_records)
array name_of[n]
stats data using (name_of[$0 + 1] = strcol(1), 0) nooutput

width = asked_width > 0 ? asked_width : 3.4
left = names_width(name_max) + 0.25
right = 0.2
note = noted("by " . metric . "; bars: places that each may have, all at once with 95 " . (format eq "tikz" ? "\\%" : "%"))
top = 0.12 + 0.155 * (lines(title) + lines(note))
bottom = 0.5
pitch = 0.17
around = top + 0.1 + bottom
load "rows.gp"
left = names_width(name_max) + 0.25
height = top + pitch * n + 0.1 + bottom
load "page.gp"

eval place(left, bottom, width - left - right, height - top - bottom)
set border 1
set xtics max(1, step(high_max * max(1, 1.6 / (width - left - right))))
set xtics add ("1" 1)
set xrange [0.5:max(high_max, rank_max) + 0.5]
floor_at = bottom
tall = height - top - bottom
load "row_names.gp"
set yrange [0.4:n + 0.6]
set grid xtics linetype 1 linecolor rgb grid_grey linewidth 0.7
set label 3 "rank, 1 the best" at screen 0.5 * (left + width - right) / width, 0.13 / height center

plot data using 3:(n - $0):($4 - $3):(0) with vectors nohead linecolor rgb sky linewidth 4, \
     data using 2:(n - $0) with points pointtype 7 pointsize 0.45 linecolor rgb "black"
