// SPDX-License-Identifier: Apache-2.0
// Parcels that wait their turn, and how many bytes they hold.
#pragma once

#include <deque>
#include <utility>
#include <vector>

#include "xmpp/stream/outbox.hpp"

namespace stox::xmpp::stream {

class parcel_queue {
  public:
    /// `total` counts the bytes of all queues that share it; it outlives them.
    explicit parcel_queue(std::size_t& total) : total_(total) {}
    ~parcel_queue() { total_ -= bytes_; }
    parcel_queue(const parcel_queue&) = delete;
    parcel_queue& operator=(const parcel_queue&) = delete;

    bool empty() const { return parcels_.empty(); }
    std::size_t size() const { return parcels_.size(); }
    std::size_t bytes() const { return bytes_; }

    void push_back(parcel&& p) {
        count_in(p);
        parcels_.push_back(std::move(p));
    }
    void push_front(parcel&& p) {
        count_in(p);
        parcels_.push_front(std::move(p));
    }
    /// The queue must not be empty.
    parcel pop_front() {
        parcel p = std::move(parcels_.front());
        parcels_.pop_front();
        bytes_ -= p.bytes.size();
        total_ -= p.bytes.size();
        return p;
    }
    /// Takes out those that `whom` says; the order of all stays.
    template <class F>
    std::vector<parcel> take_if(F whom) {
        std::vector<parcel> out;
        for (auto left = parcels_.size(); left > 0; --left) {
            parcel p = pop_front();
            if (whom(p))
                out.push_back(std::move(p));
            else
                push_back(std::move(p));
        }
        return out;
    }

  private:
    void count_in(const parcel& p) {
        bytes_ += p.bytes.size();
        total_ += p.bytes.size();
    }

    std::deque<parcel> parcels_;
    std::size_t bytes_ = 0;
    std::size_t& total_;
};

}  // namespace stox::xmpp::stream
