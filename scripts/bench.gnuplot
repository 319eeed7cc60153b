# SPDX-License-Identifier: MIT
#
# The chart of a bench: GB/s of each case, with its slowest and its fastest round.
# usage: gnuplot -c bench.gnuplot DATA SVG TITLE
set datafile separator tab
stats ARG1 using 2 nooutput name "rows"
set terminal svg size 960, (90 + 20 * rows_records) font "sans,12" background "white"
set output ARG2
set title ARG3 noenhanced
set xlabel "GB/s, median; the line is from the slowest round to the fastest"
set xrange [0:*]
set yrange [-0.6:rows_records - 0.4]
set ytics noenhanced nomirror scale 0
set xtics nomirror
set grid xtics linecolor "#dddddd"
set border 3
unset key
set style fill solid noborder
plot ARG1 using (0):0:(0):2:($0 - 0.35):($0 + 0.35):ytic(1) with boxxyerror linecolor "#7aa6c2", \
     ARG1 using 2:0:3:4 with xerrorbars pointtype 0 linecolor "#333333"
