#!/bin/sh
# delays.sh CVRLAB FOLDER: runs the experiments on delayed conversions, as far as they are not yet in FOLDER/NAME.db, and writes the page
# of them, experiments/DELAYS.md. Texts and experiments are delays/NAME.md and delays/NAME.yaml, as those of papers.sh.
set -eu
cvrlab=$1 folder=$2
here=$(dirname "$0")/.. # experiments/
index=$(mktemp) body=$(mktemp) decided=$(mktemp) claims=$(mktemp) published=$(mktemp)
trap 'rm -f "$index" "$body" "$decided" "$claims" "$published"' EXIT
. "$here/pages/pages.sh"

for name in length window drift dependence confounding selection cascade; do
    text=$here/delays/delay_$name.md
    file=$here/delays/delay_$name.yaml
    tabulate "$file"
    title=$(sed -n '1s/^# //p' "$text")
    {
        parts_of "$text" "$file"
        figures "$file"
    } >"$claims"
    printf '| [%s](#%s) | %s | %s\n' "$title" "$(anchor "$title")" "$question" "$(counts)" >>"$index"
    section "$text" "$file" >>"$body"
done

{
    cat <<END
# Conversions that come late

A conversion comes hours or days after its click, so that a fresh log calls it a negative. Papers treat this apart from the selection of
clicks, on logs whose truth is not known. Here both are in one world ([sim](../sim/README.md)), and every method is a rule of when a
click is trained on and with what weight ([METHODS](../estimators/METHODS.md)). \`make delays\` runs the experiments and writes this page;
no number of ours on it is typed by hand.

A claim is an ordering that a paper states or that theory has, written down before the runs. Each world is of its own and has one log;
all methods have the same network, which was trained on the same clicks before the stream, and the same training constants, and none is
tuned. They are tested, step by step, on clicks that they have not yet learned from, with the labels that these come to
have (\`over O\`), and on all exposures. Of verdicts:
$meanings
\`ratio\` is the sum of predictions over that of p_r. $(by_chance)

| | question | holds | within error | does not hold |
| --- | --- | ---: | ---: | ---: |
END
    cat "$index" "$body"
} | cat -s >"$here/DELAYS.md"
