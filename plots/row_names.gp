# The names of rows, at the left of a graph whose y axis is [0.4:n + 0.6], the first row at the top. They are labels and not tics,
# of which gnuplot cuts all beyond 50 letters, which TeX's escapes reach. Takes n, name_of[1..n], `left`, `floor_at` and `tall`, the
# foot and the height of the graph.
unset ytics
do for [e = 1:n] {
    set label 200 + e short(name_of[e], left - 0.2) at screen (left - 0.07) / width, (floor_at + tall * (n + 0.6 - e) / (n + 0.2)) / height right \
        textcolor rgb dark_grey
}
