# Sensitivity: between which bounds the conversion rate of all exposures lies, along Gamma: by how much the odds of conversion of clicked
# and of other exposures may differ at the same features. Both axes are log scales. What no assumption leaves is a dashed frame.
#
# Columns of the data: Gamma, lower bound, its outer limit, upper bound, its outer limit; in every row the lowest and the highest rate
# without an assumption, and the break-even rate or NaN.

call "style.gp" ARG1 ARG2 ARG3 ARG4
stats data using 1 name "gamma" nooutput
stats data using (min($3 > 0 ? $3 : $2, $6)) name "low" nooutput
stats data using (max($5, $7)) name "high" nooutput
stats data using 6 name "frame_low" nooutput
stats data using 7 name "frame_high" nooutput
break_even = NaN
stats data using (valid(8) ? (break_even = $8) : 0) name "even" nooutput
is_even = break_even == break_even
least = 0.85 * (is_even ? min(low_min, break_even) : low_min)
most = min(1, 1.15 * (is_even ? max(high_max, break_even) : high_max))
width = asked_width > 0 ? asked_width : 3.4
left = 0.65; right = 0.15
note = noted("line and band: bounds; pale: 95 " . (format eq "tikz" ? "\\%" : "%") . " limits; dashes: bounds without an assumption" \
    . (is_even ? "; red: break-even" : ""))
top = 0.14 + 0.155 * (lines(title) + lines(note))
bottom = 0.48
tall = 2.1
height = top + tall + bottom
load "page.gp"

eval place(left, bottom, width - left - right, tall)
set logscale x
set xrange [1:gamma_max]
set xtics (1, 1.25, 1.5, 2, 3)
tight = log10(most / least) > 1.6
eval log_tics("y", least, most, 1)
set yrange [least:most]
set grid ytics linetype 1 linecolor rgb grid_grey linewidth 0.7
set label 3 "Gamma, log scale" at screen 0.5 * (left + width - right) / width, 0.13 / height center
set label 4 scaled(metric, 1) at screen 0.12 / width, (bottom + 0.5 * tall) / height center rotate by 90
do for [i = 1:2] {
    set arrow i from graph 0, first (i == 1 ? frame_low_min : frame_high_max) to graph 1, first (i == 1 ? frame_low_min : frame_high_max) nohead front \
        linecolor rgb dark_grey dashtype 2 linewidth 1
}
if (is_even) set arrow 3 from graph 0, first break_even to graph 1, first break_even nohead front linecolor rgb vermilion linewidth 1.4
shown(y) = max(least, min(most, y))
set style fill solid 1.0 noborder
plot data using 1:(shown($3)):(shown($5)) with filledcurves linecolor rgb pale_blue, \
     data using 1:2:4 with filledcurves linecolor rgb sky fillstyle transparent solid 0.5, \
     data using 1:2 with lines linecolor rgb blue linewidth 1.6, \
     data using 1:4 with lines linecolor rgb blue linewidth 1.6
