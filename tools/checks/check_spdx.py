#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every source, script, unit, configuration and document begins with its licence (after "#!" or "<?xml")."""
import os

import tree

ENDINGS = (
    ".cpp", ".hpp", ".c", ".h", ".py", ".sh", ".cmake", "CMakeLists.txt", ".md", ".1", ".8", ".service", ".path", ".timer",
    ".conf", ".cfg", ".lua", ".yml", ".xml", "debian/control",
)
FOLDERS = ["src", "tools", "tests", "bench", ".ci", "debian", "docs"]
TOP = ["CMakeLists.txt", "README.md"]
LICENCE = "SPDX-License-Identifier: Apache-2.0"


def is_script(root, path):
    name = os.path.join(root, path)
    if not os.path.isfile(name) or os.path.islink(name):
        return False
    with open(name, "rb") as file:
        return file.read(2) == b"#!"


def check(root):
    problems = []
    for path in tree.files(root, FOLDERS, ("",)) + [f for f in TOP if os.path.exists(os.path.join(root, f))]:
        if not (path.endswith(ENDINGS) or is_script(root, path)):
            continue
        lines = tree.read(root, path).splitlines()[:2]
        if lines and lines[0].startswith(("#!", "<?xml")):
            lines = lines[1:]
        if not lines or LICENCE not in lines[0]:
            problems.append(f"{path}: the first line is not {LICENCE}")
    return problems


if __name__ == "__main__":
    tree.run(check)
