#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The recipes in packaging/ fit this source: options, version, licence, libraries and files.

usage: recipes.py SOURCE_DIR BUILD_DIR VERSION MAP...

No distribution's tools are needed, so those who add an option or a library learn it at once.
"""

import fnmatch
import hashlib
import json
import re
import sys
from pathlib import Path

BUILDROOT = "buildroot/package/libdmaload"
YOCTO = "yocto/recipes-support/libdmaload"
# Options of meson itself that a recipe may set.
OF_MESON = {"default_library", "b_lto"}
# The directories of meson's list of installed files, and of the recipes.
PLACES = {
    "{prefix}/": "usr/", "{bindir}": "usr/bin", "{libdir}": "usr/lib", "{libdir_shared}": "usr/lib",
    "{libdir_static}": "usr/lib", "{includedir}": "usr/include", "{datadir}": "usr/share",
    "{mandir}": "usr/share/man", "{nonarch_base_libdir}": "usr/lib", "{SOLIBS}": ".so.*",
}


class Faults(list[str]):
    def unless(self, fits: bool, fault: str) -> None:
        if not fits:
            self.append(fault)


def expand(path: str, prefix: str = "") -> str:
    path = path.replace("$", "")
    for name, place in PLACES.items():
        path = path.replace(name, place)
    return path.replace(prefix, "usr", 1) if prefix and path.startswith(prefix + "/") else path


def installed_files(source: Path, build: Path, libraries: list[str]) -> set[str]:
    """Return what this build installs, and what others install: all libraries, and the rule."""
    info = build / "meson-info"
    options = json.loads((info / "intro-buildoptions.json").read_text())
    prefix = next(each["value"] for each in options if each["name"] == "prefix")
    plan = json.loads((info / "intro-install_plan.json").read_text())
    files = {expand(each["destination"], prefix)
             for kind in plan.values() for each in kind.values()}
    files |= {f"usr/lib/{name}.so.0" for name in libraries}
    return files | {f"usr/lib/udev/rules.d/{each.stem}" for each in source.glob("udev/*.rules.in")}


def without_comments(text: str) -> str:
    return re.sub(r"^\s*#.*$", "", text, flags=re.M)


def check_options(name: str, recipe: str, options: dict[str, str], faults: Faults) -> None:
    """A recipe sets each feature, or its packages depend on what the machine happens to have."""
    named = set(re.findall(r"-D(\w+)=", recipe))
    for option in sorted(named - set(options) - OF_MESON):
        faults.append(f"{name}: there is no option {option}")
    for option, kind in options.items():
        faults.unless(kind != "feature" or option in named,
                      f"{name}: the option {option} is neither enabled nor disabled")


def check_files(name: str, patterns: list[str], files: set[str], libraries: list[str],
                faults: Faults) -> None:
    """Each pattern is of an installed file or folder, and each further library has a package."""
    faults.unless(bool(patterns), f"{name}: no files are named")
    for pattern in map(expand, patterns):
        faults.unless(any(fnmatch.fnmatchcase(each, shape) for each in files
                          for shape in (pattern, pattern + "/*")),
                      f"{name}: {pattern} is not installed")
    for library in libraries:
        faults.unless(f"usr/lib/{library}.so.*" in map(expand, patterns) or library == "libdmaload",
                      f"{name}: {library} has no package")


def check_buildroot(folder: Path, version: str, licence: bytes, faults: Faults) -> str:
    recipe = without_comments((folder / "libdmaload.mk").read_text())
    faults.unless(f"LIBDMALOAD_VERSION = {version}\n" in recipe, f"libdmaload.mk: not {version}")
    faults.unless(f"sha256  {hashlib.sha256(licence).hexdigest()}  LICENSE\n"
                  in (folder / "libdmaload.hash").read_text(),
                  "libdmaload.hash: LICENSE has changed")
    symbol = r"BR2_PACKAGE_LIBDMALOAD_\w+"
    defined = set(re.findall(rf"^config ({symbol})$", (folder / "Config.in").read_text(), re.M))
    used = set(re.findall(symbol, recipe))
    faults.unless(defined == used,
                  f"only in one of Config.in and libdmaload.mk: {sorted(defined ^ used)}")
    return recipe


def check_yocto(folder: Path, version: str, licence: bytes, faults: Faults) -> str:
    names = [each.name for each in folder.glob("*.bb")]
    faults.unless(names == [f"libdmaload_{version}.bb"], f"{names}: not {version}")
    recipe = without_comments((folder / names[0]).read_text().replace("\\\n", ""))
    digest = hashlib.md5(licence, usedforsecurity=False).hexdigest()
    faults.unless(f"file://LICENSE;md5={digest}" in recipe, f"{names[0]}: LICENSE has changed")
    packages = re.search(r'^PACKAGE_BEFORE_PN \+= "(.*)"$', recipe, re.M)
    with_files = re.findall(r"^FILES:(\S+) ", recipe, re.M)
    faults.unless(packages is not None and packages[1].split() == with_files,
                  f"{names[0]}: these packages have files: {' '.join(with_files)}")
    return recipe


def check_alpine(folder: Path, version: str, faults: Faults) -> str:
    recipe = without_comments((folder / "APKBUILD").read_text())
    faults.unless(f"\npkgver={version}\n" in recipe, f"APKBUILD: not {version}")
    lists = dict(re.findall(r'^(\w+)="([^"]*)"$', recipe, re.M))
    for script in lists["install"].split():
        faults.unless((folder / script).exists(), f"APKBUILD: {script} is missing")
    functions = set(re.findall(r"^(\w+)\(\) \{$", recipe, re.M))
    functions |= {"doc", "static", "dev", "completion"}  # abuild has these
    for package in lists["subpackages"].split():
        name, *parts = package.split(":")
        function = parts[0] if parts else re.split(r"-", name)[-1]
        faults.unless(function in functions, f"APKBUILD: {name} has no function {function}()")
    return recipe


def main() -> int:
    source, build, version = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    libraries = [Path(each).stem for each in sys.argv[4:]]
    packaging, licence = source / "packaging", (source / "LICENSE").read_bytes()
    options = dict(re.findall(r"^option\('(\w+)', type: '(\w+)'",
                              (source / "meson_options.txt").read_text(), re.M))
    files, faults = installed_files(source, build, libraries), Faults()

    recipes = {
        "buildroot": check_buildroot(packaging / BUILDROOT, version, licence, faults),
        "yocto": check_yocto(packaging / YOCTO, version, licence, faults),
        "alpine": check_alpine(packaging / "alpine", version, faults),
    }
    for name, recipe in recipes.items():
        check_options(name, recipe, options, faults)
    check_files("yocto", re.findall(r'^FILES:\S+ \+= "(.*)"$', recipes["yocto"], re.M),
                files, libraries, faults)
    check_files("alpine", " ".join(re.findall(r"^\tamove (.*)$", recipes["alpine"], re.M)).split(),
                files, libraries, faults)

    for fault in faults:
        print(fault)
    print(f"{len(recipes)} recipes, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
