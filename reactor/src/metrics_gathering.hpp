#pragma once

#include <gyre/callback.hpp>
#include <gyre/metrics.hpp>
#include <gyre/reactor_ref.hpp>

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace gyre::detail {

/// Collects the metrics of several reactors: shared by those that are still to add theirs. When the
/// last one lets go of it, having done so or not, the result goes home.
class MetricsGathering {
public:
    using Result = std::vector<ReactorMetrics>;

    /// On the thread of `home`, whose `run` goes on until the result is delivered.
    MetricsGathering(const ReactorRef& home, std::size_t size, Callback<void(Result)> callback)
        : home_(home),
          callback_(std::move(callback)),
          hold_(std::make_unique<Hold>(home)),
          all_(size) {
        hold_->set(true);
    }
    MetricsGathering(const MetricsGathering&) = delete;
    MetricsGathering& operator=(const MetricsGathering&) = delete;
    ~MetricsGathering() {
        Origin origin = callback_.origin();
        home_.post_from_any_thread(Callback<void()>{
            [callback = std::move(callback_), hold = std::move(hold_),
             all = std::move(all_)]() mutable { std::move(callback)(std::move(all)); },
            std::move(origin)});
    }

    /// Any thread, one for each `index`.
    void set(std::size_t index, const ReactorMetrics& metrics) { all_[index] = metrics; }

private:
    ReactorRef home_;
    Callback<void(Result)> callback_;
    std::unique_ptr<Hold> hold_;
    Result all_;
};

}  // namespace gyre::detail
