# The best estimator in each setting of a sweep: the x key across, all combinations of the other keys down. A full colour means
# that it differs significantly from all others (paired tests, Holm, 5 %); where it does not, the colour is pale and the others
# are named. Where names do not fit into the cells, numbers stand for them, and the foot of the page says which.
#
# Columns of the data: column and row of the setting (from 1), their values, position of the best estimator in the experiment
# (from 0), which decides on its colour, its name, two lines on those that are not significantly different, their number.

call "style.gp" ARG1 ARG2 ARG3 ARG4
stats data using 1 name "x" nooutput
stats data using 2 name "y" nooutput
stats data using 5 name "position" nooutput
stats data using 9 name "ties" nooutput
stats data using (strlen(strcol(3))) name "across" nooutput
stats data using (strlen(strcol(4))) name "down" nooutput
stats data using (strlen(strcol(6))) name "name" nooutput
stats data using (max(strlen(strcol(6)), max(strlen(strcol(7)), strlen(strcol(8))))) name "text" nooutput
columns = int(x_max)
rows = int(y_max)

# The names in order of the experiment.
n = 0
array name_of[position_max + 1]
array position_of[position_max + 1]
array number_of[position_max + 1]
do for [p = 0:int(position_max)] {
    found = ""
    stats data using ($5 == p ? (found = strcol(6), 1) : 0, 0) nooutput
    number_of[p + 1] = 0
    if (found ne "") { n = n + 1; name_of[n] = found; position_of[n] = p; number_of[p + 1] = n }
}

right = 0.12
least = 0.067 * max(text_max, across_max) + 0.14 # of a cell that holds its texts
width = asked_width > 0 ? asked_width : max(3.4, 0.22 + 0.069 * down_max + right + columns * least)
left = 0.22 + names_width(down_max)
cell = (width - left - right) / columns
numbered = cell < least - 0.001
slanted = cell < 0.067 * across_max + 0.05
legend_columns = max(1, min(n, int((width - 0.2) / (0.069 * (name_max + 3) + 0.3))))
legend_rows = numbered ? int(ceil(1.0 * n / legend_columns)) : 0
lines_of = numbered ? (ties_max > 0 ? 2 : 1) : ties_max > 1 ? 3 : ties_max > 0 ? 2 : 1
cell_height = 0.14 + 0.14 * lines_of
heading = title
note = noted("rows: " . other_keys . "; best by " . metric . "; pale: others are not significantly different (paired tests)" . (numbered && ties_max > 0 ? "; +2: two more" : ""))
top = 0.16 + 0.155 * (lines(heading) + lines(note))
foot = 0.155 * legend_rows + (numbered ? 0.08 : 0)
below = 0.3 + (slanted ? 0.05 * across_max : 0)
bottom = below + 0.18 + foot
height = top + rows * cell_height + bottom
load "page.gp"

eval place(left, bottom, width - left - right, height - top - bottom)
set border 0
set xrange [0.5:columns + 0.5]
set yrange [rows + 0.5:0.5]
set tics scale 0
if (slanted) set xtics rotate by 45 right
set label 3 key at screen max(0.5 * (left + width - right), 0.034 * strlen(key) + 0.1) / width, (foot + 0.13) / height center

# Lines of text in a cell, from its top, in rows of the graph.
line(i, ties) = (i - 0.5 * ((ties > 1 && !numbered ? 2 : ties > 0 ? 1 : 0))) * 0.14 / cell_height
fill(position, ties) = ties > 0 ? tint(position) : rgb(position)
is_dark(i) = i % palette_size < 3 || i % palette_size == 6
ink(position, ties) = ties == 0 && is_dark(int(position)) ? 0xffffff : 0x000000
# A column itself where names stand, since what an expression gives loses its backslashes.
best = numbered ? '(sprintf("%d", number_of[int($5) + 1]))' : "6"
second = numbered ? '($9 > 0 ? sprintf("+%d", $9) : "")' : "7"
third = numbered ? '("")' : "8"

do for [i = 1:legend_rows > 0 ? n : 0] {
    lx = 0.14 + (i - 1) % legend_columns * (width - 0.2) / legend_columns
    ly = 0.1 + 0.155 * (legend_rows - 1 - (i - 1) / legend_columns)
    set object i rectangle center screen (lx + 0.06) / width, ly / height size screen 0.12 / width, 0.09 / height \
        fillcolor rgb rgb(position_of[i]) fillstyle solid 1.0 noborder
    set label 10 + i sprintf("%d %s", i, name_of[i]) at screen (lx + 0.18) / width, ly / height left
}

set style fill solid 1.0 noborder
plot data using 1:2:($1 - 0.49):($1 + 0.49):($2 - 0.46):($2 + 0.46):(rgb($5)) with boxxyerror linecolor rgb variable, \
     data using 1:2:($1 - 0.475):($1 + 0.475):($2 - 0.43):($2 + 0.43):(fill($5, $9)) with boxxyerror linecolor rgb variable, \
     data using 1:2:(""):xticlabels(literal(strcol(3))):yticlabels(literal(short(strcol(4), left - 0.22))) with labels, \
     data using 1:($2 + line(0, $9)):@best:(ink($5, $9)) with labels textcolor rgb variable, \
     data using 1:($2 + line(1, $9)):@second with labels textcolor rgb dark_grey, \
     data using 1:($2 + line(2, $9)):@third with labels textcolor rgb dark_grey
