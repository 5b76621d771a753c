#pragma once

#include <gyre/callback.hpp>
#include <gyre/error.hpp>
#include <gyre/handler.hpp>
#include <gyre/reactor.hpp>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace example {

/// What became of one item: the error, or without one the value.
template <class Result>
struct Outcome {
    gyre::Error error{};
    Result value{};
};

namespace detail {

/// The state of one `map_limit`, which the callbacks of the items under way keep alive.
template <class Item, class Result>
struct LimitedMap : std::enable_shared_from_this<LimitedMap<Item, Result>> {
    void start_next() {
        const std::size_t index = started++;
        work(items[index],
             [self = this->shared_from_this(), index](gyre::Error error, Result value) {
                 self->on_result(index, {std::move(error), std::move(value)});
             });
    }
    void on_result(std::size_t index, Outcome<Result> outcome) {
        outcomes[index] = std::move(outcome);
        if (started < items.size()) start_next();
        if (++ended == items.size()) std::move(done)(std::move(outcomes));
    }

    std::vector<Item> items;
    gyre::Handler<void(const Item&, gyre::Callback<void(gyre::Error, Result)>)> work;
    gyre::Callback<void(std::vector<Outcome<Result>>)> done;
    std::vector<Outcome<Result>> outcomes;
    std::size_t started = 0;
    std::size_t ended = 0;
};

}  // namespace detail

/// Calls `work(item, callback)` for every item, with at most `limit` (1 or more) of them under way:
/// the callback of one, which gets `(Error, Result)` on a later turn, starts the next. When all
/// have ended `done` gets their outcomes in the order of the items, however they came in; one that
/// fails does not hold up the others.
template <class Result, class Item, class Work>
void map_limit(gyre::Reactor& reactor, std::size_t limit, std::vector<Item> items, Work work,
               gyre::Callback<void(std::vector<Outcome<Result>>)> done) {
    // Without items, too, it is not called before this function has returned.
    if (items.empty())
        return reactor.add_callback([done = std::move(done)]() mutable { std::move(done)({}); });
    const std::size_t first = std::min(limit, items.size());
    const auto map = std::make_shared<detail::LimitedMap<Item, Result>>();
    map->outcomes.resize(items.size());
    map->items = std::move(items);
    map->work = std::move(work);
    map->done = std::move(done);
    for (std::size_t i = 0; i < first; ++i)
        map->start_next();
}

}  // namespace example
