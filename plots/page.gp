# Opens the output, of `width` x `height`, and writes the texts at its head (labels 1 and 2). Each format has its terminal here.
if (format eq "svg") set terminal svg size 96 * width, 96 * height font "DejaVu Sans,10.67" noenhanced background "white"
if (format eq "png") set terminal pngcairo size 288 * width, 288 * height font "Sans,8" fontscale 3 linewidth 3 pointscale 3 noenhanced
if (format eq "pdf") set terminal pdfcairo size width, height font "Sans,8" fontscale 0.75 linewidth 1.3 noenhanced
if (format eq "tikz") eval sprintf("set terminal tikz size %gin, %gin font '\\footnotesize'", width, height)
set output output

set border 3 linecolor rgb "#606060" linewidth 0.7
set tics nomirror out scale 0.5
set key noautotitle
set label 1 fit(heading) at screen 0.1 / width, 1 - 0.13 / height left
if (note ne "") set label 2 fit(note) at screen 0.1 / width, 1 - (0.13 + 0.155 * lines(heading)) / height left textcolor rgb "#606060"
