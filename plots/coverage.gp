# How often an interval of an estimate -+ 1.96 standard deviations of its redraws holds the ideal loss of fixed predictions, and how
# often it holds the estimator's own mean; a group of rows for each predictor.
#
# Columns of the data: predictor, estimator, coverage in %, its MCSE, coverage without bias. Two blank lines stand between
# predictors.

call "style.gp" ARG1 ARG2 ARG3 ARG4
stats data using 3 name "coverage" nooutput
stats data using (strlen(strcol(1)) > strlen(strcol(2)) + 2 ? strlen(strcol(1)) : strlen(strcol(2)) + 2) name "name" nooutput
predictors = int(coverage_blocks)
n = int(coverage_records) + predictors # a heading each
array name_of[n]
array start[predictors]
at = 0
do for [p = 1:predictors] {
    start[p] = at + 1
    stats data index p - 1 using ($0 == 0 ? (at = at + 1, name_of[at] = strcol(1)) : 0, at = at + 1, name_of[at] = "  " . strcol(2), 0) nooutput
}
percent = format eq "tikz" ? "\\%" : "%"

width = asked_width > 0 ? asked_width : 3.4
left = names_width(name_max) + 0.3
right = 0.25
note = noted("filled: coverage of the ideal loss ± Monte Carlo standard error; open: without the bias; line: 95 " . percent)
top = 0.14 + 0.155 * (lines(title) + lines(note))
bottom = 0.5
pitch = 0.165
around = top + 0.1 + bottom
load "rows.gp"
left = names_width(name_max) + 0.3
height = top + pitch * n + 0.1 + bottom
load "page.gp"

set label 3 "coverage (" . percent . ")" at screen 0.5 * (left + width - right) / width, 0.13 / height center
do for [i = 1:n] {
    is_heading = name_of[i][1:1] ne " "
    set label 100 + i short(name_of[i], left - 0.3) at screen (is_heading ? 0.12 : 0.26) / width, (bottom + 0.05 + pitch * (n - i + 0.5)) / height left \
        textcolor rgb is_heading ? "black" : mid_grey
}
eval place(left, bottom, width - left - right, height - top - bottom)
set border 1
unset ytics
set yrange [0.2:n + 0.8]
set xrange [0:101]
set xtics 25
set grid xtics linetype 1 linecolor rgb grid_grey linewidth 0.7
set arrow 1 from 95, graph 0 to 95, graph 1 nohead linecolor rgb vermilion linewidth 1
y(p, i) = n + 1 - (start[p] + 1 + i)
plot for [p = 1:predictors] data index p - 1 using 5:(y(p, $0)) with points pointtype 6 pointsize 0.9 linecolor rgb dark_grey, \
     for [p = 1:predictors] data index p - 1 using 3:(y(p, $0)):4 with xerrorbars pointtype 7 pointsize 0.4 linecolor rgb blue
