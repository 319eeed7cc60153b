# SPDX-License-Identifier: MIT
#
# The chart of a bench, in three panels that share their rows: speed, page cache, CPU time.
# usage: gnuplot -c bench.gnuplot DATA SVG TITLE
# DATA has one row a line, from the top to the bottom: name, group (1 limit, 2 dmaload, 3 today),
# GB/s as median, minimum and maximum, MiB left in the page cache, CPU seconds per GB.
set datafile separator tab
set datafile missing "?"
# A number that is not known is not a bar, but says so.
known(x) = valid(x) ? column(x) : 0
amount(x, format) = valid(x) ? sprintf(format, column(x)) : "not measured"
stats ARG1 using 3 nooutput name "rows"
stats ARG1 using (known(6)) nooutput name "cache"
stats ARG1 using (known(7)) nooutput name "cpu"
# There is room for the number beside the longest bar.
end(max, room) = max > 0 ? max * room : 1
n = rows_records
height = 150 + 22 * n
set terminal svg size 1200, height font "sans,12" background "white"
set output ARG2

colour(group) = group == 1 ? 0x9a9a9a : group == 2 ? 0x2a7ab8 : 0xe08a3c
left(row) = n - 1 - row

set multiplot
set yrange [-0.6:n - 0.4]
set border 3
set tmargin screen 1 - 74.0 / height
set bmargin screen 56.0 / height
set grid xtics linecolor "#dddddd"
set xtics nomirror
set style fill solid noborder
unset key

set label 1 ARG3 at screen 0.5, screen (1 - 18.0 / height) center font "sans,14" noenhanced
# The key: a square of the colour, and its name.
do for [group = 1:3] {
    x = 0.28 + 0.17 * (group - 1)
    y = 1 - 46.0 / height
    set object group rectangle from screen x, screen (y - 6.0 / height) \
        to screen (x + 0.01), screen (y + 6.0 / height) \
        fillcolor rgb colour(group) fillstyle solid noborder
    set label (10 + group) group == 1 ? "the limit" : group == 2 ? "dmaload" : \
        "what people do today" at screen (x + 0.017), screen y left
}

set lmargin screen 0.25
set rmargin screen 0.60
set xrange [0:*]
set xlabel "GB/s: median, and the line from the slowest round to the fastest"
set ytics noenhanced nomirror scale 0
plot ARG1 using (0):(left($0)):(0):3:(left($0) - 0.38):(left($0) + 0.38):(colour($2)):ytic(1) \
         with boxxyerror linecolor rgb variable, \
     ARG1 using 3:(left($0)):4:5 with xerrorbars pointtype 0 linecolor "#333333"

unset label
unset object
set ytics format ""
set lmargin screen 0.63
set rmargin screen 0.77
set xrange [0:end(cache_max, 1.5)]
set xtics 0, end(cache_max, 1)
set xlabel "MiB left in the page cache"
plot ARG1 using (0):(left($0)):(0):(known(6)):(left($0) - 0.38):(left($0) + 0.38):(colour($2)) \
         with boxxyerror linecolor rgb variable, \
     ARG1 using (known(6)):(left($0)):(amount(6, "%.0f")) with labels left offset 0.5, 0

set lmargin screen 0.80
set rmargin screen 0.96
set xrange [0:end(cpu_max, 1.35)]
set xtics autofreq
set xlabel "CPU seconds per GB"
plot ARG1 using (0):(left($0)):(0):(known(7)):(left($0) - 0.38):(left($0) + 0.38):(colour($2)) \
         with boxxyerror linecolor rgb variable, \
     ARG1 using (known(7)):(left($0)):(amount(7, "%.3f")) with labels left offset 0.5, 0
unset multiplot
