# A metric against the key that is swept: one line for each estimator, with a ribbon of ± one Monte Carlo standard error; one
# panel for each combination of the other keys.
#
# Columns of the data: panel, estimator, x, value of the key, value of the metric, its MCSE, the estimator's position in the
# experiment (from 0), which decides on its line. Two blank lines stand after each estimator of each panel.

call "style.gp" ARG1 ARG2 ARG3 ARG4
stats data using 5 name "value" nooutput
stats data using ($5 - (valid(6) ? $6 : 0)) name "low" nooutput
stats data using ($5 + (valid(6) ? $6 : 0)) name "high" nooutput
stats data using 3 name "x" nooutput
stats data using (strlen(strcol(2))) name "name" nooutput
stats data using (strlen(strcol(4))) name "tick" nooutput
stats data index 0 using 3 name "step" nooutput
first = ""
panels = 0
stats data using ((strcol(1) ne first ? (panels = panels + 1, first = strcol(1)) : 0), 0) nooutput
n = int(value_blocks / panels)
steps = int(step_records)
array tick_at[steps]
array tick_text[steps]
stats data index 0 using (tick_at[$0 + 1] = $3, tick_text[$0 + 1] = strcol(4), 0) nooutput
array name_of[n]
array position_of[n]
array end[n]
do for [e = 1:n] {
    end[e] = low_min
    stats data index e - 1 using (name_of[e] = strcol(2), position_of[e] = $7, valid(5) ? (end[e] = $5) : 0, 0) nooutput
}
position(e) = position_of[e + 1]
array panel_of[panels]
do for [p = 1:panels] { stats data index (p - 1) * n using (panel_of[p] = strcol(1), 0) nooutput }

# One panel has the names at the ends of its lines, several have a legend below.
columns = panels == 1 ? 1 : panels <= 4 ? 2 : panels <= 9 ? 3 : 4
columns = panels == 3 || panels == 5 || panels == 6 ? 3 : columns
rows = int(ceil(1.0 * panels / columns))
width = asked_width > 0 ? asked_width : panels == 1 && n <= 8 ? 3.4 : 7
legend_left = width < 5 ? 0.12 : 0.72
legend_columns = int((width - legend_left - 0.1) / (0.069 * name_max + 0.44))
legend_columns = legend_columns < 1 ? 1 : legend_columns > n ? n : legend_columns
legend_rows = panels == 1 ? 0 : int(ceil(1.0 * n / legend_columns))
right = panels == 1 ? names_width(name_max) + 0.38 : 0.1
left = 0.72
gap = 0.14
room = panels == 1 ? 0.03 : 0.1 # for halves of tic labels
graph_width = (width - left - right) / columns
free_tics = exists("over_time") # of a script that calls this one: x is a time, and its tics need not be at the values
slanted = free_tics ? 0 : tick_max * 0.067 > graph_width / steps || (columns > 1 && tick_max * 0.067 > 2 * graph_width * room / (1 + 2 * room) + gap)
below = slanted ? 0.25 + 0.05 * tick_max : 0.34 # from the graph to the name of the key
bottom = below + 0.12 + 0.155 * legend_rows + (legend_rows > 0 ? 0.1 : 0)
panel_height = panels == 1 ? (0.14 * n > 1.7 ? 0.14 * n : 1.7) : 1.35
note = noted("ribbon: ± Monte Carlo standard error")
top = 0.16 + 0.155 * (lines(title) + lines(note))
panel_letters = int((width - left - right) / columns / 0.067)
# "a = 1, b = 2" on one line, or a line a key, whose value is on the next where it has no room.
is_line(s) = strlen(s) <= panel_letters || (strstrt(s, ", ") == 0 && strstrt(s, " = ") < 2)
key_of(s) = strstrt(s, ", ") > 0 ? s[1:strstrt(s, ", ") - 1] : s
first_key(s) = is_line(s) ? s : is_line(key_of(s)) ? key_of(s) : s[1:strstrt(s, " = ") - 1]
other_keys_of(s) = is_line(s) ? "" : is_line(key_of(s)) ? s[strstrt(s, ", ") + 2:strlen(s)] : s[strstrt(s, " = ") + 1:strlen(s)]
count_keys(s) = s eq "" ? 0 : 1 + count_keys(other_keys_of(s))
heading_lines = panels > 1 ? 1 : 0 # of the panels
do for [p = 1:panels] { heading_lines = max(heading_lines, panels > 1 ? count_keys(panel_of[p]) : 0) }
panel_heading = 0.05 * (panels > 1) + 0.14 * heading_lines
height = top + rows * (panel_height + panel_heading) + (rows - 1) * gap + bottom
load "page.gp"

log_y = !is_signed && low_min > 0 && high_max / low_min > 5
log_x = x_min > 0 && x_max / x_min >= 30
if (log_x) set logscale x
margin_y = 0.06 * (high_max > low_min ? high_max - low_min : 1)
y0 = log_y ? low_min / 1.15 : low_min - margin_y
y1 = log_y ? high_max * 1.15 : high_max + margin_y
if (is_signed) { y0 = min(y0, -margin_y); y1 = max(y1, margin_y) } # 0 is in sight
margin_x = log_x ? (x_max / x_min) ** room : room * (x_max > x_min ? x_max - x_min : 1)
set xrange [log_x ? x_min / margin_x : x_min - margin_x:log_x ? x_max * margin_x : x_max + margin_x]
set yrange [y0:y1]
set grid ytics linetype 1 linecolor rgb grid_grey linewidth 0.7
if (slanted) set xtics rotate by 45 right
if (is_signed) set xzeroaxis linetype 1 linecolor rgb dark_grey linewidth 1

set label 4 scaled(key, log_x) at screen 0.5 * (left + width - right) / width, (bottom - below) / height center
set label 3 scaled(metric, log_y) at screen 0.12 / width, 0.5 * (bottom + height - top) / height center rotate by 90

if (panels == 1) {
    # Names beside the ends of the lines.
    graph = panel_height
    apart = 0.12
    up(v) = graph * (log_y ? log(v / y0) / log(y1 / y0) : (v - y0) / (y1 - y0)) # above the axis
    do for [e = 1:n] { end[e] = up(end[e]) }
    load "names.gp"
    do for [e = 1:n] {
        set label 100 + e short(name_of[e], right - 0.38) at screen (width - right + 0.22) / width, (bottom + name_at[e]) / height left offset 0.5, -0.3 \
            textcolor rgb dark_grey point pointtype point(position(e - 1)) pointsize 0.45 linecolor rgb colour(position(e - 1))
        set arrow 100 + e from screen (width - right + 0.02) / width, (bottom + end[e]) / height \
            to screen (width - right + 0.17) / width, (bottom + name_at[e]) / height nohead linecolor rgb colour(position(e - 1)) linewidth 0.5
    }
} else {
    legend_point = 0.5
    load "legend.gp"
}

band = n > 20 ? 0.015 : n > 8 ? 0.05 : 0.12
set multiplot
do for [p = 0:panels - 1] {
    column = p % columns
    row = p / columns
    panel_width = (width - left - right - (columns - 1) * gap) / columns
    x0 = left + column * (panel_width + gap)
    top_of = height - top - row * (panel_height + gap + panel_heading) - panel_heading
    eval place(x0, top_of - panel_height, panel_width, panel_height)
    set format y (column == 0 ? "%g" : "")
    if (log_y) { eval log_tics("y", low_min, high_max, column == 0) }
    if (panels > 1) {
        rest_of_panel = panel_of[p + 1]
        do for [l = 1:heading_lines] {
            set label 20 + l short(first_key(rest_of_panel), panel_width) left textcolor rgb dark_grey \
                at screen x0 / width, (top_of + 0.1 + 0.14 * (count_keys(rest_of_panel) - 1)) / height
            rest_of_panel = other_keys_of(rest_of_panel)
        }
    }
    if (free_tics) { set xtics step(x_max - x_min) } else { set xtics () }
    do for [i = 1:free_tics ? 0 : steps] {
        text = p + columns >= panels ? tick_text[i] : ""
        at = tick_at[i]
        set xtics add (literal(text) at)
    }
    plot for [e = 0:n - 1] data index p * n + e using 3:($5 - $6):($5 + $6) with filledcurves \
             fillstyle transparent solid band noborder linecolor rgb colour(position(e)), \
         for [e = 0:n - 1] data index p * n + e using 3:5 with linespoints \
             linecolor rgb colour(position(e)) dashtype dash(position(e)) linewidth 1.3 pointtype point(position(e)) pointsize 0.45
    if (p == 0) {
        eval without_head; unset label 3; unset label 4
        do for [e = 0:n] { unset label 100 + e; unset arrow 100 + e; unset label 300 + e }
    }
}
unset multiplot
