# What the figures share: output, fonts and colours. A script sets `width` and `height` in inches and
# then calls this file; texts are 8 pt, the size of captions in a two-column paper, however wide the figure.

# Colours of Okabe and Ito (2008), which the colour-blind can tell apart; the darker ones first, for white paper.
# Beyond seven, lines differ in dash and points too.
palette_size = 7
colour(i) = word("#0072B2 #D55E00 #009E73 #CC79A7 #E69F00 #56B4E9 #404040", int(i) % palette_size + 1)
rgb(i) = int("0x" . substr(colour(i), 2, 7))
pale(c) = 255 - (255 - c) / 4 # of red, green or blue
tint(i) = 0x10000 * pale(rgb(i) / 0x10000) + 0x100 * pale(rgb(i) / 0x100 % 0x100) + pale(rgb(i) % 0x100)
dash(i) = 1 + int(i / palette_size) % 5
point(i) = int(word("7 5 9 11 13 15 6 4 8 10 12 14", int(i) % 12 + 1))

# A long text in lines of at most n letters, broken at spaces. A letter takes about 0.067 inches, a line 0.155.
last_space(s, n) = n < 2 ? 0 : s[n:n] eq " " ? n : last_space(s, n - 1)
wrap(s, n) = strlen(s) <= n || last_space(s, n) == 0 ? s : \
    s[1:last_space(s, n) - 1] . "\n" . wrap(s[last_space(s, n) + 1:strlen(s)], n)

# About four round steps of an axis: of the length `span`.
step(span) = (power = 10.0 ** floor(log10(span / 4.0)), part = span / 4.0 / power, \
    power * (part < 1.5 ? 1 : part < 3.5 ? 2 : part < 7.5 ? 5 : 10))

# The command that puts tics at 1, 2 and 5 of every decade of a log axis, with numbers or without:
# eval log_tics("y", low, high, 1)
tic(at, numbers) = sprintf("'%s' %g", numbers ? sprintf("%g", at) : "", at)
decade(p, numbers) = tic(p, numbers) . ", " . tic(2 * p, numbers) . ", " . tic(5 * p, numbers)
decades(d, last, numbers) = d >= last ? decade(10.0 ** d, numbers) : decade(10.0 ** d, numbers) . ", " . decades(d + 1, last, numbers)
log_tics(axis, low, high, numbers) = sprintf("set logscale %s; set %stics (%s)", axis, axis, \
    decades(int(floor(log10(low))), int(floor(log10(high))), numbers))

if (ARG2 eq "svg") set terminal svg size 96 * width, 96 * height font "DejaVu Sans,10.67" noenhanced background "white"
if (ARG2 eq "png") set terminal pngcairo size 288 * width, 288 * height font "Sans,8" fontscale 3 linewidth 3 pointscale 3 noenhanced
if (ARG2 eq "pdf") set terminal pdfcairo size width, height font "Sans,8" fontscale 0.75 linewidth 1.3 noenhanced
if (ARG2 eq "tikz") eval sprintf("set terminal tikz size %gin, %gin font '\\footnotesize'", width, height)
set output ARG1

set border 3 linecolor rgb "#606060" linewidth 0.7
set tics nomirror out scale 0.5
set key noautotitle
