#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The coroutine rules that a machine can judge (docs/coroutine-rules.md).

g++ 12 miscompiles some statements that hold a co_await, without a warning; and some parts of Asio lose data,
failures or memory. Both are refused here by form.
"""
import re

import tree

# A brace after one of these opens a block, not an initialiser.
BLOCK_HEAD = re.compile(
    r"(\b(else|try|do|mutable|noexcept|const|override|final)|->\s*[\w:<>,\s*&]+|[^:]:)\s*$"
)
TYPE_HEAD = re.compile(r"\b(namespace|struct|class|enum|union|extern)\b[^;(){}=]*$")

ASSERTIONS = re.compile(
    r"\b(REQUIRE|CHECK|REQUIRE_FALSE|CHECK_FALSE|REQUIRE_THAT|CHECK_THAT|REQUIRE_THROWS\w*|CHECK_THROWS\w*|"
    r"REQUIRE_NOTHROW|CHECK_NOTHROW|INFO|CAPTURE|assert)\s*\([^;]*co_await"
)
CONDITIONAL = re.compile(r"\?")
VALUE_CAPTURE = re.compile(
    r"(?:^|[^\w\)\]\s])\s*\[(?!\s*\]|\s*&\s*\]|\s*this\s*\]|\s*&\w+(\s*,\s*&\w+)*\s*\]|\s*&\s*,\s*this\s*\]"
    r"|\s*this\s*,\s*&(\w+)?\s*\])[^\[\]]+\]\s*[\(\{]"
)
# Lambda bodies stand after ")" or "]"; what stands after a name, "(", "," or "=" builds a value.
BRACED_VALUE = re.compile(r"(?<![\)\]\s])\s*\{|[\(,=]\s*\{")

STATEMENT_RULES = [
    (ASSERTIONS, "co_await inside an assertion: await into a local first"),
    (CONDITIONAL, "?: in a co_await statement: choose on the line above"),
    (VALUE_CAPTURE, "lambda with captures by value in a co_await statement: name it on the line above"),
    (BRACED_VALUE, "braces build a value in a co_await statement: build it on the line above"),
]

EVERYWHERE = [
    (r"\bdetached\b", "detached: spawn in a task_group"),
    (r"\bawaitable_operators\b|\bmake_parallel_group\b", "awaitable operators: use task_group or with_deadline"),
    (r"\bexperimental\s*::\s*\w*channel\b", "experimental::channel loses messages: use mailbox"),
    (r"\b(tcp|udp|icmp)\s*::\s*resolver\b|\basync_resolve\b", "Asio's resolver cannot be cancelled: use dns"),
    (r"\bmake_strand\b|\bstrand\s*<", "strand: sharing is by being on one thread"),
]
SOURCES_ONLY = [(r"\bco_spawn\b", "co_spawn outside src/runtime: use task_group, run_on or run_root")]


SPAWN = re.compile(r"\b(?:co_)?spawn(?:_isolated)?\s*\(")
CALLED_LAMBDA = re.compile(r"\]\s*(?:\(\))?[^{}()\[\]]*\{\}\s*\(")
LAMBDA = re.compile(r"\[([^\[\]]*)\]\s*(?:\(([^()]*)\))?[^{}()]*\{")
CALL = re.compile(r"^(?!std\s*::\s*(?:move|forward|bind)\b)[\w:.\->]+\s*\(.*\)$", re.S)
BORROWED = re.compile(r"\bstring_view\b|\bspan\s*<|(?<!&)&(?!&)\s*\w+\s*(?:,|$)")


def arguments(code, at):
    """The text between the parenthesis that opens before `at` and the one that closes it."""
    depth, end = 1, at
    while end < len(code) and depth:
        depth += {"(": 1, ")": -1}.get(code[end], 0)
        end += 1
    return code[at: end - 1]


def hollow(text):
    """The text with the inside of its outermost braces, and of parentheses in what is left, taken out."""
    out, braces = "", 0
    for char in text:
        if char == "}":
            braces -= 1
        if braces == 0:
            out += char
        if char == "{":
            braces += 1
    return re.sub(r"\([^()]*\)", "()", out)


def spawn_problems(code):
    """L1 and L2: what a spawned coroutine refers to must live as long as it does."""
    for match in SPAWN.finditer(code):
        given = arguments(code, match.end())
        if CALLED_LAMBDA.search(hollow(given)):
            yield match.start(), "a lambda called at once in spawn: its captures end with this statement; give it uncalled"
        elif not match.group().startswith("co_") and CALL.match(given.strip()):
            yield match.start(), "spawn of a call: give a function object, so that the arguments live as long as the task"
        lambda_head = LAMBDA.search(given)
        if lambda_head:
            captures, parameters = lambda_head.group(1), lambda_head.group(2) or ""
            if re.search(r"=\s*(?:std\s*::\s*)?(?:string_view|span)\b", captures) or BORROWED.search(parameters):
                yield match.start(), "a spawned coroutine that borrows: take the value"


def is_block(before, in_value):
    tail = before[-200:].rstrip()
    if tail[-1:] in ("{", "}"):
        return not in_value
    return tail[-1:] in ("", ")", ";") or bool(BLOCK_HEAD.search(tail) or TYPE_HEAD.search(tail))


def statements(code):
    """(offset, text) of each statement: up to ";" or to a brace that opens or closes a block."""
    start = depth = 0
    open_braces = []
    for at, char in enumerate(code):
        if char == "(":
            depth += 1
        elif char == ")":
            depth -= 1
        elif char == "{":
            block = is_block(code[start:at], bool(open_braces) and not open_braces[-1][0])
            open_braces.append((block, depth))
            if block:
                yield start, code[start:at]
                start, depth = at + 1, 0
        elif char == "}" and open_braces:
            block, depth_before = open_braces.pop()
            if block:
                start, depth = at + 1, depth_before
        elif char == ";" and depth == 0:
            yield start, code[start:at]
            start = at + 1


def bodies_of_catch(code):
    for match in re.finditer(r"\bcatch\s*\([^()]*(\([^()]*\)[^()]*)*\)\s*\{", code):
        depth, at = 1, match.end()
        while at < len(code) and depth:
            depth += {"{": 1, "}": -1}.get(code[at], 0)
            at += 1
        yield match.end(), code[match.end(): at]


def check_text(path, text):
    code = tree.code_only(text)
    preprocessor = re.compile(r"^[ \t]*#(?:[^\n\\]|\\.|\\\n)*", re.M)
    code = preprocessor.sub(tree.blank, code)
    for offset, statement in statements(code):
        if "co_await" not in statement:
            continue
        for rule, words in STATEMENT_RULES:
            match = rule.search(statement)
            if match:
                yield f"{path}:{tree.line_of(code, offset + match.start())}: {words}"
    for offset, body in bodies_of_catch(code):
        at = body.find("co_await")
        if at >= 0 and "awaitable<" not in body[:at]:
            yield f"{path}:{tree.line_of(code, offset + at)}: co_await in a catch handler: keep the exception_ptr"
    if path.startswith("src/runtime/"):
        return
    for at, words in spawn_problems(code):
        yield f"{path}:{tree.line_of(code, at)}: {words}"
    in_tests = path.startswith("tests/") or path.startswith("bench/")
    for pattern, words in EVERYWHERE + ([] if in_tests else SOURCES_ONLY):
        for match in re.finditer(pattern, code):
            yield f"{path}:{tree.line_of(code, match.start())}: {words}"


def check(root):
    problems = []
    for path in tree.files(root, ["src", "tools", "tests", "bench"], (".cpp", ".hpp")):
        problems += check_text(path, tree.read(root, path))
    return problems


if __name__ == "__main__":
    tree.run(check)
