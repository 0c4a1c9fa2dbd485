#!/bin/sh
# table.sh: the part of docs/TWIN.md that says how well twins did, from results.csv and recovery.csv (results.sh). Standard errors are those
# of means over secret worlds, which the jackknife over worlds gives too. Secret world 0, the default one, stands apart, and so do those
# from 101 on, which are of no family that twins are fitted in.
set -eu
cd "$(dirname "$0")"
awk -F, '
    # Mean and its error over secret worlds of a measure of an answer, less that of another answer unless that is "".
    function mean_of(answer, measure, less,    i, x, sum, squares) {
        sum = squares = 0
        for (i = 1; i <= n; i++) {
            x = value[answer, world[i], measure] - (less == "" ? 0 : value[less, world[i], measure])
            sum += x
            squares += x * x
        }
        mean = sum / n
        x = squares / n - mean * mean
        error = n > 1 && x > 0 ? sqrt(x / (n - 1)) : 0
    }
    function has(answer, measure) { return value[answer, world[1], measure] != "" }
    function cell(answer, measure, scale, digits) {
        if (!has(answer, measure)) return " |"
        mean_of(answer, measure, "")
        return sprintf(" %.*f ± %.*f |", digits, scale * mean, digits, scale * error)
    }
    # The worlds that means are over from here on: 1 those of the family of twins, 2 the others.
    function choose(group,    i) {
        n = count_of[group]
        for (i = 1; i <= n; i++) world[i] = of_group[group, i]
    }
    function rows() {
        print "| answer from | tau | regret, % | error of bias, % of CVR | log ratio of mse |\n| --- | ---: | ---: | ---: | ---: |"
        row("worlds", "twin worlds, Gamma given")
        row("rows", "the log\047s own rows, Gamma given")
        row("default", "the default world, fitted to nothing")
        row("clicks", "log loss of held-out clicks")
        row("halves", "the secret world itself")
    }
    function row(answer, says) {
        print "| " says " |" cell(answer, TAU, 1, 2) cell(answer, REGRET, 100, 0) cell(answer, BIAS, 100, 1) cell(answer, MSE, 1, 2)
    }
    # Less is better of all measures that are asked for.
    function against(answer, measure, scale, digits, unit,    b, beats, text) {
        beats = 1
        for (b = 1; b <= 2; b++) {
            if (!has(baseline[b], measure)) continue
            mean_of(answer, measure, baseline[b])
            text = text sprintf("%s%+.*f ± %.*f%s against %s", text == "" ? "" : ", ", digits, scale * mean, digits, scale * error, unit, named[baseline[b]])
            if (!(mean < -2 * error)) beats = 0
        }
        printf "- %s: the twin %s %s the %s by two standard errors (%s).\n", measured[measure], named[answer],
            (beats ? "beats" : "does not beat"), (measure == REGRET ? "baselines" : "baseline"), text
    }
    BEGIN {
        TAU = 1; REGRET = 2; BIAS = 3; MSE = 4; COVERED = 5
        baseline[1] = "default"; baseline[2] = "clicks"
        named["default"] = "the default world"; named["clicks"] = "log loss"
        named["worlds"] = "of worlds"; named["rows"] = "of the log\047s own rows"
        measured[REGRET] = "regret"; measured[BIAS] = "error of bias"; measured[MSE] = "log ratio of mse"
    }
    FNR == 1 { file++; next }
    file == 1 && $1 > 0 {
        group = $1 > 100 ? 2 : 1
        if ($2 == "worlds") of_group[group, ++count_of[group]] = $1
        for (m = TAU; m <= COVERED; m++) value[$2, $1, m] = $(m + 2)
    }
    file == 2 && $1 == 0 { null = null sprintf("%s %s %+.1f", null == "" ? "" : ",", substr($2, 7), $7) }
    file == 2 && $1 > 0 && $1 <= 100 {
        if (!($2 in count)) key[++keys] = $2
        count[$2]++; sum[$2] += $7; squares[$2] += $7 * $7
        inside[$2] += $7 < 1.96 && $7 > -1.96
        told[$2] += $5 < 0.7 * $6
        all++; within += $7 < 1.96 && $7 > -1.96
    }
    END {
        choose(1)
        printf "%d secret worlds were drawn from a prior ([secret.sh](../experiments/validation/secret.sh)). Twins were fitted to one log of each,\n", n
        print "of 50,000 rows, of which worlds were compared by 25,000; eight estimators were trained on twelve logs of the secret world, that one"
        print "among them, to know what they do there. The last row is one half of these against the other, the most that could be had. Means over"
        print "secret worlds ± their standard errors:\n"
        rows()
        print "\ntau: rank correlation of the estimators\047 mse with those in the secret world; regret: how much more mse there than the best the"
        print "estimator has that is picked; error of bias, log ratio of mse: mean absolute differences over estimators.\n"
        for (m = REGRET; m <= MSE; m++) {
            scale = m == MSE ? 1 : 100; digits = m == MSE ? 2 : 1; unit = m == MSE ? "" : " points"
            against("worlds", m, scale, digits, unit)
            against("rows", m, scale, digits, unit)
        }
        if (n < 12)
            printf "- %d worlds are few: the standard errors are rough, and what is within them is open. 50 worlds would tell.\n", n
        mean_of("worlds", COVERED, "")
        printf "- Of the biases in the secret world %.0f ± %.0f %% are within two standard deviations of those in the twin worlds.\n\n", 100 * mean, 100 * error
        print "Fitted parameters less the secret ones, over the standard errors that `cvrlab twin` prints:\n"
        print "| parameter | mean z | sd of z | within 95 %, % of worlds | told by the log, % of worlds |\n| --- | ---: | ---: | ---: | ---: |"
        for (k = 1; k <= keys; k++) {
            p = key[k]
            mean = sum[p] / count[p]
            sd = count[p] > 1 ? sqrt((squares[p] - count[p] * mean * mean) / (count[p] - 1)) : 0
            printf "| %s | %+.2f ± %.2f | %.2f | %.0f | %.0f |\n", p, mean, sd / sqrt(count[p]), sd,
                100 * inside[p] / count[p], 100 * told[p] / count[p]
        }
        printf "\n%.0f %% of all %d are within their 95 %% intervals. A parameter that the log hardly tells stays near where the search starts.\n", 100 * within / all, all
        if (null != "") print "A log of the default world gives its parameters back with z of" null "."
        if (count_of[2] > 0) {
            choose(2)
            printf "\n%d more secret worlds are of no family that twins are fitted in: in turn, a confounder of users (whom ids tell apart, so that\n", n
            print "Gamma is 1), popular items that are clicked more than they are liked, and scores that are products:\n"
            rows()
            print ""
            for (m = REGRET; m <= MSE; m++) {
                scale = m == MSE ? 1 : 100; digits = m == MSE ? 2 : 1; unit = m == MSE ? "" : " points"
                against("worlds", m, scale, digits, unit)
                against("rows", m, scale, digits, unit)
            }
        }
    }' results.csv recovery.csv
if [ -f coat.csv ]; then
    echo
    sh coat_table.sh
fi
