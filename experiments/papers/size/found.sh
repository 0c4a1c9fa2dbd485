#!/bin/sh
# found.sh CVRLAB FOLDER: what the stores FOLDER/NAME_at_size.db have, as NAME_at_size.csv (scores of the methods, a row a criterion) and
# NAME_at_size_claims.csv beside this script, from where experiments/PAPERS.md takes it. A store may have a part of its worlds or methods.
set -eu
cvrlab=$1 folder=$2
here=$(dirname "$0")
for file in "$here"/*_at_size.yaml; do
    name=$(basename "$file" .yaml)
    [ -f "$folder/$name.db" ] || continue
    "$cvrlab" table "$folder/$name.db" --part main --long --format csv >"$here/$name.csv"
    "$cvrlab" table "$folder/$name.db" --part claims --format csv >"$here/${name}_claims.csv"
done
