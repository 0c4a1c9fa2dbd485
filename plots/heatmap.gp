# The best estimator in each setting of a sweep: the x key across, all combinations of the other keys down. A full colour means
# that it differs significantly from all others (paired tests, Holm, 5 %); where it does not, the colour is pale and the others
# are named.
#
# Columns of the data: column and row of the setting (from 1), their values, position of the best estimator in the experiment
# (from 0), which decides on its colour, its name, two lines on those that are not significantly different, their number.

call "style.gp" ARG1 ARG2 ARG3 ARG4 ARG5 ARG6 ARG7 ARG8 ARG9
stats data using 1 name "x" nooutput
stats data using 2 name "y" nooutput
stats data using 9 name "ties" nooutput
stats data using (strlen(strcol(3))) name "across" nooutput
stats data using (strlen(strcol(4))) name "down" nooutput
stats data using (max(strlen(strcol(6)), max(strlen(strcol(7)), strlen(strcol(8))))) name "text" nooutput
columns = int(x_max)
rows = int(y_max)

left = 0.42 + 0.069 * down_max
right = 0.12
cell = 0.067 * max(text_max, across_max) + 0.14 # inches
width = left + right + columns * cell
width = width < 3.4 ? 3.4 : width
width = asked_width > width ? asked_width : width # narrower would clip the names
lines_of = ties_max > 1 ? 3 : ties_max > 0 ? 2 : 1
cell_height = 0.14 + 0.14 * lines_of
heading = title . ": best by " . metric # in place of the title
note = "pale: others are not significantly different (paired tests)"
top = 0.16 + 0.155 * (lines(heading) + lines(note))
bottom = 0.48
height = top + rows * cell_height + bottom
load "page.gp"

eval place(left, bottom, width - left - right, height - top - bottom)
set border 0
set xrange [0.5:columns + 0.5]
set yrange [rows + 0.5:0.5]
set tics scale 0
set label 3 key at screen 0.5 * (left + width - right) / width, 0.13 / height center
set label 4 other_keys at screen 0.12 / width, 0.5 * (bottom + height - top) / height center rotate by 90

# Lines of text in a cell, from its top, in rows of the graph.
line(i, ties) = (i - 0.5 * ((ties > 1 ? 2 : ties > 0 ? 1 : 0))) * 0.14 / cell_height
fill(position, ties) = ties > 0 ? tint(position) : rgb(position)
is_dark(i) = i % palette_size < 3 || i % palette_size == 6
ink(position, ties) = ties == 0 && is_dark(int(position)) ? 0xffffff : 0x000000

set style fill solid 1.0 noborder
plot data using 1:2:($1 - 0.49):($1 + 0.49):($2 - 0.46):($2 + 0.46):(rgb($5)) with boxxyerror linecolor rgb variable, \
     data using 1:2:($1 - 0.475):($1 + 0.475):($2 - 0.43):($2 + 0.43):(fill($5, $9)) with boxxyerror linecolor rgb variable, \
     data using 1:2:(""):xticlabels(literal(strcol(3))):yticlabels(literal(strcol(4))) with labels, \
     data using 1:($2 + line(0, $9)):6:(ink($5, $9)) with labels textcolor rgb variable, \
     data using 1:($2 + line(1, $9)):7 with labels textcolor rgb "#404040", \
     data using 1:($2 + line(2, $9)):8 with labels textcolor rgb "#404040"
