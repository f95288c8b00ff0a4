// SPDX-License-Identifier: Apache-2.0
// Sources with something in them, and a sink that keeps what is written.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json.hpp>
#include <vector>

#include "admin/commands.hpp"
#include "runtime/timer.hpp"

namespace stox::test {

struct memory_sink final : admin::line_sink {
    std::string all;
    bool blocked = false;
    awaitable<void> write(std::string lines) override {
        while (blocked) co_await sleep_for(milliseconds(1));
        all += lines;
    }
    std::vector<boost::json::object> objects() const {
        std::vector<boost::json::object> out;
        std::size_t begin = 0;
        for (auto end = all.find('\n'); end != std::string::npos; end = all.find('\n', begin)) {
            out.push_back(boost::json::parse(all.substr(begin, end - begin)).as_object());
            begin = end + 1;
        }
        return out;
    }
};

struct admin_fixture {
    asio::io_context io;
    observe::journal journal{1000, 1U << 20U};
    observe::conversation_ids ids{100};
    admin::sources sources;
    memory_sink sink;

    admin_fixture() {
        sources.journal = &journal;
        sources.conversations = &ids;
        sources.status = [] { return boost::json::object{{"version", "0.1.0"}}; };
    }

    std::string talk(std::string_view a, std::string_view b) { return ids.id_for(a, b, steady_clock::now()); }
    void record(const std::string& conversation, const std::string& summary, const std::string& text = "") {
        observe::journal_entry e;
        e.conversation = conversation;
        e.where = observe::leg::sip;
        e.way = observe::direction::in;
        e.summary = summary;
        e.text = text;
        journal.record(std::move(e));
    }
    template <class F>
    void run(F body) {
        std::exception_ptr failure;
        asio::co_spawn(io, std::move(body), [&](std::exception_ptr e) {
            failure = e;
            io.stop();
        });
        io.run();
        io.restart();
        if (failure) std::rethrow_exception(failure);
    }
    std::vector<boost::json::object> ask(std::string line) {
        sink.all.clear();
        run([&]() -> awaitable<void> { co_await admin::answer(line, sources, sink); });
        return sink.objects();
    }
};

inline std::string text_of(const boost::json::object& o, std::string_view key) {
    const auto* value = o.if_contains(key);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

}  // namespace stox::test
