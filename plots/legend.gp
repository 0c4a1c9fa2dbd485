# A legend at the foot of the page: names, each beside a piece of its line. Takes n, name_of[1..n], position(0..n-1), legend_left,
# legend_columns, legend_rows and legend_point, the size of a point.
do for [e = 0:n - 1] {
    lx = (legend_left + e % legend_columns * (width - legend_left - 0.1) / legend_columns) / width
    ly = (0.1 + 0.155 * (legend_rows - 1 - int(e / legend_columns))) / height
    set arrow 100 + e from screen lx, ly to screen lx + 0.26 / width, ly nohead linecolor rgb colour(position(e)) dashtype dash(position(e)) linewidth 1.6
    set label 100 + e short(name_of[e + 1], (width - legend_left - 0.1) / legend_columns - 0.36) at screen lx + 0.32 / width, ly left
    set label 300 + e "" at screen lx + 0.13 / width, ly point pointtype point(position(e)) pointsize legend_point linecolor rgb colour(position(e))
}
