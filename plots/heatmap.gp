# The best estimator in each setting of a sweep: the x key across, all combinations of the other keys down. A full colour means
# that it is told from all others; where others are not told from it (paired tests, Holm, 5 %), the colour is pale and they
# are named.
#
#     gnuplot -c heatmap.gp DATA OUTPUT FORMAT TITLE BASELINE MEASURE KEY KEYS WIDTH
#
# DATA is tab-separated: place along x and y, their values, place of the best among all estimators of the experiment, which is
# its colour, its name, two lines on
# those tied with it, their number. FORMAT is svg, png, pdf or tikz. WIDTH is in inches, 0 for the default.

data = ARG1
set datafile separator "\t"
max(a, b) = a > b ? a : b
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
width = ARG9 > width ? real(ARG9) : width # narrower would clip the names
lines_of = ties_max > 1 ? 3 : ties_max > 0 ? 2 : 1
cell_height = 0.14 + 0.14 * lines_of
heading = ARG4 . ": best by " . ARG6
note = "pale: others are not told from it (paired tests)"
heading_lines = 1 + int(strlen(heading) * 0.067 / (width - 0.2))
note_lines = 1 + int(strlen(note) * 0.067 / (width - 0.2))
top = 0.16 + 0.155 * (heading_lines + note_lines)
bottom = 0.48
height = top + rows * cell_height + bottom
call "style.gp" ARG2 ARG3

set lmargin at screen left / width
set rmargin at screen 1 - right / width
set tmargin at screen 1 - top / height
set bmargin at screen bottom / height
set border 0
set xrange [0.5:columns + 0.5]
set yrange [rows + 0.5:0.5]
set tics scale 0
set label 1 wrap(heading, int((width - 0.2) / 0.067)) at screen 0.1 / width, 1 - 0.13 / height left
set label 2 wrap(note, int((width - 0.2) / 0.067)) at screen 0.1 / width, 1 - (0.13 + 0.155 * heading_lines) / height left textcolor rgb "#606060"
set label 3 ARG7 at screen 0.5 * (left + width - right) / width, 0.13 / height center
set label 4 ARG8 at screen 0.12 / width, 0.5 * (bottom + height - top) / height center rotate by 90

# Lines of text in a cell, from its top, in rows of the graph.
line(i, ties) = (i - 0.5 * ((ties > 1 ? 2 : ties > 0 ? 1 : 0))) * 0.14 / cell_height
fill(place, ties) = ties > 0 ? tint(place) : rgb(place)
dark(place) = int(place) % palette_size == 0 || int(place) % palette_size == 6 || int(place) % palette_size == 1 || int(place) % palette_size == 2
ink(place, ties) = ties == 0 && dark(place) ? 0xffffff : 0x000000

set style fill solid 1.0 noborder
plot data using 1:2:($1 - 0.49):($1 + 0.49):($2 - 0.46):($2 + 0.46):(rgb($5)) with boxxyerror linecolor rgb variable, \
     data using 1:2:($1 - 0.475):($1 + 0.475):($2 - 0.43):($2 + 0.43):(fill($5, $9)) with boxxyerror linecolor rgb variable, \
     data using 1:2:(""):xticlabels(3):yticlabels(4) with labels, \
     data using 1:($2 + line(0, $9)):6:(ink($5, $9)) with labels textcolor rgb variable, \
     data using 1:($2 + line(1, $9)):7 with labels textcolor rgb "#404040", \
     data using 1:($2 + line(2, $9)):8 with labels textcolor rgb "#404040"
