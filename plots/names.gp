# Heights at which names stand in a column at the right of a graph, as near to the ends of their lines as they can be without
# overlap. Takes n, end[1..n], the heights of the ends above the axis, `apart`, the least distance of two names, and
# `graph`, the height of the graph. Gives name_at[1..n], the heights of the names.
#
# In order of the ends, the heights less i * apart must not fall; the nearest such sequence comes from merging neighbours that
# do into their mean.
array rank[n]
array mean[n]
array size[n]
array name_at[n]
do for [e = 1:n] {
    at = e
    while (at > 1 && end[rank[at > 1 ? at - 1 : 1]] > end[e]) { rank[at] = rank[at - 1]; at = at - 1 }
    rank[at] = e
}
merged = 0
do for [i = 1:n] {
    merged = merged + 1
    mean[merged] = end[rank[i]] - apart * i
    size[merged] = 1
    while (merged > 1 && mean[merged > 1 ? merged - 1 : 1] > mean[merged]) {
        mean[merged - 1] = (mean[merged - 1] * size[merged - 1] + mean[merged] * size[merged]) / (size[merged - 1] + size[merged])
        size[merged - 1] = size[merged - 1] + size[merged]
        merged = merged - 1
    }
}
i = 0
do for [b = 1:merged] {
    do for [k = 1:size[b]] {
        i = i + 1
        most = graph - apart * n
        name_at[rank[i]] = (mean[b] < -apart ? -apart : mean[b] > most ? most : mean[b]) + apart * i
    }
}
