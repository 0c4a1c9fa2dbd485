# Accuracy against cost: a metric, with its Monte Carlo standard error, and the median training time of each estimator. The line
# joins the Pareto front: the estimators that no other beats in both.
#
# Columns of the data: estimator, seconds, value, its MCSE, 1 if no other is faster and better, the estimator's position in the
# experiment (from 0), which decides on its colour and point.

call "style.gp" ARG1 ARG2 ARG3 ARG4
stats data using 2 name "time" nooutput
stats data using 3 name "value" nooutput
stats data using ($3 - (valid(4) ? $4 : 0)) name "low" nooutput
stats data using ($3 + (valid(4) ? $4 : 0)) name "high" nooutput
stats data using (strlen(strcol(1))) name "name" nooutput
n = int(time_records)
array name_of[n]
array time_of[n]
array value_of[n]
array position_of[n]
stats data using (name_of[$0 + 1] = strcol(1), time_of[$0 + 1] = $2, value_of[$0 + 1] = $3, position_of[$0 + 1] = $6, 0) nooutput
position(e) = position_of[e + 1]

width = asked_width > 0 ? asked_width : n <= 6 ? 3.4 : 7
left = 0.72
right = names_width(name_max) + 0.45
outside = 0
do for [e = 1:n] { outside = outside + (strstrt(name_of[e], "†") > 0) }
note = noted("bars: ± Monte Carlo standard error; line: Pareto front (none is faster and better)" \
    . (outside > 0 ? "; † of wall clock" : ""))
top = 0.16 + 0.155 * (lines(title) + lines(note))
bottom = 0.48
graph = 0.13 * n > 2.2 ? 0.13 * n : 2.2
height = top + graph + bottom
load "page.gp"

eval place(left, bottom, width - left - right, height - top - bottom)
tight = 3 * log10(2.56 * time_max / time_min) * 0.28 > width - left - right
eval log_tics("x", time_min / 1.6, time_max * 1.6, 1)
tight = 0
log_y = !is_signed && low_min > 0 && high_max / low_min > 5
if (log_y) eval log_tics("y", low_min, high_max, 1)
margin = 0.06 * (high_max > low_min ? high_max - low_min : 1)
y0 = log_y ? low_min / 1.1 : low_min - margin
y1 = log_y ? high_max * 1.1 : high_max + margin
set yrange [y0:y1]
set xrange [time_min / 1.6:time_max * 1.6] # holds a tic
set grid linetype 1 linecolor rgb grid_grey linewidth 0.7
set label 3 "training seconds (median, log scale)" at screen 0.5 * (left + width - right) / width, 0.13 / height center
set label 4 scaled(metric, log_y) at screen 0.12 / width, (bottom + 0.5 * graph) / height center rotate by 90

# Names in a column at the right, each joined to its point.
apart = 0.125
array end[n]
do for [e = 1:n] { end[e] = graph * (log_y ? log(value_of[e] / y0) / log(y1 / y0) : (value_of[e] - y0) / (y1 - y0)) }
across(t) = (width - left - right) * log(t * 1.6 / time_min) / log(2.56 * time_max / time_min)
load "names.gp"
do for [e = 1:n] {
    set label 100 + e short(name_of[e], right - 0.38) at screen (width - right + 0.22) / width, (bottom + name_at[e]) / height left offset 0.5, -0.3 \
        textcolor rgb dark_grey point pointtype point(position(e - 1)) pointsize 0.5 linecolor rgb colour(position(e - 1))
    set arrow 100 + e from screen (left + across(time_of[e])) / width, (bottom + end[e]) / height \
        to screen (width - right + 0.17) / width, (bottom + name_at[e]) / height nohead back linecolor rgb light_grey linewidth 0.5
}

set datafile missing NaN # which would cut the line
plot data using ($5 > 0 ? $2 : NaN):3 smooth unique with lines linecolor rgb light_grey dashtype 2 linewidth 1, \
     for [e = 0:n - 1] data every ::e::e using 2:3:4 with yerrorbars pointtype point(position(e)) pointsize 0.6 linecolor rgb colour(position(e)) linewidth 1
