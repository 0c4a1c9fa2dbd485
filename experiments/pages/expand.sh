#!/bin/sh
# expand.sh CVRLAB FOLDER UP <TEMPLATE >PAGE: writes a page from its prose and from stores FOLDER/NAME.db. UP is the way from the page
# to the top folder, "" or "../". A line of the template that begins with @ becomes what a run says; others stay as they are:
#   @holds NAME THAT [:: SENTENCE]   what the claim THAT of experiment NAME says, or the sentence in its place, with its verdict, a link to
#                           the run, and the numbers; likewise @open for one within error, and @fails. Where the run says otherwise, the
#                           prose around it may be wrong: then nothing is written
#   @verdicts NAME          the experiment's claims with their verdicts, as a table
#   @table NAME OPTIONS     cvrlab table
#   @figure NAME OPTIONS    the command that draws a figure, and the figure
#   @delays NAME            the command that draws when conversions come in the worlds of an experiment, and the figures
#   @run COMMAND            a command, which is run where the script stands, and what it prints
set -eu
cvrlab=$1 folder=$2 up=$3
here=$(cd "$(dirname "$0")/.." && pwd) # experiments/

link() { # NAME: to where the page of the experiments or of the papers has it
    if [ -f "$here/$1.yaml" ]; then
        echo "${up}experiments/README.md#$1"
    else
        title=$(sed -n '1s/^# //p' "$here/papers/$1.md")
        echo "${up}experiments/PAPERS.md#$(echo "$title" | tr 'A-Z ' 'a-z-' | tr -d ',.()')"
    fi
}

claim() { # VERDICT NAME THAT [:: SENTENCE]
    verdict=$1
    shift
    sentence=${2#*:: }
    [ "$sentence" != "$2" ] || sentence=
    set -- "$1" "${2%% ::*}"
    "$cvrlab" table "$folder/$1.db" --format csv --part claims | awk -v that="$2" -v name="$1" -v url="$(link "$1")" -v says="$sentence" -v expected="$verdict" '
        # A field of csv may stand in quotes, with commas and doubled quotes in it.
        function split_csv(line, field,    n, f) {
            for (n = 0; line != ""; ) {
                if (match(line, /^"([^"]|"")*"/)) {
                    f = substr(line, 2, RLENGTH - 2); gsub(/""/, "\"", f)
                } else {
                    match(line, /^[^,]*/); f = substr(line, 1, RLENGTH)
                }
                field[++n] = f; line = substr(line, RLENGTH + 2)
            }
            return n
        }
        function number(x,    a) { # to three digits
            a = x < 0 ? -x : x
            return sprintf(a >= 100 ? "%+.0f" : a >= 10 ? "%+.1f" : a >= 1 ? "%+.2f" : a >= 0.1 ? "%+.3f" : a >= 0.01 ? "%+.4f" : "%+.5f", x)
        }
        NR == 1 { n = split_csv($0, head); for (i = 1; i <= n; i++) at[head[i]] = i; next }
        { split_csv($0, f) }
        f[at["that"]] == that {
            if (f[at["verdict"]] != expected) {
                print "expand.sh: " name ": " that ": expected \"" expected "\", found \"" f[at["verdict"]] "\"" >"/dev/stderr"
                exit 1
            }
            printf "- %s. [%s](%s): %s [%s, %s]\n", says == "" ? f[at["says"]] : says, f[at["verdict"]], url,
                number(f[at["difference"]]), number(f[at["difference_low"]]), number(f[at["difference_high"]])
            found = 1
        }
        END { if (!found) { print "expand.sh: " name ": no such claim: " that >"/dev/stderr"; exit 1 } }'
}

figure() { # NAME OPTIONS
    name=$1
    shift
    printf '    cvrlab plot results/%s.db %s\n' "$name" "$*"
    for path in $("$cvrlab" plot "$folder/$name.db" -o "$here/../plots/example" -f svg "$@"); do
        printf '\n![%s](%splots/example/%s)\n' "$("$cvrlab" spec "$(spec "$name")" question)" "$up" "$(basename "$path")"
    done
}

delays() { # NAME
    file=$(spec "$1")
    printf '    cvrlab data %s --plot plots/out\n' "experiments/${file#"$here"/}"
    for path in $("$cvrlab" data "$file" --plot "$here/../plots/example" -f svg | grep '\.svg$'); do
        printf '\n![%s](%splots/example/%s)\n' "$("$cvrlab" spec "$file" question)" "$up" "$(basename "$path")"
    done
}

run() { # COMMAND: shown without the pipe that shortens what it prints, in lines that fit the page
    echo "$1" | sed 's/ *\(2>&1 \)\{0,1\}| .*//' | fold -s -w 88 | sed '$!s/ *$/ \\/; 2,$s/^/    /; s/^/    /'
    sh -c "$1" 2>&1 | sed -e :a -e '/^\n*$/{$d;N;ba' -e '}' | fold -s -w 94 | sed 's/^/    /; s/ *$//'
}

spec() { # NAME: its file
    for file in "$here/$1.yaml" "$here/papers/$1.yaml" "$here/delays/$1.yaml" "$here/../docs/$1.yaml"; do
        if [ -f "$file" ]; then
            echo "$file"
            return
        fi
    done
}

while IFS= read -r line; do
    # shellcheck disable=SC2086 # options are words
    case $line in
    '@holds '*) rest=${line#@holds } && claim holds "${rest%% *}" "${rest#* }" ;;
    '@open '*) rest=${line#@open } && claim 'within error' "${rest%% *}" "${rest#* }" ;;
    '@fails '*) rest=${line#@fails } && claim 'does not hold' "${rest%% *}" "${rest#* }" ;;
    '@verdicts '*) "$cvrlab" table "$folder/${line#@verdicts }.db" --format markdown --part claims ;;
    '@table '*) set -- ${line#@table } && name=$1 && shift && "$cvrlab" table "$folder/$name.db" --format markdown --part main "$@" ;;
    '@figure '*) figure ${line#@figure } ;;
    '@delays '*) delays "${line#@delays }" ;;
    '@run '*) run "${line#@run }" ;;
    *) printf '%s\n' "$line" ;;
    esac
done
