# In which settings claims hold: a row a setting, a column a claim, whose words stand at the foot of the page. Verdicts have a colour
# and a mark, so that they are told apart in grey too.
#
# Blocks of the data: settings (row from 1, name); claims (column from 1, words); verdicts (column, row, 0 holds, 1 within error, 2
# does not hold, 3 not known, and the difference with its interval, which are not drawn).

call "style.gp" ARG1 ARG2 ARG3 ARG4
stats data index 0 using (strlen(strcol(2))) name "name" nooutput
stats data index 1 using (strlen(strcol(2))) name "words" nooutput
n = int(name_records)
claims = int(words_records)
array name_of[n]
array words_of[claims]
stats data index 0 using (name_of[$0 + 1] = strcol(2), 0) nooutput
stats data index 1 using (words_of[$0 + 1] = strcol(2), 0) nooutput

width = asked_width > 0 ? asked_width : min(7, max(3.4, max((0.069 * name_max + 0.25) / 0.48, 0.069 * name_max + 0.4 + 0.3 * claims)))
left = min(names_width(name_max) + 0.25, width - 0.2 - 0.12 * claims)
right = 0.15
cell = min(0.6, (width - left - right) / claims)
note = noted("")
top = 0.12 + 0.155 * (lines(title) + lines(note)) + 0.2
pitch = 0.19

# The foot: what the marks mean, as many beside each other as fit, then the claims, each in as many lines as its words take.
array meaning[4]
meaning[1] = "holds"; meaning[2] = "within error"; meaning[3] = "does not hold"; meaning[4] = "not known"
mark_columns = width > 4.2 ? 4 : 2
mark_rows = 4 / mark_columns
across = letters_across(width - 0.25)
claim_lines = 0
do for [c = 1:claims] { claim_lines = claim_lines + count_lines(words_of[c], across) }
bottom = 0.2 + 0.17 * mark_rows + 0.155 * claim_lines
around = top + bottom
load "rows.gp"
left = min(names_width(name_max) + 0.25, width - 0.2 - 0.12 * claims)
cell = min(0.6, (width - left - right) / claims)
# A long name keeps its end, where the value stands.
letters = int((left - 0.2) / 0.069)
do for [e = 1:n] {
    if (format ne "tikz" && strlen(name_of[e]) > letters) {
        name_of[e] = "…" . substr(name_of[e], strlen(name_of[e]) - letters + 2, strlen(name_of[e]))
    }
}
height = top + pitch * n + bottom
load "page.gp"

eval place(left, bottom, cell * claims, pitch * n)
set border 0
unset xtics
set xrange [0.5:claims + 0.5]
set yrange [n + 0.6:0.4]
floor_at = bottom
tall = pitch * n
load "row_names.gp"

fill(v) = int(word("0x0072B2 0xE0E0E0 0xD55E00 0xFFFFFF", int(v) + 1))
# Half of a mark, in units of the axes.
half_x = 0.045 / cell
half_y = 0.045 * (n + 0.2) / tall
do for [c = 1:claims] {
    set label 400 + c sprintf("%d", c) at screen (left + cell * (c - 0.5)) / width, (floor_at + tall + 0.09) / height center textcolor rgb dark_grey
}
do for [m = 0:3] {
    mx = 0.16 + m % mark_columns * (width - 0.2) / mark_columns
    my = bottom - 0.17 - 0.17 * (m / mark_columns)
    set object 1 + m rectangle center screen mx / width, my / height size screen 0.16 / width, 0.13 / height \
        fillcolor rgb fill(m) fillstyle solid 1.0 border linecolor rgb light_grey linewidth 0.7
    if (m < 2) {
        set label 410 + m "" at screen mx / width, my / height point pointtype (m == 0 ? 7 : 6) pointsize 0.6 linecolor rgb (m == 0 ? "white" : "black")
    }
    if (m == 2) {
        set arrow 1 from screen (mx - 0.04) / width, (my - 0.04) / height to screen (mx + 0.04) / width, (my + 0.04) / height nohead front linecolor rgb "white" linewidth 1.6
        set arrow 2 from screen (mx - 0.04) / width, (my + 0.04) / height to screen (mx + 0.04) / width, (my - 0.04) / height nohead front linecolor rgb "white" linewidth 1.6
    }
    if (m == 3) {
        set label 410 + m "?" at screen mx / width, my / height center textcolor rgb dark_grey
    }
    set label 420 + m meaning[m + 1] at screen (mx + 0.14) / width, my / height left textcolor rgb dark_grey
}
foot_line = 0
do for [c = 1:claims] {
    rest = words_of[c]
    set label 500 + c sprintf("%d", c) at screen 0.24 / width, (0.1 + 0.155 * (claim_lines - 1 - foot_line)) / height right textcolor rgb dark_grey
    while (rest ne "") {
        set label 600 + foot_line first_line(rest, across) at screen 0.32 / width, (0.1 + 0.155 * (claim_lines - 1 - foot_line)) / height left textcolor rgb dark_grey
        rest = other_lines(rest, across)
        foot_line = foot_line + 1
    }
}

only(v, value) = v == value ? 1 : NaN
set style fill solid 1.0 border linecolor rgb light_grey
plot data index 2 using 1:2:($1 - 0.46):($1 + 0.46):($2 - 0.44):($2 + 0.44):(fill($3)) with boxxyerror linecolor rgb variable fillstyle solid 1.0 noborder, \
     data index 2 using 1:($2 * only($3, 0)) with points pointtype 7 pointsize 0.65 linecolor rgb "white", \
     data index 2 using 1:($2 * only($3, 1)) with points pointtype 6 pointsize 0.65 linecolor rgb "black", \
     data index 2 using ($1 - half_x):($2 * only($3, 2) - half_y):(2 * half_x):(2 * half_y) with vectors nohead linecolor rgb "white" linewidth 1.6, \
     data index 2 using ($1 - half_x):($2 * only($3, 2) + half_y):(2 * half_x):(-2 * half_y) with vectors nohead linecolor rgb "white" linewidth 1.6, \
     data index 2 using 1:($2 * only($3, 3)):("?") with labels textcolor rgb dark_grey
