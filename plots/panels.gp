# How n panels, one an estimator, stand on a page of `width`: as many columns as leave room for the longest name, of
# `letters_max` letters, or fewer if that leaves fewer places of the last row empty. Gives columns, rows and panel_width.
left = 0.55; right = 0.08; gap = 0.07
least = max(0.066 * letters_max + 0.06, 0.9)
most = int((width - left - right + gap) / (least + gap))
most = most < 1 ? 1 : most > n ? n : most
columns = most
do for [c = int(0.75 * most) + 1:most] {
    if ((c - n % c) % c < (columns - n % columns) % columns) { columns = c }
}
rows = int(ceil(1.0 * n / columns))
panel_width = (width - left - right + gap) / columns - gap
