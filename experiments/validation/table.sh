#!/bin/sh
# table.sh: the part of docs/TWIN.md that says how well twins did, from results.csv and recovery.csv (results.sh). Standard errors are those
# of means over secret worlds, which the jackknife over worlds gives too. Secret world 0, the default one, stands apart.
set -eu
cd "$(dirname "$0")"
awk -F, '
    FNR == 1 { file++; next }
    file == 1 && $1 == 0 { next }
    file == 1 {
        if ($2 == "worlds") world[++n] = $1
        for (m = 1; m <= 5; m++) value[$2, $1, m] = $(m + 2)
        next
    }
    $1 == 0 { null[++nulls] = sprintf("%s %+.1f", substr($2, 7), $7); next }
    { if (!($2 in z)) key[++keys] = $2; z[$2]++; sum[$2] += $7; squares[$2] += $7 * $7; inside[$2] += $7 < 1.96 && $7 > -1.96
      all++; within += $7 < 1.96 && $7 > -1.96; told[$2] += $5 < .7 * $6 }
    function mean_of(answer, m, less,    i, x, s, q) { # into mean and error; less: paired with that answer, or ""
        s = q = 0
        for (i = 1; i <= n; i++) {
            x = value[answer, world[i], m] - (less == "" ? 0 : value[less, world[i], m])
            s += x; q += x * x
        }
        mean = s / n
        error = n > 1 ? sqrt((q / n - mean * mean) / (n - 1)) : 0
        if (error != error || q / n < mean * mean) error = 0
    }
    function cell(answer, m, scale, digits) {
        if (value[answer, world[1], m] == "") return " |"
        mean_of(answer, m, "")
        return sprintf(" %.*f ± %.*f |", digits, scale * mean, digits, scale * error)
    }
    function row(answer, says) {
        print "| " says " |" cell(answer, 1, 1, 2) cell(answer, 2, 100, 0) cell(answer, 3, 100, 1) cell(answer, 4, 1, 2)
    }
    function against(answer, says, m, what, scale, unit,    b, beats, text) { # who has less of it is better
        beats = 1
        for (b = 1; b <= 2; b++) {
            if (value[b == 1 ? "default" : "clicks", world[1], m] == "") continue
            mean_of(answer, m, b == 1 ? "default" : "clicks")
            text = text sprintf("%s%+.1f ± %.1f%s from %s", text == "" ? "" : ", ", scale * mean, scale * error, unit, b == 1 ? "the default world" : "log loss of clicks")
            if (!(mean < -2 * error)) beats = 0
        }
        return sprintf("- In %s %s %s the baseline%s, by two standard errors (%s).", what, says, beats ? "beats" : "does not beat", m == 2 ? "s" : "", text)
    }
    END {
        printf "%d secret worlds, drawn from a prior ([secret.sh](../experiments/validation/secret.sh)), each of one log of 50,000 rows that twins were\n", n
        print "fitted to, and of twelve logs that eight estimators were trained on to know what they do there. The last row is other logs of the"
        print "secret world itself, half as many: the most that could be had. Means over worlds ± their standard errors:\n"
        print "| answer from | tau | regret, % | error of bias, % of CVR | log ratio of mse |\n| --- | ---: | ---: | ---: | ---: |"
        row("worlds", "twin worlds, the right Gamma")
        row("rows", "the log\047s own rows, the right Gamma")
        row("default", "the default world, fitted to nothing")
        row("clicks", "log loss of held-out clicks")
        row("halves", "the secret world itself")
        print "\ntau: rank correlation of the estimators\047 mse with those in the secret world. regret: how much more mse there than the best the"
        print "estimator has that the answer picks. error of bias, log ratio of mse: mean absolute differences over estimators.\n"
        print against("worlds", "the worlds twin at the right Gamma", 2, "regret", 100, " %")
        print against("rows", "the own-rows twin at the right Gamma", 2, "regret", 100, " %")
        print against("worlds", "the worlds twin at the right Gamma", 3, "error of bias", 100, " %")
        print against("rows", "the own-rows twin at the right Gamma", 3, "error of bias", 100, " %")
        print against("worlds", "the worlds twin at the right Gamma", 4, "log ratio of mse", 1, "")
        print against("rows", "the own-rows twin at the right Gamma", 4, "log ratio of mse", 1, "")
        mean_of("worlds", 5, "")
        printf "- Of the biases in the secret world %.0f ± %.0f %% are within two standard deviations of those in the twin\047s worlds.\n\n", 100 * mean, 100 * error
        print "Fitted parameters less the secret ones, over the standard errors that `cvrlab twin` prints, given the right Gamma:\n"
        print "| parameter | mean z | sd of z | within 95 %, % of worlds | told by the log, % of worlds |\n| --- | ---: | ---: | ---: | ---: |"
        for (k = 1; k <= keys; k++) {
            p = key[k]; mean = sum[p] / z[p]
            sd = z[p] > 1 ? sqrt((squares[p] - z[p] * mean * mean) / (z[p] - 1)) : 0
            printf "| %s | %+.2f ± %.2f | %.2f | %.0f | %.0f |\n", p, mean, sd / sqrt(z[p]), sd, 100 * inside[p] / z[p], 100 * told[p] / z[p]
        }
        printf "\n%.0f %% of all %d are within their 95 %% intervals; a parameter that the log hardly tells stays near where the search starts.\n", 100 * within / all, all
        if (nulls) {
            printf "A log of the default world gives its parameters back with z of"
            for (k = 1; k <= nulls; k++) printf "%s %s", (k > 1 ? "," : ""), null[k]
            print "."
        }
    }' results.csv recovery.csv
