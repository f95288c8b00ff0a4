// SPDX-License-Identifier: Apache-2.0
// A few threads for work that may exceed a millisecond (certificate loading, key generation, hashing). The
// caller always waits for the end: cancelling it does not abandon the work, so what the work refers to stays
// alive. Destroy the pool before the io_context of its callers.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "runtime/awaitable.hpp"

namespace stox {

class worker_pool {
  public:
    explicit worker_pool(std::size_t count = 1);
    ~worker_pool();  // waits for running work
    worker_pool(const worker_pool&) = delete;
    worker_pool& operator=(const worker_pool&) = delete;

    /// Runs `work` (a callable without arguments, may be move-only) on a worker thread and gives back its
    /// value, or rethrows its exception, on the caller's thread. Cancelled meanwhile: still gives the value;
    /// the caller's next wait throws.
    template <class F>
    awaitable<std::invoke_result_t<F>> run(F work) {
        using value = std::invoke_result_t<F>;
        // std::function copies, so the callable lies beside it.
        auto owned = std::make_shared<F>(std::move(work));
        if constexpr (std::is_void_v<value>) {
            std::function<void()> job = [owned = std::move(owned)] { (*owned)(); };
            co_await run_job(std::move(job));
        } else {
            auto out = std::make_shared<std::optional<value>>();
            std::function<void()> job = [out, owned = std::move(owned)] { out->emplace((*owned)()); };
            co_await run_job(std::move(job));
            co_return std::move(**out);
        }
    }

  private:
    awaitable<void> run_job(std::function<void()> job);
    class threads;
    std::unique_ptr<threads> threads_;
};

}  // namespace stox
