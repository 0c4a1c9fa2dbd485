#!/bin/sh
# papers.sh CVRLAB FOLDER: runs the experiments of the papers, as far as they are not yet in FOLDER/NAME.db, and writes the page of
# what the papers report and what is found here, experiments/PAPERS.md. A paper is a text papers/NAME.md and the experiment NAME.yaml
# of papers/ or of this folder, whose opening comment names the paper and the setting, and goes below the heading of the text. In the
# text, the line <!-- claims --> becomes the claims with their verdicts and, where the paper has a map (papers/maps), in which settings
# they hold; <!-- published --> the figures of papers/NAME.tsv beside ours. The maps lead the page. Real data as in shipped.sh.
# Experiments without a text are protocols for those who have the data, of papers/PROTOCOLS.md; they are not run, nor are those of
# papers/size, of which the page has what size/found.sh and size/pilot.sh left.
set -eu
cvrlab=$1 folder=$2
here=$(dirname "$0")/.. # experiments/
page=$(mktemp) index=$(mktemp) body=$(mktemp) decided=$(mktemp) claims=$(mktemp) published=$(mktemp) lead=$(mktemp)
trap 'rm -f "$page" "$index" "$body" "$decided" "$claims" "$published" "$lead"' EXIT
. "$here/pages/pages.sh"

# The texts by year, those whose experiments have data of their own last.
in_order() {
    for text in "$here"/papers/*.md; do
        [ "${text##*/}" != PROTOCOLS.md ] || continue
        file=$(experiment "$text")
        year=$(opening "$file" | grep -o '20[0-9][0-9]' | head -1)
        [ "$("$cvrlab" spec "$file" data.source)" = simulated ] && last=0 || last=1
        printf '%s %s %s\n' "$last" "${year:-0}" "$text"
    done | sort | cut -d' ' -f3
}

experiment() { # TEXT: its file
    file=${1%.md}.yaml
    [ -f "$file" ] || file=$here/$(basename "$file")
    echo "$file"
}

map_of() { # TEXT: the experiment that says where the paper's claims hold, if there is one
    name=$(basename "$1" .md)
    [ "$name" = escm2 ] && map=sensitivity.yaml || map=papers/maps/${name}_map.yaml # of the shipped experiments, which came first
    [ ! -f "$here/$map" ] || echo "$map"
}

# Of the map at hand: a row of the table that leads the page for each claim, of a paper's TITLE.
places() {
    "$cvrlab" table "$store" --format csv --part claims | awk -F, -v paper="[$1](#$(anchor "$1"))" '
        NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i; next }
        { says = $column["says"]
          for (i = column["says"] + 1; i < NF; i++) says = says "," $i # a quoted cell
          gsub(/^"|"$/, "", says)
          holds = $column["holds_at"]; fails = $column["does_not_hold_at"]
          printf "| %s | %s | %s | %s |\n", paper, says, holds == "" ? "nowhere" : holds, fails == "" ? "nowhere" : fails }'
}

for text in $(in_order); do
    file=$(experiment "$text")
    tabulate "$file"
    title=$(sed -n '1s/^# //p' "$text")
    parts_of "$text" "$file" >"$claims"
    printf '| [%s](#%s) | %s | %s\n' "$title" "$(anchor "$title")" "$source" "$(counts)" >>"$index"
    map=$(map_of "$text")
    if [ -n "$map" ]; then
        tabulate "$here/$map"
        places "$title" >>"$lead"
        counts >/dev/null # its verdicts are verdicts of this page
        {
            printf '\n**Where they hold.** %s\n\n' "$question"
            commands "experiments/$map"
            figures "$here/$map"
            echo
            "$cvrlab" table "$store" --format markdown --part claims
        } >>"$claims"
    fi
    section "$text" "$file" >>"$body"
done

# Two tables of what size/found.sh left: claims that have a verdict, and the scores.
claims_at_size() {
    awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i; next }
        $column["verdict"] == "not known" { next }
        !told++ { print "| claim | verdict | difference, 95 % interval |\n| --- | --- | ---: |" }
        { says = $column["says"]
          for (i = column["says"] + 1; i < NF; i++) says = says "," $i # a quoted cell
          gsub(/^"|"$/, "", says)
          printf "| %s<br><sub>%s</sub> | %s | %+.4g [%+.4g, %+.4g] |\n", says, $NF, $column["verdict"], $column["difference"],
              $column["difference_low"], $column["difference_high"] }' "$1"
}

scores_at_size() {
    awk -F, 'NR == 1 {
              printf "| criterion | estimator | worlds |"; rule = "| --- | --- | ---: |"
              for (i = 1; i <= NF; i++) column[$i] = i
              for (i = column["shared"] + 1; i <= NF; i++)
                  if ($i !~ /_mcse$/) { metric[++metrics] = $i; printf " %s |", $i; rule = rule " ---: |" }
              print "\n" rule; next }
        { printf "| %s | %s | %d |", $column["setting"], $column["estimator"], $column["replicates"]
          for (m = 1; m <= metrics; m++) {
              value = $column[metric[m]]; error = $column[metric[m] "_mcse"]
              printf " %s%s |", value == "" ? "-" : sprintf("%.4g", value), error == "" ? "" : sprintf(" ± %.2g", error) }
          print "" }' "$1"
}

at_size() { # what papers/size has to say: how long its files take, and what was found of those that were run
    [ -f "$here/papers/size/plan.csv" ] || return 0
    cat <<END

## At size

The files of [papers/size](papers/size/README.md) have a million exposures and more, with the rates, the exposures an id, the network and the
baselines of each paper's data and code as far as they are known, and tune all methods alike: eight trials each. The options are chosen by
held-out clicks, which is what a real log has, and again by the truth, which is what no log has.

| experiment | units | seconds a unit | hours on one core |
| --- | ---: | ---: | ---: |
END
    awk -F, 'NR > 1 { printf "| [%s](papers/size/%s.yaml) | %d | %.0f | %.1f |\n", $1, $1, $2, $3, $4 }' "$here/papers/size/plan.csv"
    cat <<END

These are from a pilot of a tenth of each log on one core (\`sh experiments/papers/size/pilot.sh cvrlab\`), scaled to the whole. On a
cluster with 100 shards it is one line, and another that joins them:

    sbatch --array=1-100 experiments/slurm.sh experiments/papers/size/esmm_at_size.yaml 100
    cvrlab merge results/esmm_at_size.db results/esmm_at_size.*-of-100.db
END
    found=
    for table in "$here"/papers/size/*_claims.csv; do
        [ -f "$table" ] || continue
        found=yes
        name=$(basename "$table" _claims.csv)
        printf '\n**%s**, as far as it was run: %s\n\n' "$name" "$("$cvrlab" spec "$here/papers/size/$name.yaml" question)"
        claims_at_size "$table"
        echo
        scores_at_size "$here/papers/size/$name.csv"
    done
    [ -z "$found" ] || printf '\n± Monte Carlo standard error over worlds; of one world there is none, and no verdict. Methods that were run in\ndifferent numbers of worlds are compared by the claims alone, which pair them by world.\n'
}

cat >"$page" <<END
# The papers, and what is found here

\`make papers\` runs the experiments and writes this page; no number of ours on it is typed by hand. Most papers report on data that
are not public, or on public ones where the conversion rate of what was not clicked cannot be known. What they claim is checked on
simulated worlds whose truth is known, in the setting that each assumes, and on public data where the protocol can be had. Figures
of the papers are given where a source for them is at hand, otherwise their claims in words. For those who have the papers' own data,
[papers/PROTOCOLS.md](papers/PROTOCOLS.md) lists files that run their protocols as they are.

A claim is an ordering that a paper states, written down before the runs; one that does not hold is a finding about the setting, these
sizes and the published form of the method, not about the paper's data. The worlds of a simulated setting are independent, and they
are the sample, so that a verdict is about the setting and not about one world; each has three logs in experiments that compare variances.
Every method has the same training constants, which are not tuned but on Coat and [at size](#at-size). Of verdicts:
$meanings
\`bias\` is the mean over the test exposures of prediction - p_r, \`abs_bias\` its absolute value, \`over O\` on clicks, \`of ctcvr\` of
clicks that convert. $(by_chance)

## Where the claims hold

The setting of each paper, on a smaller log, and settings that differ from it in one thing: the size of the log, the click rate, the
conversion rate, the overlap, a hidden confounder, and the weight of the debiasing term or what is in its place. \`(centre)\` is the
setting that they differ from. Where a claim is in neither column it is within error. The papers' sections have the maps.

| paper | claim | holds | does not hold |
| --- | --- | --- | --- |
END
cat "$lead" >>"$page"
cat >>"$page" <<END

## How many claims hold

In the setting that each paper assumes:

| paper | data | holds | within error | does not hold |
| --- | --- | ---: | ---: | ---: |
END
cat "$index" "$body" >>"$page"
at_size >>"$page"
cat -s "$page" >"$here/PAPERS.md"
