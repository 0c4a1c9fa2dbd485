# A metric in all settings of a sweep, the values of the last key changing fastest (Ruecker and Schwarzer 2014): a stepped line
# for each estimator, and below them a stepped line for each key that shows where its values change.
#
# Columns of the data: for each key "key", its name, setting (from 1), level from 0 to 1, value, and how many settings the step
# that begins here is long (0: none begins); then for each estimator "estimator", its name, setting, value of the metric, its MCSE,
# the estimator's position in the experiment (from 0), which decides on its line. Two blank lines stand after each key and each
# estimator.

call "style.gp" ARG1 ARG2 ARG3 ARG4
stats data using 3 name "setting" nooutput
stats data using (strcol(1) eq "estimator" ? $4 : NaN) name "value" nooutput
stats data using (strcol(1) eq "key" && $3 == 1 ? 1 : NaN) name "key" nooutput
stats data using (strcol(1) eq "estimator" ? strlen(strcol(2)) : NaN) name "name" nooutput
settings = int(setting_max)
keys = int(key_records)
n = int(setting_blocks) - keys
array name_of[n]
array key_of[keys]
array values_of[keys]
array run_of[keys]  # settings that the shortest step spans
array most_of[keys] # letters of the longest value
array position_of[n]
do for [e = 1:n] { stats data index keys + e - 1 using (name_of[e] = strcol(2), position_of[e] = $6, 0) nooutput }
position(e) = position_of[e + 1]
do for [k = 1:keys] {
    key_of[k] = ""
    values_of[k] = ""
    run_of[k] = settings
    most_of[k] = 0
    stats data index k - 1 using (key_of[k] = strcol(2), run_of[k] = $6 > 0 ? min(run_of[k], $6) : run_of[k], \
        most_of[k] = max(most_of[k], strlen(strcol(5))), \
        values_of[k] = strstrt(values_of[k] . ",", " " . strcol(5) . ",") ? values_of[k] : values_of[k] . (values_of[k] eq "" ? " " : ", ") . strcol(5), 0) nooutput
}

width = asked_width > 0 ? asked_width : 7
note = noted("")
left = 0.72
right = 0.12
legend_left = width < 5 ? 0.12 : left
legend_columns = int((width - legend_left - 0.1) / (0.069 * name_max + 0.44))
legend_columns = legend_columns < 1 ? 1 : legend_columns > n ? n : legend_columns
legend_rows = int(ceil(1.0 * n / legend_columns))
key_height = 0.48 # of a key's steps, their values and the words above them
loops = keys * key_height
bottom = 0.3 + 0.155 * legend_rows
top = 0.2 + 0.155 * (lines(title) + lines(note))
graph = 2.2
height = top + graph + loops + bottom
load "page.gp"

log_y = !is_signed && value_min > 0 && value_max / value_min > 5
if (log_y) eval log_tics("y", value_min, value_max, 1)
margin = 0.06 * (value_max > value_min ? value_max - value_min : 1)
y0 = log_y ? value_min / 1.15 : value_min - margin
y1 = log_y ? value_max * 1.15 : value_max + margin
if (is_signed) { y0 = min(y0, -margin); y1 = max(y1, margin) } # 0 is in sight
set yrange [y0:y1]
set xrange [1:settings + 1]
set grid ytics linetype 1 linecolor rgb grid_grey linewidth 0.7
if (is_signed) set xzeroaxis linetype 1 linecolor rgb dark_grey linewidth 1
set label 4 "settings" at screen 0.5 * (left + width - right) / width, (0.155 * legend_rows + 0.17) / height center
set label 3 scaled(metric, log_y) at screen 0.12 / width, (bottom + loops + 0.5 * graph) / height center rotate by 90
legend_point = 0.4
load "legend.gp"

set multiplot
set lmargin at screen left / width
set rmargin at screen 1 - right / width
set tmargin at screen 1 - top / height
set bmargin at screen (bottom + loops) / height
set border 2
unset xtics
plot for [e = 0:n - 1] data index keys + e using ($3 + 0.0):4 with steps linecolor rgb colour(position(e)) dashtype dash(position(e)) linewidth 1.4, \
     for [e = 0:n - 1] data index keys + e using ($3 == settings ? $3 : NaN):4:(1):(0) with vectors nohead \
         linecolor rgb colour(position(e)) dashtype dash(position(e)) linewidth 1.4, \
     for [e = 0:n - 1] data index keys + e using ($3 + 0.5):4 with points pointtype point(position(e)) pointsize 0.4 linecolor rgb colour(position(e))
unset label; unset arrow; unset ytics; unset grid; unset logscale y; unset xzeroaxis
set border 0
set yrange [-0.1:1.1]
do for [k = 1:keys] {
    set tmargin at screen (bottom + loops - (k - 1) * key_height - 0.32) / height
    set bmargin at screen (bottom + loops - k * key_height + 0.02) / height
    # Each step has its value above it, where there is room for it.
    room = run_of[k] * (width - left - right) / settings
    written = room > 0.06 * most_of[k] + 0.03
    set label 1 key_of[k] . (written ? "" : ":" . values_of[k]) at graph 0, screen (bottom + loops - (k - 1) * key_height - 0.1) / height left textcolor rgb dark_grey
    plot data index k - 1 using ($3 + 0.5 * $6):4:(written && $6 > 0 ? strcol(5) : "") with labels offset 0, 0.5 \
              textcolor rgb mid_grey, \
         data index k - 1 using 3:4 with steps linecolor rgb dark_grey linewidth 1, \
         data index k - 1 using ($3 == settings ? $3 : NaN):4:(1):(0) with vectors nohead linecolor rgb dark_grey linewidth 1
}
unset multiplot
