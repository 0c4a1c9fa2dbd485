#!/bin/sh
# coat_table.sh FOLDER: what coat.sh found, into coat.csv beside this script, and in markdown the part of docs/TWIN.md of it. A line for
# each Gamma and twin: the CVR of all exposures in it; over estimators, rank correlation (Kendall's tau-b) of log losses with those on the
# random ratings, and the mean absolute difference of predicted / actual conversions. Without FOLDER the page is made of coat.csv.
set -eu
here=$(cd "$(dirname "$0")" && pwd)

# TABLE REPORT NAME: the twin of that name against real.csv.
compare() {
    awk -F, -v name="$3" '
        function field(want,    i) { for (i = 1; i <= NF; i++) if (head[i] == want) return $i }
        function sign(x) { return (x > 0) - (x < 0) }
        FILENAME ~ /txt$/ {
            if (match($0, /log Gamma [0-9.]+: /)) {
                split(substr($0, RSTART), word, /[ :]+/)
                if (match($0, /CVR [0-9.]+/)) cvr[++cvrs] = substr($0, RSTART + 4, RLENGTH - 4)
            }
            next
        }
        FNR == 1 { file++; for (i = 1; i <= NF; i++) head[i] = $i; settings = 0; before = "none"; next }
        file == 1 { loss[field("estimator")] = field("log_loss"); ratio[field("estimator")] = field("ratio"); next }
        field("setting") != before { before = field("setting"); text[++settings] = before; n = 0 }
        { e[settings, ++n] = field("estimator"); l[settings, n] = field("log_loss"); r[settings, n] = field("ratio"); count = n }
        END {
            for (s = 1; s <= settings; s++) {
                both = first = second = gap = 0
                for (i = 1; i <= count; i++) {
                    d = r[s, i] - ratio[e[s, i]]
                    gap += (d < 0 ? -d : d) / count
                    for (j = 1; j < i; j++) {
                        a = sign(loss[e[s, i]] - loss[e[s, j]]); b = sign(l[s, i] - l[s, j])
                        both += a * b; first += a * a; second += b * b
                    }
                }
                match(text[s], /(hidden_odds|plasmode\.odds)=[0-9.]+/)
                odds = substr(text[s], RSTART, RLENGTH); sub(/.*=/, "", odds)
                printf "%s,%s,%s,%.4g,%.4g\n", name, odds, cvr[s], both / sqrt(first * second), gap
            }
        }' "$2" real.csv "$1"
}

if [ $# -gt 0 ]; then
    cd "$1"
    {
        echo twin,odds,cvr,tau,ratio_gap
        compare twin.csv twin.txt worlds
        compare rows.csv rows.txt rows
        # The audit has the random ratings.
        awk -F, '
            $3 == "CVR of random rows" { cvr = $4 }
            $3 == "Gamma" && $4 + 0 > 0 { printf "audit,%.4g,%.4g,%.4g,%.4g\n", $4, cvr, $5, $6 }' audit.csv
    } >"$here/coat.csv"
fi
awk -F, '
    NR == 1 { next }
    $1 == "audit" { gamma = $2; cvr = $3; low = $4; high = $5; next }
    { line[++n] = $0 }
    END {
        print "A case and no statistics: Coat, whose log is the ratings of users\047 own choice among all pairs, and whose random ratings no twin"
        print "saw. tau: rank correlation of the eight estimators\047 log losses in the twin with those on the random ratings, which lie within each"
        print "other\047s errors; the difference of predicted / actual: the mean absolute one over estimators, in the twin and on the random ratings.\n"
        print "| twin of Coat | Gamma | CVR of all | tau | difference of predicted / actual |\n| --- | ---: | ---: | ---: | ---: |"
        for (k = 1; k <= n; k++) {
            split(line[k], f, ",")
            printf "| %s | %.3g | %.3f | %+.2f | %.2f |\n", f[1] == "rows" ? "the log\047s own rows" : "worlds", f[2], f[3], f[4], f[5]
        }
        printf "\nOn the random ratings the CVR is %.3f, and the audit, which is given them, says that Gamma is %.2f (%.2f to %.2f). No world of the\n", cvr, gamma, low, high
        print "family is like this log: the twin of worlds says so itself. The rows of the log stay as they are in the other twin."
    }' "$here/coat.csv"
