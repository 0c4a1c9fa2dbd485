# How high the rows of a figure of `n` names are, of which there is one a line: takes `pitch`, the height that suits, and `around`,
# that of all else. Many rows are lower, and where that is not enough all is drawn smaller, so that the figure fits a page. Gives
# `pitch`, and `zoom` and `width` that go together.
page_most = 9.0
pitch = min(pitch, max(0.118, (page_most / zoom - around) / n))
shrink = page_most / zoom / (around + pitch * n)
if (shrink < 1) { zoom = zoom * shrink; width = width / shrink }
