# What shipped.sh and papers.sh share. They set: cvrlab, the program; folder, where the stores are; tables, a file for the tables of
# the experiment at hand, which is empty where its data are not here.

tabulate() { # FILE: runs it as far as it is not yet in the store; real data are in folders of CVRLAB_DATA, coat and ml-100k
    source=$(sed -n 's/^data.*source: *\([a-z0-9_-]*\).*/\1/p' "$1")
    store=$folder/$(basename "$1" .yaml).db
    : >"$tables"
    if [ -n "$source" ] && ! [ -d "${CVRLAB_DATA:-/dev/null}/$source" ]; then
        return
    fi
    "$cvrlab" run "$1" --db "$store" ${source:+--data "$CVRLAB_DATA/$source"}
    "$cvrlab" table "$store" --format markdown >"$tables"
}

question() { # FILE
    sed -n 's/^question: *//p' "$1"
}

count() { # VERDICT: how many claims of the experiment at hand have it
    [ -s "$tables" ] || { echo -; return; }
    sed -n '/^Claims$/,$p' "$tables" | grep -c "^| $1 |" || true
}

counts() { # the cells of an index
    printf '%s | %s | %s |\n' "$(count holds)" "$(count 'within error')" "$(count 'does not hold')"
}

plot_options() { # FILE: of its line "# Figure: cvrlab plot OPTIONS"
    sed -n 's/^# Figure: cvrlab plot //p' "$1"
}

commands() { # FILE, as it is called from the top folder
    options=$(plot_options "$here/../$1")
    printf '    cvrlab run %s%s\n    cvrlab table results/%s.db\n' "$1" "${source:+ --data FOLDER}" "$(basename "$1" .yaml)"
    [ -z "$options" ] || printf '    cvrlab plot results/%s.db %s\n' "$(basename "$1" .yaml)" "$options"
}

figures() { # FILE: draws those that the file names into plots/example, which is beside the pages' folder
    options=$(plot_options "$1")
    if [ -s "$tables" ] && [ -n "$options" ]; then
        # shellcheck disable=SC2086 # options are words
        paths=$("$cvrlab" plot "$store" -o "$here/../plots/example" -f svg $options)
        for path in $paths; do
            printf '\n![%s](../plots/example/%s)\n' "$(question "$1")" "$(basename "$path")"
        done
    fi
}

results() { # the claims, and what they were made of
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

# What verdicts and metrics mean, for the head of a page.
meanings="a claim of \`<\` or \`>\` holds where the 95 % interval of the difference lies on its side of 0, does not hold
where it lies on the other, and is within error where it contains 0; a claim of \`=\` holds where the interval contains 0, which is
to say that nothing against it was seen. By chance alone, one true claim of \`=\` in twenty does not hold."
