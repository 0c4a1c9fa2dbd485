# Overlap: how the true click propensity is spread among the test exposures that were clicked and among the others. Where one of the
# two has next to none, weights are large and nothing is learned of those exposures but by extrapolation.
#
# Columns of the data: ends of a bin, of equal width in logits; shares of clicked and of other exposures in it. `metric` says which
# propensity it is, where it is not the true one.

call "style.gp" ARG1 ARG2 ARG3 ARG4
stats data using 1 name "low" nooutput
stats data using 2 name "high" nooutput
stats data using 3 name "clicked" nooutput
stats data using 4 name "others" nooutput
width = asked_width > 0 ? asked_width : 3.4
left = 0.6; right = 0.15
note = noted("")
top = 0.36 + 0.155 * (lines(title) + lines(note))
bottom = 0.48
height = top + 1.7 + bottom
load "page.gp"

eval place(left, bottom, width - left - right, height - top - bottom)
logit(p) = log(p / (1 - p))
set xrange [logit(low_min):logit(high_max)]
set yrange [0:1.08 * max(clicked_max, others_max)]
set xtics ()
do for [text in "0.00001 0.0001 0.001 0.01 0.1 0.5 0.9 0.99 0.999 0.9999 0.99999"] {
    at = logit(real(text))
    if (at > logit(low_min) - 0.01 && at < logit(high_max) + 0.01) { set xtics add (text at) }
}
set ytics step(1.08 * max(clicked_max, others_max))
set grid ytics linetype 1 linecolor rgb grid_grey linewidth 0.7
set label 3 (metric ne "" ? metric : "true click propensity") . ", logit scale" at screen 0.5 * (left + width - right) / width, 0.13 / height center
set label 4 "share of exposures" at screen 0.12 / width, (bottom + 0.85) / height center rotate by 90
line = 1 - (top - 0.12) / height
set style rectangle fillstyle solid 1.0 noborder
set object 1 rectangle center screen (left + 0.06) / width, line size screen 0.12 / width, screen 0.09 / height fillcolor rgb pale_blue
set arrow 1 from screen left / width, line to screen (left + 0.12) / width, line nohead linecolor rgb blue linewidth 1.4
set label 5 "not clicked" at screen (left + 0.17) / width, line left
set arrow 2 from screen (left + 1.02) / width, line to screen (left + 1.24) / width, line nohead linecolor rgb vermilion linewidth 1.6 dashtype 2
set label 6 "clicked" at screen (left + 1.3) / width, line left
middle(a, b) = 0.5 * (logit(a) + logit(b))
set style fill solid 1.0 noborder
plot data using (middle($1, $2)):(0):(logit($1)):(logit($2)):(0):4 with boxxyerror linecolor rgb pale_blue, \
     data using (middle($1, $2)):4 with histeps linecolor rgb blue linewidth 1.2, \
     data using (middle($1, $2)):3 with histeps linecolor rgb vermilion dashtype 2 linewidth 1.4
