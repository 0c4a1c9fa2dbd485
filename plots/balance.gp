# Balance: how far clicks are from all exposures, column by column, before and after they are weighted by 1/p; the furthest first.
#
# Columns of the data: column, difference before, difference after.

call "style.gp" ARG1 ARG2 ARG3 ARG4
stats data using 2 name "before" nooutput
stats data using 3 name "after" nooutput
stats data using (strlen(strcol(1))) name "name" nooutput
n = int(name_records)
array name_of[n]
stats data using (name_of[$0 + 1] = strcol(1), 0) nooutput

width = asked_width > 0 ? asked_width : 3.4
left = names_width(name_max) + 0.25
right = 0.22
note = noted("open: before weighting; filled: after; line: .1")
top = 0.12 + 0.155 * (lines(title) + lines(note))
bottom = 0.5
pitch = 0.165
around = top + 0.1 + bottom
load "rows.gp"
left = names_width(name_max) + 0.25
height = top + pitch * n + 0.1 + bottom
load "page.gp"

eval place(left, bottom, width - left - right, height - top - bottom)
set border 1
most = 1.06 * max(0.11, max(before_max, after_max))
set xrange [0:most]
set xtics step(most * max(1, 2 / (width - left - right)))
floor_at = bottom
tall = height - top - bottom
load "row_names.gp"
set yrange [0.4:n + 0.6]
set grid xtics linetype 1 linecolor rgb grid_grey linewidth 0.7
set arrow 1 from 0.1, graph 0 to 0.1, graph 1 nohead linecolor rgb mid_grey dashtype 2 linewidth 1
set label 3 metric at screen 0.5 * (left + width - right) / width, 0.13 / height center
plot data using 2:(n - $0):($3 - $2):(0) with vectors nohead linecolor rgb light_grey linewidth 1, \
     data using 2:(n - $0) with points pointtype 6 pointsize 0.6 linecolor rgb vermilion, \
     data using 3:(n - $0) with points pointtype 7 pointsize 0.5 linecolor rgb blue
