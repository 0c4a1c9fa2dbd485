# How n panels, one an estimator, stand on a page of `width`: as many columns as leave room for the longest name, of
# `letters_max` letters, or fewer if that leaves fewer places of the last row empty. Many panels are narrower, and cut their names,
# and where that is not enough lower, so that the figure fits a page. Takes high(w, rows), the height of a panel of
# width w, and `around`, the height of all but panels. Gives columns, rows, panel_width and panel_height.
left = 0.55; right = 0.08; gap = 0.07
if (!exists("narrowest")) narrowest = 0.6 # a panel
page_most = 9.0
wide(columns) = (width - left - right + gap) / columns - gap
rows_of(columns) = int(ceil(1.0 * n / columns))
tall(columns) = around + rows_of(columns) * (high(wide(columns), rows_of(columns)) + gap)
least = max(min(0.066 * letters_max + 0.06, width - left - right), 0.9)
most = int((width - left - right + gap) / (least + gap))
most = most < 1 ? 1 : most > n ? n : most
columns = most
do for [c = int(0.75 * most) + 1:most] {
    if ((c - n % c) % c < (columns - n % columns) % columns) { columns = c }
}
while (tall(columns) > page_most / zoom && wide(columns + 1) >= narrowest) { columns = columns + 1 }
rows = rows_of(columns)
panel_width = wide(columns)
panel_height = max(0.4, min(high(panel_width, rows), (page_most / zoom - around) / rows - gap))
