# What shipped.sh and papers.sh share. They set: cvrlab, the program; folder, where the stores are; here, the folder of the
# experiments. What the program knows it is asked for: the value of a key (spec), or a part of its tables (table --part).

tabulate() { # FILE: runs it as far as it is not yet in the store; real data are in folders of CVRLAB_DATA, coat and ml-100k
    question=$("$cvrlab" spec "$1" question)
    source=$("$cvrlab" spec "$1" data.source)
    store=$folder/$(basename "$1" .yaml).db
    data=
    [ "$source" = simulated ] || data=${CVRLAB_DATA:-/dev/null}/$source
    has_results=
    if [ -z "$data" ] || [ -d "$data" ]; then
        "$cvrlab" run "$1" --db "$store" ${data:+--data "$data"}
        has_results=yes
    fi
}

counts() { # the cells of an index: how many claims of the experiment at hand have each verdict, the third column
    [ -n "$has_results" ] || { echo '- | - | - |'; return; }
    "$cvrlab" table "$store" --format csv --part claims | awk -F, '
        { claims[$3]++ }
        END { printf "%d | %d | %d |\n", claims["holds"], claims["within error"], claims["does not hold"] }'
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
        echo "Not run here: it needs data that are not part of cvrlab."
        return
    fi
    "$cvrlab" table "$store" --format markdown --part claims
    printf '<details><summary>Bias, variance and error of each estimator</summary>\n\n'
    "$cvrlab" table "$store" --format markdown --part main,risk
    printf '</details>\n'
}

# What verdicts and metrics mean, for the head of a page.
meanings="a claim of \`<\` or \`>\` holds where the 95 % interval of the difference lies on its side of 0, does not hold
where it lies on the other, and is within error where it contains 0; a claim of \`=\` holds where the interval contains 0: the runs do
not contradict it, which is no proof of it. By chance alone, one true claim of \`=\` in twenty does not hold."
