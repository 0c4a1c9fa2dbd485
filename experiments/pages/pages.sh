# What shipped.sh, papers.sh and delays.sh share. They set: cvrlab, the program; folder, where the stores are; here, the folder of the
# experiments; decided, an empty file, to which counts adds an experiment's number of verdicts on claims of < or >. What the
# program knows it is asked for: the value of a key (spec), or a part of its tables (table --part).

tabulate() { # FILE: runs it as far as it is not yet in the store; real data are in folders of CVRLAB_DATA, coat and ml-100k, and
    # models in PyTorch need it
    question=$("$cvrlab" spec "$1" question)
    source=$("$cvrlab" spec "$1" data.source)
    store=$folder/$(basename "$1" .yaml).db
    data=
    [ "$source" = simulated ] || data=${CVRLAB_DATA:-/dev/null}/$source
    has_results= lacks=
    [ -z "$data" ] || [ -d "$data" ] || lacks='data that are not part of cvrlab'
    ! grep -q 'command: \[python3' "$1" || python3 -c 'import torch' 2>/dev/null || lacks='PyTorch'
    if [ -z "$lacks" ]; then
        "$cvrlab" run "$1" --db "$store" ${data:+--data "$data"}
        has_results=yes
    fi
}

counts() { # the cells of an index: how many claims of the experiment at hand have each verdict, the third column
    [ -n "$has_results" ] || { echo '- | - | - |'; return; }
    "$cvrlab" table "$store" --format csv --part claims | awk -F, -v decided="$decided" '
        NR == 1 { everywhere = $11 == "settings" } # then columns 12 to 14 count the settings of each verdict
        { claims[$3]++ }
        $NF ~ / [<>] / { directional += everywhere ? $12 + $13 + $14 : $3 ~ /holds?$|within error/ }
        END { print directional + 0 >>decided
              printf "%d | %d | %d |\n", claims["holds"], claims["within error"], claims["does not hold"] }'
}

by_chance() { # of all experiments that counts has seen: what chance would make of them
    awk '{ n += $1 } END { if (n) printf "Of the %d verdicts on claims of `<` or `>` here, each at 95 %%, chance\nalone would let about \
%.2g hold and as many not hold if nothing differed anywhere.", n, n / 40 }' "$decided"
}

plot_options() { # FILE: of its line "# Figure: cvrlab plot OPTIONS"
    sed -n 's/^# Figure: cvrlab plot //p' "$1"
}

commands() { # FILE, as it is called from the top folder
    options=$(plot_options "$here/../$1")
    printf '    cvrlab run %s%s\n    cvrlab table results/%s.db\n' "$1" "${data:+ --data FOLDER}" "$(basename "$1" .yaml)"
    [ -z "$options" ] || printf '    cvrlab plot results/%s.db %s\n' "$(basename "$1" .yaml)" "$options"
}

figures() { # FILE: draws those that the file names into plots/example, which is beside the pages' folder
    options=$(plot_options "$1")
    if [ -n "$has_results" ] && [ -n "$options" ]; then
        # shellcheck disable=SC2086 # options are words
        paths=$("$cvrlab" plot "$store" -o "$here/../plots/example" -f svg $options)
        for path in $paths; do
            printf '\n![%s](../plots/example/%s)\n' "$question" "$(basename "$path")"
        done
    fi
}

results() { # the claims, and what they were made of
    if [ -z "$has_results" ]; then
        echo "Not run here: it needs $lacks."
        return
    fi
    "$cvrlab" table "$store" --format markdown --part claims
    printf '<details><summary>Bias, variance and error of each estimator</summary>\n\n'
    "$cvrlab" table "$store" --format markdown --part main,risk
    printf '</details>\n'
}

opening() { # FILE: its comment
    sed -n '/^#/!q; /^# Figure: /!s/^# *//p' "$1"
}

# The text of a section: the experiment's opening comment below the heading, the file `claims` in the place of its line <!-- claims -->,
# and `published` in that of <!-- published -->.
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

anchor() { # TITLE: as a code host makes it of a heading
    echo "$1" | tr 'A-Z ' 'a-z-' | tr -d ',.()'
}

parts_of() { # TEXT FILE, tabulated: what goes in the place of <!-- claims -->; what goes in that of <!-- published --> into its file
    printf '%s\n\n' "$question"
    commands "experiments/${2#"$here"/}"
    echo
    results
    : >"$published"
    if [ -f "${1%.md}.tsv" ] && [ -n "$has_results" ]; then
        "$cvrlab" table "$store" --format markdown --published "${1%.md}.tsv" >"$published"
    fi
}

# What verdicts and metrics mean, for the head of a page.
meanings="a claim of \`<\` or \`>\` holds where the 95 % interval of the difference lies on its side of 0, does not hold
where it lies on the other, and is within error where it contains 0; a claim of \`=\` holds where the interval lies within a margin that
was fixed before the runs (where the claim states none, 5 % of the true mean p for a bias, 20 % for mse, 0.005 for AUC and NDCG,
0.05 for \`ratio\`), does not hold where it lies wholly outside, and is within error between the two."
