#!/bin/sh
# links.sh: every link from one page of the repository to another, to a heading of one, or to a file must lead somewhere. Prints those
# that do not, and fails then. Anchors are those that a code host gives to headings.
set -eu
cd "$(dirname "$0")/../.."
pages=$(find . -name '*.md' -not -path './build/*' -not -path './docs/pages/*' -not -path './experiments/papers/*' -not -path './experiments/delays/*' -not -path './.git/*' | sed 's,^\./,,' | sort)
broken=$(mktemp) anchors=$(mktemp)
trap 'rm -f "$broken" "$anchors"' EXIT

for page in $pages; do
    awk -v page="$page" '
        /^```/ { code = !code }
        !code && /^#+ / {
            a = tolower($0); sub(/^#+ /, "", a)
            gsub(/\]\([^)]*\)/, "", a); gsub(/\[/, "", a) # of a link its text
            gsub(/[^a-z0-9_ -]/, "", a); gsub(/ /, "-", a)
            print page "#" (seen[a]++ ? a "-" seen[a] - 1 : a)
        }' "$page"
done >"$anchors"

for page in $pages; do
    # Code is no link.
    awk '/^```/ { code = !code; next } code || /^    / { next } { gsub(/`[^`]*`/, ""); print }' "$page" |
        grep -oE '\]\([^) ]+\)|(src|href)="[^"]+"' | sed -E 's/^(\]\(|src="|href=")//; s/[)"]$//' | sort -u |
        while read -r link; do
            case $link in
            *://* | mailto:*) continue ;;
            '#'*) target=$page ;;
            *) target=$(realpath -m --relative-to=. "$(dirname "$page")/${link%%#*}") ;;
            esac
            [ -e "$target" ] || echo "$page: $link: there is no $target"
            case $link in
            *'#'*) grep -qxF "$target#${link#*#}" "$anchors" || echo "$page: $link: $target has no such heading" ;;
            esac
        done
done >"$broken"
cat "$broken"
! [ -s "$broken" ]
