#!/bin/sh
# report.sh CVRLAB FOLDER: runs every shipped experiment, as far as it is not yet in FOLDER/NAME.db, and writes the page of them all,
# experiments/README.md. Real data are run when CVRLAB_DATA names the folder of their folders, coat and ml-100k.
set -eu
cvrlab=$1 folder=$2
here=$(dirname "$0")
page=$(mktemp) index=$(mktemp) body=$(mktemp) tables=$(mktemp)
trap 'rm -f "$page" "$index" "$body" "$tables"' EXIT

count() { # VERDICT: how many claims of the experiment at hand have it
    [ -s "$tables" ] || { echo -; return; }
    sed -n '/^Claims$/,$p' "$tables" | grep -c "^| $1 |" || true
}

section() { # NAME QUESTION OPTIONS
    printf '\n## %s\n\n%s\n\n    cvrlab run experiments/%s.yaml%s\n    cvrlab table results/%s.db\n\n' "$1" "$2" "$1" "$3" "$1"
    if [ ! -s "$tables" ]; then
        echo "Not run here: it needs data that are not part of cvrlab."
        return
    fi
    sed -n '/^Claims$/,$p' "$tables" | sed 1,2d # none of the risk layer alone
    printf '<details><summary>Bias, variance and error of each estimator</summary>\n\n'
    # Paragraph by paragraph, without the heading, and up to the claims; a paired difference is a title and a table.
    awk 'BEGIN { RS = ""; ORS = "\n\n" }
         /^Claims$/ { exit }
         /^Paired difference/ { skip = 1; next }
         NR > 1 && !skip { print }
         { skip = 0 }' "$tables"
    printf '</details>\n'
}

for file in "$here"/*.yaml; do
    name=$(basename "$file" .yaml)
    question=$("$cvrlab" list experiments --format markdown | sed -n "s/^| $name | \(.*\) |\$/\1/p")
    options=
    : >"$tables"
    source=$(sed -n 's/^data.*source: *\([a-z0-9_-]*\).*/\1/p' "$file")
    if [ -n "$source" ]; then
        options=' --data FOLDER'
    fi
    if [ -z "$source" ] || [ -d "${CVRLAB_DATA:-/dev/null}/$source" ]; then
        "$cvrlab" run "$file" --db "$folder/$name.db" ${source:+--data "$CVRLAB_DATA/$source"}
        "$cvrlab" table "$folder/$name.db" --format markdown >"$tables"
    fi
    section "$name" "$question" "$options" >>"$body"
    printf '| [%s](#%s) | %s | %s | %s | %s |\n' "$name" "$name" "$question" "$(count holds)" "$(count 'within error')" \
        "$(count 'does not hold')" >>"$index"
done

cat >"$page" <<'END'
# The shipped experiments

`make experiments` runs them all and writes this page; no number on it is typed by hand. An experiment file states claims, and its
run gives the verdicts: a claim of `<` or `>` holds where the 95 % interval of the difference lies on its side of 0, does not hold
where it lies on the other, and is within error where it contains 0; a claim of `=` holds where the interval contains 0, which is
to say that nothing against it was seen. By chance alone, one true claim of `=` in twenty does not hold. Claims were written down
before the runs, from theory and the papers (those of compare repeat what the README says of it): one that does not hold is a
finding. `bias` is the mean over the test exposures of prediction - p_r, `abs_bias` its absolute value, `ratio` the sum of
predictions over that of p_r.

| experiment | question | holds | within error | does not hold |
| --- | --- | ---: | ---: | ---: |
END
cat "$index" "$body" >>"$page"
cat "$page" >"$here/README.md"
