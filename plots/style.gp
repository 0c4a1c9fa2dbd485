# What the figures share: their arguments, texts, colours and axes. A script begins with
#
#     call "style.gp" ARG1 ARG2 ARG3 ARG4
#
# and loads page.gp when it knows its width and height. All lengths are in inches, for texts of 8 pt, the size of captions in a
# two-column paper, however wide the figure; page.gp draws all of it larger for a paper whose texts are larger.

# The arguments, as in gnuplot -c SCRIPT.gp DATA OUTPUT FORMAT TEXTS:
data = ARG1   # a file of tab-separated values; each script says of which
output = ARG2 # the file to draw into
format = ARG3 # svg, png, pdf or tikz
load ARG4     # sets what follows

# title        the question, or another; empty for none
# setting      where the figure is of one of several settings: "world.ctr=0.1"
# baseline     the estimator that the others are seen against
# metric       heading of the metric that is drawn; empty where the figure is of no one metric
# is_signed    1 where the metric may be below 0: it has a line at 0 and no log axis
# key          of a sweep, the name of the key along the x axis
# other_keys   and of the others, "a, b"
# font_name    of texts; empty for what the format has
# points       size of texts
# asked_width  inches; 0 for what suits the figure
zoom = points / 8.0
asked_width = asked_width / zoom

set encoding utf8
set datafile separator "\t"
max(a, b) = a > b ? a : b
min(a, b) = a < b ? a : b

# A letter takes about 0.067 inches, a line 0.155. A long text stands in lines of at most n letters, broken at spaces.
last_space(s, n) = n < 2 ? 0 : s[n:n] eq " " ? n : last_space(s, n - 1)
letters_across(w) = int((w - 0.2) / 0.067)
first_line(s, n) = strlen(s) <= n || last_space(s, n) == 0 ? s : s[1:last_space(s, n) - 1]
other_lines(s, n) = strlen(s) <= n || last_space(s, n) == 0 ? "" : s[last_space(s, n) + 1:strlen(s)]
count_lines(s, n) = s eq "" ? 0 : strlen(s) <= n || last_space(s, n) == 0 ? 1 : 1 + count_lines(other_lines(s, n), n)
lines(s) = count_lines(s, letters_across(width))
heading = title # the first lines of the page
note = ""       # and those below them, in grey
noted(s) = setting . (setting ne "" && s ne "" ? "; " : "") . s

# A column of names takes as much as the longest needs, but at most half of the page; then long names are cut. TeX's escapes are
# not: a cut could fall into one.
names_width(letters) = min(0.069 * letters, 0.48 * width - 0.25)
short(s, w) = format eq "tikz" || 0.069 * strlen(s) <= w + 0.01 ? s : s[1:int(w / 0.069) - 1] . "…"

# The colours of all scripts, which stand here alone.
blue = "#0072B2"; vermilion = "#D55E00"; sky = "#56B4E9"; pale_blue = "#D9E8F2"
dark_grey = "#404040"; mid_grey = "#606060"; light_grey = "#B0B0B0"; grid_grey = "#E0E0E0"

# Colours of Okabe and Ito (2008), which the colour-blind can tell apart; the darker ones first, for white paper.
# Points and dashes differ from one to the next, so that lines are told apart in grey too.
palette_size = 7
colour(i) = word("#0072B2 #D55E00 #009E73 #CC79A7 #E69F00 #56B4E9 #404040", int(i) % palette_size + 1)
rgb(i) = int("0x" . substr(colour(i), 2, 7))
pale(c) = 255 - (255 - c) / 4 # of red, green or blue
tint(i) = 0x10000 * pale(rgb(i) / 0x10000) + 0x100 * pale(rgb(i) / 0x100 % 0x100) + pale(rgb(i) % 0x100)
dash(i) = int(word("1 2 5 4 3", int(i) % 5 + 1))
point(i) = int(word("7 5 9 11 13 15 6 4 8 10 12 14", int(i) % 12 + 1))

# The command that puts the graph with its lower left corner at (x, y): eval place(x, y, graph_width, graph_height)
place(x, y, w, h) = sprintf( \
    "set lmargin at screen %.17g; set rmargin at screen %.17g; set bmargin at screen %.17g; set tmargin at screen %.17g", \
    x / width, (x + w) / width, y / height, (y + h) / height)

# A log axis says so.
scaled(label, is_log) = label . (is_log ? ", log scale" : "")

# About four round steps of an axis: of the length `span`.
step(span) = (power = 10.0 ** floor(log10(span / 4.0)), part = span / 4.0 / power, \
    power * (part < 1.5 ? 1 : part < 3.5 ? 2 : part < 7.5 ? 5 : 10))

# A text as the label of a tic, which gnuplot takes for a format of numbers where it has a %.
literal(s) = strstrt(s, "%") == 0 ? s : \
    s[1:strstrt(s, "%")] . "%" . literal(s[strstrt(s, "%") + 1:strlen(s)])

# The command that puts tics at 1, 2 and 5 of every decade of a log axis, with numbers or without:
# eval log_tics("y", low, high, 1). With tight = 1 only the decades have numbers.
tight = 0
tic(at, numbers) = sprintf("'%s' %g", numbers ? sprintf("%g", at) : "", at)
decade(p, numbers) = tic(p, numbers) . ", " . tic(2 * p, numbers && !tight) . ", " . tic(5 * p, numbers && !tight)
decades(d, last, numbers) = d >= last ? decade(10.0 ** d, numbers) : decade(10.0 ** d, numbers) . ", " . decades(d + 1, last, numbers)
log_tics(axis, low, high, numbers) = sprintf("set logscale %s; set %stics (%s)", axis, axis, \
    decades(int(floor(log10(low))), int(floor(log10(high))), numbers))
