// SPDX-License-Identifier: Apache-2.0
// The readers as their users see them; xml/reader_state.cpp does the work.
#include "xml/reader.hpp"

#include "xml/reader_state.hpp"

namespace stox::xml {

struct stream_reader::state {
    state(const limits& l, events e) : reader(reader_state::shape::stream, l, std::move(e), tree) {}
    document tree;
    reader_state reader;
};

stream_reader::stream_reader(limits l, events e) : state_(std::make_unique<state>(l, std::move(e))) {}
stream_reader::~stream_reader() = default;

std::optional<stream_fault> stream_reader::feed(std::string_view bytes) { return state_->reader.feed(bytes); }
void stream_reader::set_limits(limits l) { state_->reader.set_limits(l); }
std::size_t stream_reader::stop() { return state_->reader.stop(); }
void stream_reader::pause() { state_->reader.pause(); }
bool stream_reader::paused() const { return state_->reader.paused(); }
std::optional<stream_fault> stream_reader::resume() { return state_->reader.resume(); }

std::optional<stream_fault> parse_document(std::string_view bytes, document& into, limits l) {
    into.reset();
    reader_state reader(reader_state::shape::single, l, {}, into);
    auto fault = reader.feed(bytes);
    if (!fault) fault = reader.finish();
    if (fault) into.reset();
    return fault;
}

}  // namespace stox::xml
