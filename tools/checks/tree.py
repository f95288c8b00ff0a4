# SPDX-License-Identifier: Apache-2.0
"""What the checks share: walking the tree, reading C++ without comments and literals, reporting."""
import os
import re
import sys

SKIPPED = {".git", "build", "__pycache__", "corpus", "regressions", "vectors"}


def files(root, folders, endings):
    """Paths below root/folders whose names end so, sorted, relative to root."""
    found = []
    for folder in folders:
        for path, names, entries in os.walk(os.path.join(root, folder)):
            names[:] = sorted(n for n in names if n not in SKIPPED and not n.startswith("build"))
            found += [os.path.relpath(os.path.join(path, e), root) for e in entries if e.endswith(endings)]
    return sorted(set(found))


def read(root, path):
    with open(os.path.join(root, path), encoding="utf-8", errors="replace") as file:
        return file.read()


def blank(match):
    return re.sub(r"[^\n]", " ", match.group())


TOKEN = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(?P<mark>[^\s()\\]{0,16})\(.*?\)(?P=mark)"'
    r'|"(?:\\.|[^"\\\n])*"|(?<![0-9A-Za-z_])\'(?:\\.|[^\'\\\n])+\'',
    re.S,
)


def code_only(text):
    """The text with comments and the insides of literals blanked; offsets and line numbers stay."""

    def replace(match):
        token = match.group()
        if token.startswith("/"):
            return blank(match)
        return token[0] + re.sub(r"[^\n]", " ", token[1:-1]) + token[-1]

    return TOKEN.sub(replace, text)


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def report(problems):
    """Prints the problems; the exit status of the check."""
    for problem in problems:
        print(problem)
    return 1 if problems else 0


def root_from(arguments):
    """The tree to check: the first argument, else the one that this file lies in."""
    if len(arguments) > 1:
        return arguments[1]
    return os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def run(check):
    sys.exit(report(check(root_from(sys.argv))))
