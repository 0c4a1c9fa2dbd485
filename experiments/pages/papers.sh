#!/bin/sh
# papers.sh CVRLAB FOLDER: runs the experiments of the papers, as far as they are not yet in FOLDER/NAME.db, and writes the page of
# what the papers report and what is found here, experiments/PAPERS.md. A paper is a text papers/NAME.md and the experiment NAME.yaml
# of papers/ or of this folder, whose opening comment names the paper and the setting, and goes below the heading of the text. In the
# text, the line <!-- claims --> becomes the claims with their verdicts, and <!-- published --> the figures of papers/NAME.tsv beside
# ours. Real data as in shipped.sh. Experiments without a text are protocols for those who have the data, of papers/PROTOCOLS.md; they
# are not run.
set -eu
cvrlab=$1 folder=$2
here=$(dirname "$0")/.. # experiments/
page=$(mktemp) index=$(mktemp) body=$(mktemp) decided=$(mktemp) claims=$(mktemp) published=$(mktemp)
trap 'rm -f "$page" "$index" "$body" "$decided" "$claims" "$published"' EXIT
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

opening() { # FILE: its comment
    sed -n '/^#/!q; /^# Figure: /!s/^# *//p' "$1"
}

section() { # TEXT FILE
    opening "$2" | awk -v claims="$claims" -v published="$published" '
        function put(file, line) { while ((getline line <file) > 0) print line }
        FNR == NR { comment = comment $0 "\n"; next }
        FNR == 1 { print "\n#" $0 "\n\n" comment; next }
        FNR == 2 { next }
        $0 == "<!-- claims -->" { put(claims); next }
        $0 == "<!-- published -->" { put(published); getline; next } # the table ends with an empty line of its own
        { print }' - "$1"
}

for text in $(in_order); do
    file=$(experiment "$text")
    tabulate "$file"
    title=$(sed -n '1s/^# //p' "$text")
    {
        printf '%s\n\n' "$question"
        commands "experiments/${file#"$here"/}"
        echo
        results
    } >"$claims"
    : >"$published"
    if [ -f "${text%.md}.tsv" ] && [ -n "$has_results" ]; then
        "$cvrlab" table "$store" --format markdown --published "${text%.md}.tsv" >"$published"
    fi
    section "$text" "$file" >>"$body"
    printf '| [%s](#%s) | %s | %s\n' "$title" "$(echo "$title" | tr 'A-Z ' 'a-z-' | tr -d ',.()')" "$source" \
        "$(counts)" >>"$index"
done

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
Every method has the same training constants, which are not tuned but on Coat. Of verdicts:
$meanings
\`bias\` is the mean over the test exposures of prediction - p_r, \`abs_bias\` its absolute value, \`over O\` on clicks, \`of ctcvr\` of
clicks that convert. $(by_chance)

| paper | data | holds | within error | does not hold |
| --- | --- | ---: | ---: | ---: |
END
cat "$index" "$body" >>"$page"
cat "$page" >"$here/PAPERS.md"
