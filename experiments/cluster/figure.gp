# gnuplot -c figure.gp FOLDER OUT.svg: units a second by shards, and seconds of merging by shards, as measure.sh has measured them.
set datafile separator ","
set terminal svg size 760,300 font "sans,12" background "white"
set output ARG2
set multiplot layout 1,2
set key off
set grid ytics lc rgb "#dddddd"
set border 3
set tics nomirror
set logscale x
set offsets graph 0.1, graph 0.1, 0, 0
set xlabel "shards"
set ylabel "units a second"
set yrange [0:*]
set xtics (1, 2, 4, 12)
plot ARG1."/shards.csv" every ::1 using 1:($4/$5) with points pt 7 ps 0.7 lc rgb "#0072b2"
set ylabel "seconds of merging"
set logscale y
set yrange [*:*]
set xtics (10, 30, 100)
plot ARG1."/merge.csv" every ::1 using 1:5 with linespoints pt 7 ps 0.7 lc rgb "#d55e00"
