#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Proves the checks: every seeded violation is found, and nothing is found in good examples."""
import os
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.join(HERE, "../../tools/checks"))

import check_coro  # noqa: E402
import check_layers  # noqa: E402
import check_size  # noqa: E402
import check_spdx  # noqa: E402
import coro_cases  # noqa: E402
import layers_cases  # noqa: E402

LICENCE = "SPDX-License-Identifier: Apache-2.0\n"

SIZE_CASES = [
    ("500 lines", {"src/a.cpp": "x\n" * 500}, None),
    ("501 lines", {"src/a.cpp": "x\n" * 501}, "501 lines, at most 500"),
    ("501 lines of a table", {"src/a.cpp": "// size: table\n" + "x\n" * 500}, None),
    ("a table that says so too late", {"src/a.cpp": "x\n" * 20 + "// size: table\n" * 490}, "at most 500"),
]

SPDX_CASES = [
    ("licences in place",
     {"CMakeLists.txt": "# " + LICENCE, "src/a.cpp": "// " + LICENCE, "tools/run": "#!/bin/sh\n# " + LICENCE,
      "tests/vectors/a.py": "raw", "tools/text": "no script"}, None),
    ("a source without", {"CMakeLists.txt": "# " + LICENCE, "src/a.hpp": "#pragma once\n"}, "src/a.hpp"),
    ("a script without", {"CMakeLists.txt": "# " + LICENCE, "tools/run": "#!/bin/sh\nset -e\n"}, "tools/run"),
    ("a build file without", {"CMakeLists.txt": "project(x)\n"}, "CMakeLists.txt"),
    ("a unit without", {"CMakeLists.txt": "# " + LICENCE, "debian/a.service": "[Unit]\n"}, "a.service"),
    ("a document without", {"CMakeLists.txt": "# " + LICENCE, "docs/a.md": "# Title\n"}, "docs/a.md"),
    ("a maintainer script without", {"CMakeLists.txt": "# " + LICENCE, "debian/a.postrm": "#!/bin/sh\nset -e\n"}, "a.postrm"),
    ("XML with", {"CMakeLists.txt": "# " + LICENCE, "tests/a.xml": "<?xml version='1.0'?>\n<!-- " + LICENCE}, None),
    ("a licence too late", {"CMakeLists.txt": "# " + LICENCE, "tools/cmake/a.cmake": "set(a)\n# " + LICENCE}, "a.cmake"),
]


def found_in(check, files):
    with tempfile.TemporaryDirectory() as root:
        for path, text in files.items():
            os.makedirs(os.path.dirname(os.path.join(root, path)) or root, exist_ok=True)
            with open(os.path.join(root, path), "w", encoding="utf-8") as file:
                file.write(text)
        return list(check(root))


def judge(name, problems, expected):
    if expected is None:
        return [f"{name}: reported {problems}"] if problems else []
    if any(expected in problem for problem in problems):
        return []
    return [f"{name}: expected '{expected}', reported {problems}"]


def main():
    wrong = []
    count = 0
    for check, cases in ((check_layers.check, layers_cases.CASES), (check_size.check, SIZE_CASES),
                         (check_spdx.check, SPDX_CASES)):
        for name, files, expected in cases:
            wrong += judge(name, found_in(check, files), expected)
            count += 1
    coroutine_cases = coro_cases.BAD + [case + (None,) for case in coro_cases.GOOD]
    for name, path, text, expected in coroutine_cases:
        wrong += judge(name, list(check_coro.check_text(path, text)), expected)
        count += 1
    for line in wrong:
        print(line)
    print(f"self-test of the checks: {'ok' if not wrong else 'FAILED'}, {count} cases, {len(wrong)} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
