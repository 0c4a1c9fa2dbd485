#!/bin/sh
# results.sh FOLDER: what validate.sh found, as tables beside this script: results.csv, a line for each secret world and answer, and
# recovery.csv, a line for each fitted parameter. table.sh writes the page of them.
#   tau: rank correlation (Kendall's tau-b) of the estimators' mse with those in the secret world
#   regret: mse in the secret world of the estimator that the answer says is best, over the least, less 1
#   bias_error: mean over estimators of the absolute difference of biases, relative to the mean CVR
#   log_mse_ratio: mean over estimators of the absolute log ratio of mse
#   covered: share of estimators whose bias in the secret world is within two sd of the twin's worlds
# Answers are twins at the secret Gamma, the default world, the log loss of held-out clicks, which has no bias or mse,
# and as the most that could be had other logs of the secret world itself.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
folder=$1
results=$(mktemp)
recovery=$(mktemp)
trap 'rm -f "$results" "$recovery"' EXIT

# The logs of the secret world in two halves, then TABLE.
compare() { # NUMBER ANSWER TABLE METRIC: that ranks, in the table's first setting
    awk -F, -v number="$1" -v answer="$2" -v metric="$4" '
        FNR == 1 { file++; for (i = 1; i <= NF; i++) at[$i] = i; settings = 0; before = "none"; next }
        $at["setting"] != before { settings++; before = $at["setting"] }
        file == 1 { # means of both halves are the secret, one of them where the other is the answer
            if (answer != "halves" || settings == 2) {
                if (!($at["estimator"] in mse)) name[++n] = $at["estimator"]
                m = answer == "halves" ? 1 : 2
                mse[$at["estimator"]] += $at["mse"] / m; bias[$at["estimator"]] += $at["relative_bias"] / m
            }
            next
        }
        settings == 1 {
            e = $at["estimator"]; ranked[e] = $at[metric]; has = metric == "mse"
            if (has) { answered[e] = $at["relative_bias"]; sd[e] = $at["relative_bias_mcse"] * sqrt($at["replicates"]) }
        }
        function abs(x) { return x < 0 ? -x : x }
        function sign(x) { return (x > 0) - (x < 0) }
        END {
            for (i = 1; i <= n; i++) if (ranked[name[i]] == "" || mse[name[i]] == "") { print "missing: " name[i] >"/dev/stderr"; exit 1 }
            best = pick = name[1]
            for (i = 1; i <= n; i++) {
                a = name[i]
                if (mse[a] < mse[best]) best = a
                if (ranked[a] + 0 < ranked[pick] + 0) pick = a
                for (j = 1; j < i; j++) {
                    s = sign(mse[a] - mse[name[j]]); t = sign(ranked[a] - ranked[name[j]])
                    both += s * t; first += s * s; second += t * t
                }
                if (has) {
                    errors += abs(answered[a] - bias[a]) / n; ratios += abs(log(ranked[a] / mse[a])) / n
                    covered += (abs(answered[a] - bias[a]) <= 2 * sd[a]) / n
                }
            }
            printf "%s,%s,%.6g,%.6g", number, answer, both / sqrt(first * second), mse[pick] / mse[best] - 1
            if (has) printf ",%.6g,%.6g,%s", errors, ratios, answer == "worlds" ? sprintf("%.6g", covered) : ""
            else printf ",,,"
            printf ",%s,%s\n", pick, best
        }' "$folder/$1/secret.csv" "$3"
}

# Parameters of the secret experiment on the scale of the search, less those that were fitted at its Gamma, over their standard errors.
recover() { # NUMBER
    sed -n '/^world: {/,/}/p' "$folder/$1/secret.yaml" | tr -d '{}\n' | sed 's/world: //; s/, */\n/g' |
        awk -F'[,:]' -v number="$1" '
            FNR == NR { gsub(/ /, "", $1); secret[$1] = $2 + 0; next }
            FNR == 1 { next }
            { line[++lines] = $0 }
            END {
                rest = 1 - secret["user_share"] - secret["item_share"]
                for (l = 1; l <= lines; l++) {
                    split(line[l], f, ",")
                    key = substr(f[1], 7)
                    if (number == 0) { # the default world; its shares are as the score functions come out
                        secret["cvr"] = .2; secret["sigma_o"] = secret["sigma_r"] = 1; secret["dependence"] = secret["feature_noise"] = .5
                        if (key ~ /share/) continue
                    }
                    x = secret[key]
                    if (f[2] == "logit") x = log(x / (1 - x))
                    else if (f[2] == "log") x = log(x)
                    else if (f[2] == "atanh") x = log((1 + x) / (1 - x)) / 2
                    else x = log(x / rest)
                    printf "%s,%s,%.6g,%.6g,%.6g,%.6g,%.3f\n", number, f[1], x, f[4], f[5], f[6], (f[4] - x) / f[5]
                }
            }' - "$folder/$1/parameters.csv"
}

for number in $(find "$folder" -name done | sed 's|/done$||; s|.*/||' | sort -n); do
    compare "$number" worlds "$folder/$number/twin.csv" mse
    compare "$number" rows "$folder/$number/rows.csv" mse
    compare "$number" default "$folder/default.csv" mse
    compare "$number" clicks "$folder/$number/clicks.csv" log_loss/O
    compare "$number" halves "$folder/$number/secret.csv" mse
    recover "$number" >>"$recovery"
done >"$results"
{ echo secret,answer,tau,regret,bias_error,log_mse_ratio,covered,pick,best; cat "$results"; } >"$here/results.csv"
{ echo secret,parameter,secret_value,fitted,error,prior_sd,z; cat "$recovery"; } >"$here/recovery.csv"
