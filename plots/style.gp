# What the figures share: their arguments, texts, colours and axes. A script begins with
#
#     call "style.gp" ARG1 ARG2 ARG3 ARG4 ARG5 ARG6 ARG7 ARG8 ARG9
#
# and loads page.gp when it knows its width and height. All lengths are in inches. Texts are 8 pt, the size of captions in a
# two-column paper, however wide the figure.

# The arguments, as in gnuplot -c SCRIPT.gp DATA OUTPUT FORMAT TITLE BASELINE METRIC KEY OTHER_KEYS WIDTH (see gnuplot.h):
data = ARG1              # a file of tab-separated values; each script says of which
output = ARG2            # the file to draw into
format = ARG3            # svg, png, pdf or tikz
title = ARG4             # the experiment, and the setting if there are several
baseline = ARG5          # the estimator that the others are seen against
metric = ARG6            # heading of the metric that is drawn; empty where the figure is of no one metric
key = ARG7               # of a sweep, the key along the x axis
other_keys = ARG8        # and the others, "a, b"
asked_width = real(ARG9) # inches; 0 for what suits the figure

set datafile separator "\t"
max(a, b) = a > b ? a : b

# A letter takes about 0.067 inches, a line 0.155. A long text stands in lines of at most n letters, broken at spaces.
last_space(s, n) = n < 2 ? 0 : s[n:n] eq " " ? n : last_space(s, n - 1)
wrap(s, n) = strlen(s) <= n || last_space(s, n) == 0 ? s : \
    s[1:last_space(s, n) - 1] . "\n" . wrap(s[last_space(s, n) + 1:strlen(s)], n)
fit(s) = wrap(s, int((width - 0.2) / 0.067))
lines(s) = 1 + int(strlen(s) * 0.067 / (width - 0.2))
heading = title # the first lines of the page
note = ""       # and those below them, in grey

# Colours of Okabe and Ito (2008), which the colour-blind can tell apart; the darker ones first, for white paper.
# Beyond seven, lines differ in dash and points too.
palette_size = 7
colour(i) = word("#0072B2 #D55E00 #009E73 #CC79A7 #E69F00 #56B4E9 #404040", int(i) % palette_size + 1)
rgb(i) = int("0x" . substr(colour(i), 2, 7))
pale(c) = 255 - (255 - c) / 4 # of red, green or blue
tint(i) = 0x10000 * pale(rgb(i) / 0x10000) + 0x100 * pale(rgb(i) / 0x100 % 0x100) + pale(rgb(i) % 0x100)
dash(i) = 1 + int(i / palette_size) % 5
point(i) = int(word("7 5 9 11 13 15 6 4 8 10 12 14", int(i) % 12 + 1))

# The command that puts the graph with its lower left corner at (x, y): eval place(x, y, graph_width, graph_height)
place(x, y, w, h) = sprintf( \
    "set lmargin at screen %.17g; set rmargin at screen %.17g; set bmargin at screen %.17g; set tmargin at screen %.17g", \
    x / width, (x + w) / width, y / height, (y + h) / height)

# About four round steps of an axis: of the length `span`.
step(span) = (power = 10.0 ** floor(log10(span / 4.0)), part = span / 4.0 / power, \
    power * (part < 1.5 ? 1 : part < 3.5 ? 2 : part < 7.5 ? 5 : 10))

# A text as the label of a tic, which gnuplot takes for a format of numbers where it has a %.
literal(s) = strstrt(s, "%") == 0 ? s : \
    s[1:strstrt(s, "%")] . "%" . literal(s[strstrt(s, "%") + 1:strlen(s)])

# The command that puts tics at 1, 2 and 5 of every decade of a log axis, with numbers or without:
# eval log_tics("y", low, high, 1)
tic(at, numbers) = sprintf("'%s' %g", numbers ? sprintf("%g", at) : "", at)
decade(p, numbers) = tic(p, numbers) . ", " . tic(2 * p, numbers) . ", " . tic(5 * p, numbers)
decades(d, last, numbers) = d >= last ? decade(10.0 ** d, numbers) : decade(10.0 ** d, numbers) . ", " . decades(d + 1, last, numbers)
log_tics(axis, low, high, numbers) = sprintf("set logscale %s; set %stics (%s)", axis, axis, \
    decades(int(floor(log10(low))), int(floor(log10(high))), numbers))
