#!/bin/sh
# secret.sh N: the experiment of secret world N, a draw from the prior; N = 0 is the default world, without confounding, and those from
# 101 on are of no family that twins are fitted in: a confounder of users, a link of popularity and clicks, scores that are products, in turn. Draws are hashes
# of N and of the parameter's name, so that a world does not depend on others or on the machine. Worlds of fewer than 200 conversions
# expected in 50,000 rows are drawn again.
set -eu

uniform() { # NAME: a number in (0, 1)
    printf '%s' "$1" | sha256sum | cut -c1-8 | awk '
        { for (i = 1; i <= 8; i++) u = 16 * u + index("0123456789abcdef", substr($1, i, 1)) - 1; print (u + 0.5) / 4294967296 }'
}

between() { # NAME LOW HIGH: even
    uniform "$number $again $1" | awk -v low="$2" -v high="$3" '{ printf "%.4g\n", low + (high - low) * $1 }'
}

ratio_between() { # NAME LOW HIGH: even in logs
    uniform "$number $again $1" | awk -v low="$2" -v high="$3" '{ printf "%.4g\n", low * exp(log(high / low) * $1) }'
}

share() { # of a side, from its ratio and the other's to context and interactions
    awk "BEGIN { printf \"%.4g\", $1 / (1 + $1 + $2) }"
}

number=$1 again=0
if [ "$number" -eq 0 ]; then
    world='hidden_odds: 1'
else
    while :; do
        ctr=$(ratio_between ctr .02 .3) cvr=$(ratio_between cvr .02 .3)
        awk "BEGIN { exit !($ctr * $cvr * 50000 >= 200) }" && break
        again=$((again + 1))
    done
    user=$(ratio_between user_share .5 2) item=$(ratio_between item_share .5 2)
    world="ctr: $ctr, cvr: $cvr, sigma_o: $(ratio_between sigma_o .3 2), sigma_r: $(ratio_between sigma_r .3 2),
        dependence: $(between dependence -.3 .9), feature_noise: $(ratio_between feature_noise .25 2),
        user_zipf: $(between user_zipf 0 1), item_zipf: $(between item_zipf 0 1.5), hidden_odds: $(ratio_between hidden_odds 1 2.71828),
        user_share: $(share "$user" "$item"), item_share: $(share "$item" "$user")"
    if [ "$number" -gt 100 ]; then
        case $((number % 3)) in
        2) # h of users, whom ids tell apart: to who knows them nothing is hidden, Gamma is 1
            gamma=$(echo "$world" | sed -n 's/.*hidden_odds: \([0-9.]*\).*/\1/p' | awk '{ printf "%.4g", sqrt(log($1)) }')
            world=$(echo "$world" | sed "s/hidden_odds: [0-9.]*/hidden_level: user, gamma_o: $gamma, gamma_r: $gamma/")
            ;;
        0) world="$world, popularity_effect: 0.7" ;;
        1) world="$world, shape: interaction" ;;
        esac
    fi
fi
cat <<END
# Secret world $number.
name: secret_$number
estimators: [naive, esmm, ips, multi_dr, escm2_ips, escm2_dr, dr_jl, dcmt]
worlds: 1
world.numbers: [$((1000 + number))]
replicates: 6
log: {size: 50000, shared: off}
world: {$world}
sweep: {metrics.k: [5, 6]} # moves none of what is asked: two halves of the logs
END
