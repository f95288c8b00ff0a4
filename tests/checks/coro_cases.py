# SPDX-License-Identifier: Apache-2.0
"""Code for check_coro: name, path, text, and the words that must be reported (None: nothing may be)."""

SOURCE = "src/sip/a.cpp"
TEST = "tests/unit/sip/a_test.cpp"


def body(line):
    return "awaitable<void> f(int x) {\n    " + line + "\n}\n"


BAD = [
    ("conditional temporary", SOURCE, body('co_await send(x ? std::string("a") : b);'), "?: in a co_await"),
    ("conditional in an initialiser", SOURCE, body("auto v = ok ? co_await a() : co_await b();"), "?: in"),
    ("aggregate temporary", SOURCE, body("co_await send(options{1, name});"), "braces build a value"),
    ("unnamed aggregate", SOURCE, body("co_await send({1, 2});"), "braces build a value"),
    ("designated initialiser", SOURCE, body("co_await send(options{.a = name});"), "braces build a value"),
    ("empty aggregate", SOURCE, body("co_await send(options{});"), "braces build a value"),
    ("co_await inside an aggregate", SOURCE, body("const pair p{co_await a(), co_await b()};"), "braces build"),
    ("initializer list of a log line", SOURCE, body('log::info("x", {{"a", co_await name()}});'), "braces build"),
    ("vector of strings", SOURCE, body('co_await send(std::vector<std::string>{"a", "b"});'), "braces build"),
    ("lambda with captures by value", SOURCE, body("co_await run([p] { return p->x; });"), "captures by value"),
    ("lambda with an init capture", SOURCE, body("co_await run([p = std::move(p)]() { p(); });"), "captures by"),
    ("lambda that captures all", SOURCE, body("co_await run([=]() { p(); });"), "captures by value"),
    ("assertion of a test", TEST, body("REQUIRE(co_await f() == 1);"), "inside an assertion"),
    ("check of a test", TEST, body("CHECK_FALSE(co_await f());"), "inside an assertion"),
    ("assert", SOURCE, body("assert(co_await f());"), "inside an assertion"),
    ("co_await in catch", SOURCE, body("try { g(); } catch (const error& e) { co_await bye(); }"), "catch handler"),
    ("co_await in catch all", SOURCE, body("try { g(); } catch (...) { if (x) co_await bye(); }"), "catch handler"),
    ("detached", SOURCE, body("start(ex, f(), asio::detached);"), "spawn in a task_group"),
    ("co_spawn", SOURCE, body("asio::co_spawn(ex, f(), done);"), "co_spawn outside"),
    ("awaitable operators", SOURCE, "using namespace asio::experimental::awaitable_operators;\n", "operators"),
    ("parallel group", SOURCE, body("asio::experimental::make_parallel_group(a, b);"), "operators"),
    ("channel", SOURCE, "asio::experimental::channel<void(int)> c;\n", "channel loses"),
    ("concurrent channel", SOURCE, "asio::experimental::concurrent_channel<void(int)> c;\n", "channel loses"),
    ("resolver", SOURCE, "asio::ip::tcp::resolver r(ex);\n", "cannot be cancelled"),
    ("strand", SOURCE, "auto s = asio::make_strand(ex);\n", "strand"),
    ("strand type", SOURCE, "asio::strand<executor> s;\n", "strand"),
    ("a member function of a class", SOURCE,
     "class a final : public b {\n  public:\n    awaitable<int> f() override {\n"
     "        co_return co_await g(options{x});\n    }\n};\n", "braces build"),
    ("a statement after a block", SOURCE, body("if (x) { y(); }\n    co_await send(options{x});"), "braces build"),
    ("a statement inside of a lambda", SOURCE,
     body("group.spawn([x]() -> awaitable<void> { co_await send(options{x}); });"), "braces build"),
]

GOOD = [
    ("names and moves", SOURCE, body("auto v = co_await send(std::move(a), b, 3);")),
    ("constructor calls", SOURCE, body('co_await send(std::string("a"), std::string_view(b));')),
    ("co_await in conditions", SOURCE, body("if (auto v = co_await g(); v && x) { y(); }")),
    ("co_await in loops", SOURCE, body("while (co_await g()) { y(); }\n    for (auto& v : co_await h()) use(v);")),
    ("lambda by reference", SOURCE, body("co_await run([&]() { return a; });\n    co_await run([this] { b(); });")),
    ("a spawned lambda with captures", SOURCE,
     body("group.spawn([p, q]() -> awaitable<void> { co_await p->run(); });")),
    ("braces and ?: on the line above", SOURCE,
     body("const options o{1, 2};\n    const auto v = x ? a : b;\n    co_await send(o, v);")),
    ("braces after a co_await statement", SOURCE, body("co_await g();\n    h(options{1});\n    x ? a() : b();")),
    ("a lambda given to an algorithm above", SOURCE,
     body("auto f = [p]() { return p ? 1 : 2; };\n    co_await run(std::move(f));")),
    ("switch", SOURCE, body("switch (co_await g()) {\n        case step::done: {\n            co_await h();\n        }\n    }")),
    ("try around a co_await", SOURCE,
     body("try {\n        co_await g();\n    } catch (const std::exception& e) {\n        keep = e.what();\n    }")),
    ("a lambda in a catch handler", SOURCE,
     body("try { g(); } catch (...) { group.spawn([]() -> awaitable<void> { co_await bye(); }); }")),
    ("words in comments and texts", SOURCE,
     body('// detached co_spawn strand<x> f({1}) ?\n    const auto t = "co_await g(a{1}) detached";')),
    ("a member initialiser", SOURCE, "struct a {\n    int x{1};\n    awaitable<int> f() const { co_return co_await g(); }\n};\n"),
    ("the root of a test", TEST, body("asio::co_spawn(io, f(), done);")),
    ("runtime itself", "src/runtime/task_group.hpp", body("asio::co_spawn(ex, std::move(task), ended);")),
    ("our own resolver", SOURCE, "dns::resolver& resolver_;\n"),
    ("digit separators", SOURCE, body("const int limit = 10'000;\n    co_await sleep_for(milliseconds(1'000));")),
]
