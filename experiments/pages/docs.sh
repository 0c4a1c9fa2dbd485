#!/bin/sh
# docs.sh CVRLAB FOLDER: writes the pages of docs/ that runs say, from docs/pages and the stores of FOLDER, which it runs as far as they
# are missing; the commands of STUDY.md, OWN.md and TWIN.md are run, each
# in a folder of its own; OWN.md needs python3 with numpy and torch.
set -eu
cvrlab=$(realpath "$1") folder=$(realpath "$2")
here=$(cd "$(dirname "$0")" && pwd)
docs=$here/../../docs
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The experiments that a page names.
for name in $(sed -n 's/^@\(holds\|open\|fails\|verdicts\|table\|figure\) \([a-z_0-9]*\) .*/\2/p' "$docs"/pages/GALLERY.md "$docs"/pages/NUMBERS.md "$docs"/pages/WHICH.md | sort -u); do
    file=$here/../$name.yaml
    [ -f "$file" ] || file=$here/../papers/$name.yaml
    [ -f "$file" ] || file=$here/../delays/$name.yaml
    source=$("$cvrlab" spec "$file" data.source)
    [ "$source" = simulated ] && data= || data=${CVRLAB_DATA:?names the folder of real data}/$source
    "$cvrlab" run "$file" --db "$folder/$name.db" ${data:+--data "$data"}
done

for page in NUMBERS WHICH GALLERY; do
    sh "$here/expand.sh" "$cvrlab" "$folder" ../ <"$docs/pages/$page.md" >"$work/$page.md"
    cat "$work/$page.md" >"$docs/$page.md"
done

# Pages whose commands are run, each with its files in a folder of its own.
mkdir "$work/bin"
ln -s "$cvrlab" "$work/bin/cvrlab"
for page in STUDY:study.yaml OWN:own.yaml:own.py TWIN:ads.yaml; do
    folder=$work/${page%%:*}
    mkdir "$folder"
    for file in $(echo "${page#*:}" | tr : ' '); do
        cp "$docs/$file" "$folder"
    done
    (cd "$folder" && PATH=$work/bin:$PATH sh "$here/expand.sh" "$cvrlab" results ../ <"$docs/pages/${page%%:*}.md" >"$folder.md")
    cat "$folder.md" >"$docs/${page%%:*}.md"
done
