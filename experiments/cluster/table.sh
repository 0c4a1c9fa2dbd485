#!/bin/sh
# table.sh FOLDER: the part of docs/CLUSTER.md that measure.sh has measured into FOLDER, in markdown.
set -eu
cd "$1"
awk -F, '
    NR == 1 { next }
    !($1 in runs) { order[++n] = $1 }
    {
        runs[$1]++; at_once[$1] = $2; units = $4
        rate = $4 / $5
        sum[$1] += rate
        if (!($1 in least) || rate < least[$1]) least[$1] = rate
        if (rate > most[$1]) most[$1] = rate
        merge[$1] += $6; bytes[$1] = $7
    }
    END {
        printf "%d units of [load.yaml](../experiments/cluster/load.yaml) in shards of one thread each, as many at a time as there are processors; means of\n", units
        print "three runs, and the range of them. Efficiency is against one shard on one processor.\n"
        print "| shards | at a time | units a second | range | efficiency | merge, s | store, kB a unit |"
        print "| ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
        for (i = 1; i <= n; i++) {
            s = order[i]
            rate = sum[s] / runs[s]
            if (i == 1) one = rate
            printf "| %d | %d | %.1f | %.1f to %.1f | %.0f %% | %.2f | %.1f |\n", s, at_once[s], rate, least[s], most[s],
                100 * rate / one / at_once[s], merge[s] / runs[s], bytes[s] / units / 1000
        }
        print ""
    }' shards.csv
awk -F, '
    NR == 1 { next }
    NR == 2 { print "Shards of about 100 small units of [small.yaml](../experiments/cluster/small.yaml):\n"
              print "| shards | units | fullest shard | all shards, MB | merge, s | shards a second |"
              print "| ---: | ---: | ---: | ---: | ---: | ---: |" }
    {
        printf "| %d | %d | %d | %.1f | %.1f | %.1f |\n", $1, $2, $3, $4 / 1e6, $5, $1 / $5
        mean = $2 / $1; fullest = $3; shards = $1; seconds = $5
    }
    END {
        printf "\nUnits of one log may be in several shards, which draw it anew, and processors share memory: that is what the efficiency lacks. For\n"
        printf "%d cores: with %d shards of %.0f units in the mean the fullest has %d, so the cores are used to %.0f %% until the last is done; with\n", shards, shards, mean, fullest, 100 * mean / fullest
        printf "four times as many shards each core takes the next when it is free, and the ends are evener. Merging them adds %.0f s.\n", seconds
        printf "By these, 1,000 shards on 1,000 cores merge in %.0f s, and an experiment of T core-hours takes about T / %.0f hours.\n", 1000 * seconds / shards, 1000 * mean / fullest
    }' merge.csv
