#!/bin/sh
# shipped.sh CVRLAB FOLDER: runs every shipped experiment, as far as it is not yet in FOLDER/NAME.db, and writes the page of them all,
# experiments/README.md. Real data are run when CVRLAB_DATA names the folder of their folders, coat and ml-100k.
set -eu
cvrlab=$1 folder=$2
here=$(dirname "$0")/.. # experiments/
page=$(mktemp) index=$(mktemp) body=$(mktemp) decided=$(mktemp)
trap 'rm -f "$page" "$index" "$body" "$decided"' EXIT
. "$here/pages/pages.sh"

for file in "$here"/*.yaml; do
    name=$(basename "$file" .yaml)
    tabulate "$file"
    {
        printf '\n## %s\n\n%s\n\n' "$name" "$question"
        commands "experiments/$name.yaml"
        figures "$file"
        echo
        results
    } >>"$body"
    printf '| [%s](#%s) | %s | %s\n' "$name" "$name" "$question" "$(counts)" >>"$index"
done

cat >"$page" <<END
# The shipped experiments

\`make experiments\` runs them all and writes this page; no number on it is typed by hand. An experiment file states claims, and its
run gives the verdicts: $meanings Claims were written down
before the runs, from theory and the papers (those of compare repeat what the README says of it): one that does not hold is a
finding. \`bias\` is the mean over the test exposures of prediction - p_r, \`abs_bias\` its absolute value, \`ratio\` the sum of
predictions over that of p_r. $(by_chance)

| experiment | question | holds | within error | does not hold |
| --- | --- | ---: | ---: | ---: |
END
cat "$index" "$body" >>"$page"
cat "$page" >"$here/README.md"
