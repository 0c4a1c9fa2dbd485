# Accuracy against cost: a measure, with its Monte Carlo standard error, and the median training time of each estimator. The line joins
# the estimators that none beats in both.
#
#     gnuplot -c cost.gp DATA OUTPUT FORMAT TITLE BASELINE MEASURE KEY KEYS WIDTH
#
# DATA is tab-separated: estimator, seconds, value, its MCSE, 1 if none is both faster and better, the estimator's place among
# all of the experiment, which is its look. FORMAT is svg, png, pdf
# or tikz. WIDTH is in inches, 0 for the default.

data = ARG1
set datafile separator "\t"
stats data using 2 name "time" nooutput
stats data using 3 name "value" nooutput
stats data using ($3 - (valid(4) ? $4 : 0)) name "low" nooutput
stats data using ($3 + (valid(4) ? $4 : 0)) name "high" nooutput
stats data using (strlen(strcol(1))) name "name" nooutput
n = int(time_records)
array name_of[n]
array time_of[n]
array value_of[n]
array look_of[n]
stats data using (name_of[$0 + 1] = strcol(1), time_of[$0 + 1] = $2, value_of[$0 + 1] = $3, look_of[$0 + 1] = $6, 0) nooutput
look(e) = look_of[e + 1]

width = ARG9 > 0 ? real(ARG9) : n <= 6 ? 3.4 : 7
left = 0.72
right = 0.069 * name_max + 0.38
title_lines = 1 + int(strlen(ARG4) * 0.067 / (width - 0.2))
note = "bars: ± Monte Carlo standard error; line: none is faster and better"
note_lines = 1 + int(strlen(note) * 0.067 / (width - 0.2))
top = 0.16 + 0.155 * (title_lines + note_lines)
bottom = 0.48
graph = 0.13 * n > 2.2 ? 0.13 * n : 2.2
height = top + graph + bottom
call "style.gp" ARG2 ARG3

set lmargin at screen left / width
set rmargin at screen 1 - right / width
set tmargin at screen 1 - top / height
set bmargin at screen bottom / height
eval log_tics("x", time_min / 1.6, time_max * 1.6, 1)
log_y = low_min > 0 && high_max / low_min > 10
if (log_y) eval log_tics("y", low_min, high_max, 1)
margin = 0.06 * (high_max > low_min ? high_max - low_min : 1)
y0 = log_y ? low_min / 1.1 : low_min - margin
y1 = log_y ? high_max * 1.1 : high_max + margin
set yrange [y0:y1]
set xrange [time_min / 1.6:time_max * 1.6] # holds a tic
set grid linetype 1 linecolor rgb "#e4e4e4" linewidth 0.7
set label 1 wrap(ARG4, int((width - 0.2) / 0.067)) at screen 0.1 / width, 1 - 0.13 / height left
set label 2 wrap(note, int((width - 0.2) / 0.067)) at screen 0.1 / width, 1 - (0.13 + 0.155 * title_lines) / height left textcolor rgb "#606060"
set label 3 "training seconds (median)" at screen 0.5 * (left + width - right) / width, 0.13 / height center
set label 4 ARG6 at screen 0.12 / width, (bottom + 0.5 * graph) / height center rotate by 90

# Names in a column at the right, as near to the height of their points as they can be without overlap (see sweep.gp).
array rank[n]
array mean[n]
array size[n]
up(v) = graph * (log_y ? log(v / y0) / log(y1 / y0) : (v - y0) / (y1 - y0))
across(t) = (width - left - right) * log(t * 1.6 / time_min) / log(2.56 * time_max / time_min)
apart = 0.125
merged = 0
do for [e = 1:n] {
    at = e
    while (at > 1 && value_of[rank[at > 1 ? at - 1 : 1]] > value_of[e]) { rank[at] = rank[at - 1]; at = at - 1 }
    rank[at] = e
}
do for [i = 1:n] {
    merged = merged + 1
    mean[merged] = up(value_of[rank[i]]) - apart * i
    size[merged] = 1
    while (merged > 1 && mean[merged > 1 ? merged - 1 : 1] > mean[merged]) {
        mean[merged - 1] = (mean[merged - 1] * size[merged - 1] + mean[merged] * size[merged]) / (size[merged - 1] + size[merged])
        size[merged - 1] = size[merged - 1] + size[merged]
        merged = merged - 1
    }
}
i = 0
do for [b = 1:merged] {
    do for [k = 1:size[b]] {
        i = i + 1
        e = rank[i]
        most = graph - apart * n
        place = (mean[b] < -apart ? -apart : mean[b] > most ? most : mean[b]) + apart * i
        set label 100 + e name_of[e] at screen (width - right + 0.22) / width, (bottom + place) / height left offset 0.5, 0 \
            textcolor rgb colour(look(e - 1)) point pointtype point(look(e - 1)) pointsize 0.5 linecolor rgb colour(look(e - 1))
        set arrow 100 + e from screen (left + across(time_of[e])) / width, (bottom + up(value_of[e])) / height \
            to screen (width - right + 0.17) / width, (bottom + place) / height nohead back linecolor rgb "#c8c8c8" linewidth 0.5
    }
}

set datafile missing NaN # which would cut the line
plot data using ($5 > 0 ? $2 : NaN):3 smooth unique with lines linecolor rgb "#a0a0a0" dashtype 2 linewidth 1, \
     for [e = 0:n - 1] data every ::e::e using 2:3:4 with yerrorbars pointtype point(look(e)) pointsize 0.6 linecolor rgb colour(look(e)) linewidth 1
