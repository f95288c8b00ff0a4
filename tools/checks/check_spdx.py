#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every source, script and build file begins with its licence (after "#!" where there is one)."""
import os

import tree

ENDINGS = (".cpp", ".hpp", ".c", ".h", ".py", ".sh", ".cmake", "CMakeLists.txt")
FOLDERS = ["src", "tools", "tests", "bench", ".ci", "debian"]
LICENCE = "SPDX-License-Identifier: Apache-2.0"


def is_script(root, path):
    name = os.path.join(root, path)
    if "." in os.path.basename(path) or not os.path.isfile(name) or os.path.islink(name):
        return False
    with open(name, "rb") as file:
        return file.read(2) == b"#!"


def check(root):
    problems = []
    for path in tree.files(root, FOLDERS, ("",)) + ["CMakeLists.txt"]:
        if not (path.endswith(ENDINGS) or is_script(root, path)):
            continue
        lines = tree.read(root, path).splitlines()[:2]
        if lines and lines[0].startswith("#!"):
            lines = lines[1:]
        if not lines or LICENCE not in lines[0]:
            problems.append(f"{path}: the first line is not {LICENCE}")
    return problems


if __name__ == "__main__":
    tree.run(check)
