#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""No file over 500 lines, except tables that say so in their first ten lines ("size: table")."""
import tree

MOST_LINES = 500


def check(root):
    problems = []
    folders = ["src", "tools", "tests", "bench"]
    for path in tree.files(root, folders, (".cpp", ".hpp", ".py", ".cmake", ".sh")):
        lines = tree.read(root, path).splitlines()
        is_table = any("size: table" in line for line in lines[:10])
        if len(lines) > MOST_LINES and not is_table:
            problems.append(f"{path}: {len(lines)} lines, at most {MOST_LINES}")
    return problems


if __name__ == "__main__":
    tree.run(check)
