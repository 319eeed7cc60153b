#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""man3.py makes a page of a header, and refuses headers with incomplete comments.

usage: manheaders.py MAN3
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

HEADER = """/* SPDX-License-Identifier: MIT */
/** @file Things that can be weighed. */
#ifndef DMALOAD_THING_H
#define DMALOAD_THING_H

struct dmaload_later;

/** A stone. Opaque. */
struct dmaload_stone;

/** Maximum weight, in grams. */
#define DMALOAD_WEIGHT_MAX (1u << 20)

/** How to weigh. Since: 0.1 */
enum dmaload_scale {
	/** In grams. */
	DMALOAD_SCALE_GRAMS = 0,
	/** In 2^10 grams: see dmaload_weight::unit. */
	DMALOAD_SCALE_LARGE = 1,
};

/** A weight. Since: 0.1 */
struct dmaload_weight {
	/** DMALOAD_SCALE_GRAMS, or another enum dmaload_scale. */
	uint32_t unit;
	/** The figures, up to DMALOAD_WEIGHT_MAX.
	 *
	 * - "left": the left ones;
	 * - "right": the right ones,
	 *   which come later. */
	uint64_t figures[4];
};

/**
 * Weigh a thing, as read(2) reads it from /dev/scale.
 *
 *     dmaload_weigh(thing, &weight, 0);
 *
 * @param thing   stays the caller's
 * @param weight  receives the weight, or NULL
 * @return 0, or
 *         -EINVAL, -ERANGE  it is too heavy,
 *                           by far
 *         or as dmaload_weigh()
 *
 * Since: 0.1
 */
DMALOAD_API int dmaload_weigh(struct dmaload_stone *thing,
			      struct dmaload_weight *weight, unsigned flags);

#endif
"""

EXAMPLE = r"""#include <dmaload.h>

/* EXAMPLE: Weigh a thing,
 * and print "\n": */
int weigh(void)
{
	return printf("\n") - 1;
}
/* END */

int hidden;
"""

# A part of the header, its replacement, and the message.
REFUSED = [
    ("@file Things that can be weighed.", "Things.", r"thing\.h:1: .*@file.* has no comment"),
    ("/** A stone. Opaque. */\n", "", r"thing\.h:1: no header declares dmaload_stone$"),
    ("/** Maximum weight, in grams. */\n", "", r"thing\.h:11: DMALOAD_WEIGHT_MAX has no comment"),
    ("/** How to weigh. Since: 0.1 */\n", "", r"thing\.h:\d+: dmaload_scale has no comment"),
    ("	/** In grams. */\n", "", r"DMALOAD_SCALE_GRAMS = 0 of dmaload_scale has no comment"),
    ("	/** DMALOAD_SCALE_GRAMS, or another enum dmaload_scale. */\n", "",
     r"uint32_t unit of dmaload_weight has no comment"),
    (" * Weigh a thing, as read(2) reads it from /dev/scale.\n *\n"
     " *     dmaload_weigh(thing, &weight, 0);\n *\n", "",
     r"thing\.h:\d+: dmaload_weigh has no comment with a summary"),
    (re.search(r"/\*\*\n \* Weigh .*?\*/\n", HEADER, re.DOTALL)[0], "",
     r"thing\.h:\d+: dmaload_weigh has no comment$"),
    ("as dmaload_weigh()", "as dmaload_lift()", r"thing\.h:\d+: no header declares dmaload_lift$"),
    ("or NULL", "or struct dmaload_mass", r"no header declares dmaload_mass$"),
    ("dmaload_weight::unit", "dmaload_weight::size", r"no header declares dmaload_weight::size$"),
    ("up to DMALOAD_WEIGHT_MAX", "up to DMALOAD_MAX", r"no header declares DMALOAD_MAX$"),
]

# Lines that the page has.
PAGE = [
    r"dmaload_weigh \- things that can be weighed",
    r"\fB#include <dmaload.h>\fP",
    r"\fBint dmaload_weigh(struct dmaload_stone *\fIthing\fB,\fP",
    r"\fB        struct dmaload_weight *\fIweight\fB, unsigned \fIflags\fB);\fP",
    r".SS struct dmaload_stone",
    r".SS #define DMALOAD_WEIGHT_MAX (1u << 20)",
    r".SS enum dmaload_scale",
    r"\fBDMALOAD_SCALE_GRAMS = 0\fP",
    r"In 2\(ha10 grams: see \fIdmaload_weight::unit\fP.",
    r"\fIuint64_t figures[4]\fP",
    r'"right": the right ones, which come later.',
    r"Weigh a thing, as \fBread\fP(2) reads it from \fI/dev/scale\fP.",
    r"dmaload_weigh(thing, &weight, 0);",
    r"receives the weight, or NULL",
    r"\fB\-EINVAL, \-ERANGE\fP",
    r"it is too heavy, by far",
    r"or as \fBdmaload_weigh\fP()",
    r'Weigh a thing, and print "\en":',
    r'        return printf("\en") \- 1;',
    r"\fBdmaload\fP(1), \fBdmaload\fP(3)",
]


def make(man3: str, folder: Path, header: str) -> subprocess.CompletedProcess:
    include = folder / "include"
    (include / "dmaload").mkdir(parents=True, exist_ok=True)
    (folder / "examples").mkdir(exist_ok=True)
    (folder / "examples" / "thing-more.c").write_text(EXAMPLE)
    (include / "dmaload.h").write_text("/** @file Load. */\n#include <dmaload/thing.h>\n")
    (include / "dmaload" / "thing.h").write_text(header)
    return subprocess.run([man3, include, folder / "examples", folder / "man3", "dmaload"],
                          capture_output=True, text=True, check=False)


def main() -> int:
    complaints = []
    checked = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for old, new, said in REFUSED:
            assert old in HEADER, old
            done = make(sys.argv[1], folder, HEADER.replace(old, new))
            checked += 1
            if done.returncode == 0 or not re.search(said, done.stderr.strip(), re.MULTILINE) or \
                    "Traceback" in done.stderr or (folder / "man3").exists():
                complaints.append(f'{old!r} as {new!r}: not "{said}", but {done.returncode}: '
                                  f"{done.stderr}")

        done = make(sys.argv[1], folder, HEADER)
        if done.returncode != 0:
            complaints.append(f"the header is refused: {done.stderr}")
        else:
            page = (folder / "man3" / "dmaload_thing.3").read_text()
            checked += len(PAGE)
            complaints.extend(f"the page lacks: {line}\n{page}"
                              for line in PAGE if line not in page.split("\n"))
            files = sorted(file.stem for file in (folder / "man3").iterdir())
            checked += 1
            if files != ["dmaload", "dmaload_scale", "dmaload_stone", "dmaload_thing",
                         "dmaload_weigh", "dmaload_weight"]:
                complaints.append(f"the pages are {files}")
    print("\n".join(f"not ok - {complaint}" for complaint in complaints))
    print(f"manheaders: {checked - len(complaints)} passed, {len(complaints)} failed")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
