#!/bin/sh
# site.sh FOLDER: writes the pages of the repository as one site of plain HTML into FOLDER, from the same markdown, with what they link
# to. It opens from disk, and needs no network.
set -eu
site=$1
here=$(cd "$(dirname "$0")/../.." && pwd)
mkdir -p "$site"
site=$(cd "$site" && pwd)
cd "$here"

pages='README.md docs/GUIDE.md docs/WHICH.md docs/STUDY.md docs/OWN.md docs/CLUSTER.md docs/NUMBERS.md docs/AUDIT.md docs/TWIN.md docs/GALLERY.md experiments/README.md experiments/PAPERS.md experiments/DELAYS.md experiments/papers/PROTOCOLS.md experiments/papers/size/README.md
experiments/spec/README.md estimators/README.md estimators/METHODS.md estimators/plugin/README.md sim/README.md results/README.md CONTRIBUTING.md CHANGELOG.md'

# The bar at the top: file, and what it is called there.
bar='README.md|cvrlab
docs/WHICH.md|Which estimator?
experiments/PAPERS.md|Papers
experiments/DELAYS.md|Delays
experiments/README.md|Experiments
docs/GUIDE.md|Guide
docs/STUDY.md|A study
docs/OWN.md|Your own model
docs/TWIN.md|A twin of your log
docs/CLUSTER.md|Many machines
docs/NUMBERS.md|Numbers
docs/AUDIT.md|Audit
docs/GALLERY.md|Gallery
estimators/README.md|Estimators'

html_of() { # PAGE: README.md is index.html, others keep their name
    case $1 in
    README.md) echo index.html ;;
    *) echo "${1%.md}.html" ;;
    esac
}

up_from() { # PAGE: the way to the top
    echo "$1" | sed 's/[^/]*$//; s/[^/]*\//..\//g'
}

navigation() { # PAGE
    echo "$bar" | while IFS='|' read -r file name; do
        current=
        [ "$file" = "$1" ] && current=' aria-current="page"'
        printf '<a href="%s%s"%s>%s</a>\n' "$(up_from "$1")" "$(html_of "$file")" "$current" "$name"
    done
}

# Headings get the anchors that a code host gives them; links to pages lead to their html; tables scroll in a box of their own.
finish() { # UP
    awk -v up="$1" '
        function anchor(text,    a) {
            gsub(/<[^>]*>/, "", text); gsub(/&[a-z]*;/, "", text)
            a = tolower(text)
            gsub(/[^a-z0-9_ -]/, "", a); gsub(/ /, "-", a)
            if (seen[a]++) a = a "-" seen[a] - 1
            return a
        }
        match($0, /^<h[1-6]>/) { level = substr($0, 3, 1); $0 = "<h" level " id=\"" anchor($0) "\">" substr($0, 5) }
        {
            while (match($0, /href="[^":]*\.md[#"]/)) {
                link = substr($0, RSTART + 6, RLENGTH - 7)
                to = link == up "README.md" ? up "index.html" : substr(link, 1, length(link) - 3) ".html"
                $0 = substr($0, 1, RSTART + 5) to substr($0, RSTART + RLENGTH - 1)
            }
            gsub(/<table>/, "<div class=\"table\"><table>"); gsub(/<\/table>/, "</table></div>")
            print
        }'
}

for page in $pages; do
    out=$site/$(html_of "$page")
    mkdir -p "$(dirname "$out")"
    title=$(sed -n 's/^# //p' "$page" | head -1 | tr -d '`')
    [ "$page" = README.md ] || title="$title - cvrlab"
    {
        printf '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        printf '<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>%s</title>\n' "$title"
        printf '<link rel="stylesheet" href="%sdocs/site.css">\n</head>\n<body>\n<header><nav>\n' "$(up_from "$page")"
        navigation "$page"
        printf '</nav></header>\n<main>\n'
        cmark-gfm --unsafe -e table -e strikethrough -e autolink "$page" | finish "$(up_from "$page")"
        printf '</main>\n</body>\n</html>\n'
    } >"$out"
done

# What pages show or link to besides pages.
mkdir -p "$site/docs"
cp docs/site.css "$site/docs"
for page in $pages; do
    folder=$(dirname "$page")
    grep -oE '(\]\(|src="|href=")[^)":# ]+' "$page" | sed 's/^[^("]*[("]//' | grep -v '\.md$' | sort -u | while read -r link; do
        [ -f "$folder/$link" ] || continue
        from=$(realpath --relative-to="$here" "$folder/$link")
        mkdir -p "$site/$(dirname "$from")"
        cp "$from" "$site/$from"
    done
done
echo "$site/index.html"
