# SPDX-License-Identifier: MIT
# Turns a public header into the text that doxygen reads: hide internal macros, put the summary of
# the file into a line of its own, make lists of errors, and complete opaque structs.
s/^#define DMALOAD_\(API\|SIZED\)\b.*//
s/@file \(.*\) \*\//@file\n * \1 *\//
s/^\( \*  *\)\(-E[A-Z0-9]*\(, -E[A-Z0-9]*\)*\)  */\1- `\2` /
s/^\( \*         \)\(-E\|or \)/\1- \2/
s/Since: \([0-9.]*[0-9]\)/@since \1/
/^ \*\/$/ {
	n
	s/^\(struct dmaload_[a-z0-9_]*\);$/\1 { };/
}
