#pragma once

#include "new_file.hpp"
#include <gyre/callback.hpp>
#include <gyre/error.hpp>
#include <gyre/http/multipart.hpp>
#include <gyre/reactor_ref.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace gyre::http::detail {

/// Writes the data of one part to a file on the executor's threads, one job after the other. While
/// it is busy its reader takes no more data, so it holds two pieces at most.
class FileSaver : public std::enable_shared_from_this<FileSaver> {
public:
    FileSaver(gyre::detail::ReactorRef reactor, std::weak_ptr<MultipartCore> reader,
              std::string path, Callback<void(Error, SavedFile)> callback);

    void write(std::string_view piece);
    /// The data is complete, or with an error never will be. The reader's `on_saved` comes later.
    void end(const Error& error);
    /// Releases the callback uncalled, and the file.
    void release() noexcept;

    bool busy() const noexcept { return busy_; }
    // For the reader, in `on_saved`.
    const Error& failure() const noexcept { return failure_; }
    Callback<void(Error, SavedFile)> take_callback() noexcept { return std::move(callback_); }
    SavedFile saved_file() const;

private:
    enum class Step : std::uint8_t { write, finish, remove };
    struct Job;

    void start(Step step);
    void on_done(Step step, Error error);
    void tell();

    gyre::detail::ReactorRef reactor_;
    std::weak_ptr<MultipartCore> core_;
    Callback<void(Error, SavedFile)> callback_;
    gyre::detail::Origin origin_;
    std::shared_ptr<NewFile> file_;
    std::string pending_;
    Error failure_;
    bool busy_ = false;
    bool released_ = false;
};

}  // namespace gyre::http::detail
