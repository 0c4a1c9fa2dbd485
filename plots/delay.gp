# Shares of clicks or conversions against a time on a log axis, in days: lines, with ± one standard error where it is known, as a ribbon.
#
# Columns of the data: name of the line, time, share, its standard error or NaN. Two blank lines stand between lines.

call "style.gp" ARG1 ARG2 ARG3 ARG4
stats data using 2 name "x" nooutput
stats data using 3 name "y" nooutput
stats data using ($3 + (valid(4) ? $4 : 0)) name "high" nooutput
stats data using (strlen(strcol(1))) name "name" nooutput
n = int(y_blocks)
array name_of[n]
do for [e = 1:n] { stats data index e - 1 using (name_of[e] = strcol(1), 0) nooutput }
position(e) = e

width = asked_width > 0 ? asked_width : 4.2
left = 0.65
right = 0.28 # half of a tic's label
legend_left = 0.3
legend_point = 0.45
legend_columns = int((width - legend_left - 0.1) / (0.069 * name_max + 0.44))
legend_columns = legend_columns < 1 ? 1 : legend_columns > n ? n : legend_columns
legend_rows = int(ceil(1.0 * n / legend_columns))
graph = 2.1
note = noted("ribbon: ± standard error")
top = 0.16 + 0.155 * (lines(title) + lines(note))
bottom = 0.56 + 0.155 * legend_rows
height = top + graph + bottom
load "page.gp"

eval place(left, bottom, width - left - right, graph)
set logscale x
set xrange [x_min / 1.1:x_max * 1.1]
set yrange [0:high_max > 0 ? 1.06 * high_max : 1]
set grid ytics linetype 1 linecolor rgb grid_grey linewidth 0.7
set xtics ("1 min" 1 / 1440.0, "10 min" 10 / 1440.0, "1 h" 1 / 24.0, "6 h" 0.25, "1 day" 1, "7 days" 7, "30 days" 30, "1 year" 365)
set label 3 scaled(key, 1) at screen 0.5 * (left + width - right) / width, (bottom - 0.36) / height center
set label 4 metric at screen 0.12 / width, (bottom + 0.5 * graph) / height center rotate by 90
load "legend.gp"
plot for [e = 0:n - 1] data index e using 2:(valid(4) ? $3 - $4 : NaN):($3 + $4) with filledcurves \
         fillstyle transparent solid 0.15 noborder linecolor rgb colour(position(e)), \
     for [e = 0:n - 1] data index e using 2:3 with linespoints linecolor rgb colour(position(e)) dashtype dash(position(e)) \
         linewidth 1.3 pointtype point(position(e)) pointsize 0.35
