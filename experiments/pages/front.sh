#!/bin/sh
# front.sh CVRLAB FOLDER: writes the parts of README.md that runs say, from FOLDER/compare.db and omitted_features.db, which it runs
# as far as they are missing, and from experiments/PAPERS.md.
set -eu
cvrlab=$1 folder=$2
here=$(dirname "$0")
readme=$here/../../README.md

for name in compare omitted_features; do
    "$cvrlab" run "$here/../$name.yaml" --db "$folder/$name.db"
done
"$cvrlab" plot "$folder/compare.db" -o "$here/../../plots/example" -f svg --figure bias_variance --sort mse

# The five that stand for the families, or the whole of it.
"$cvrlab" table "$folder/compare.db" --format markdown --part main --estimator naive,ips,escm2_dr,dcmt,res_dr \
    --metric relative_bias,bias_sq,variance,mse,auc | sh "$here/splice.sh" "$readme" table
"$cvrlab" table "$folder/compare.db" --format markdown | sh "$here/splice.sh" "$readme" whole
{ echo && sh "$here/expand.sh" "$cvrlab" "$folder" "" <"$here/../../docs/pages/findings.md"; } |
    sh "$here/splice.sh" "$readme" findings
awk -F'|' 'NF == 7 && /^\| \[.*\]\(#.*\) \|/ { papers++; holds += $4; error += $5; fails += $6 }
    END {
        printf "\nThe papers themselves: of %d claims in %d sections of [what papers report beside what is found here](experiments/PAPERS.md),\n\
each in the setting that its paper assumes, **%d hold, %d are within error, %d do not hold**.\n\n",
            holds + error + fails, papers, holds, error, fails
    }' "$here/../PAPERS.md" | sh "$here/splice.sh" "$readme" papers
