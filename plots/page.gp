# Opens the output, of `width` x `height`, and writes the texts at its head (labels from 51). Each format has its terminal here.
# All is laid out for texts of 8 pt, and drawn larger by `zoom` for those of another size.
page_width = zoom * width
page_height = zoom * height
family = font_name ne "" ? font_name : format eq "svg" ? "DejaVu Sans" : "Sans"
if (format eq "svg") set terminal svg size 96 * page_width, 96 * page_height font sprintf("%s,%.4g", family, 10.67 * zoom) linewidth zoom noenhanced background "white"
if (format eq "png") set terminal pngcairo size 288 * page_width, 288 * page_height font sprintf("%s,8", family) fontscale 3 * zoom linewidth 3 * zoom pointscale 3 * zoom noenhanced
if (format eq "pdf") set terminal pdfcairo size page_width, page_height font sprintf("%s,8", family) fontscale 0.75 * zoom linewidth 1.3 * zoom pointscale zoom noenhanced
if (format eq "tikz") eval sprintf("set terminal tikz size %gin, %gin linewidth %g font '\\fontsize{%g}{%g}\\selectfont'", page_width, page_height, zoom, 8 * zoom, 9.6 * zoom)
set output output

set border 3 linecolor rgb mid_grey linewidth 0.7
set tics nomirror out scale 0.5
set key noautotitle
set pointintervalbox 0 # or error bars get a blot of the background under their point
# Each line of the head is a label of its own, since formats differ in the distance of lines. Scripts of several panels draw the head
# with the first of them, and then: eval without_head
head_line = 0
do for [head = 1:2] {
    rest_of_head = head == 1 ? heading : note
    while (rest_of_head ne "") {
        set label 51 + head_line first_line(rest_of_head, letters_across(width)) at screen 0.1 / width, 1 - (0.13 + 0.155 * head_line) / height \
            left textcolor rgb head == 1 ? "black" : mid_grey
        rest_of_head = other_lines(rest_of_head, letters_across(width))
        head_line = head_line + 1
    }
}
without_head = "do for [head_label = 51:50 + head_line] { unset label head_label }"
