#pragma once

#include "file_saver.hpp"
#include "multipart_parser.hpp"
#include "multipart_part_state.hpp"
#include <gyre/http/multipart.hpp>
#include <gyre/reactor_ref.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace gyre::http::detail {

/// What a MultipartReader refers to. The request's handlers keep it until the body has ended, a
/// file that is being written until that is told; it keeps the request until all is told.
class MultipartCore : public std::enable_shared_from_this<MultipartCore> {
public:
    MultipartCore(const HTTPServerRequest& request, const MultipartOptions& options);

    /// Takes over the request; once, behind construction.
    void start();

    void on_part(Handler<void(MultipartPart)> handler);
    void on_finish(Callback<void(Error)> callback);
    void set_paused(bool paused);

    // For its parts.
    /// Why a part's data cannot be taken as a whole any more, or no error.
    Error refuse_to_take(const MultipartPartState& part) const;
    void save(MultipartPartState& part, std::string path,
              Callback<void(Error, SavedFile)> callback);

    // For the file that is being written.
    void on_saver_idle();
    void on_saved();

private:
    enum class State : std::uint8_t {
        reading,
        failing,  ///< Nothing more is read; a partial file is being removed.
        over,     ///< All is told.
    };
    class BodyEnd;

    Error check() const;
    void take(std::string_view piece);
    std::size_t parse(std::string_view bytes);
    void begin_part();
    void add_data(std::string_view data);
    void end_part();
    void finish_part(const Error& error);
    void on_body_end(Error error);
    void finish_body();
    /// For what the peer has sent.
    void refuse(Error error);
    void fail(Error error);
    void conclude();
    void answer(const HTTPServerRequest& request, const Error& error) const;
    /// The server or the reactor is gone: everything is released uncalled.
    void abandon() noexcept;

    bool blocked() const noexcept;
    bool response_over() const noexcept;
    void hold_back();
    void wake();
    void advance();
    /// Calls a user's callback; if it throws, the request fails.
    template <class UserCallback, class... Args>
    void call(UserCallback&& callback, Args&&... args);

    HTTPServerRequest request_;
    MultipartOptions options_;
    gyre::detail::ReactorRef reactor_;
    std::unique_ptr<MultipartParser> parser_;  // null if the request is no form
    Handler<void(MultipartPart)> on_part_;
    Callback<void(Error)> on_finish_;
    std::shared_ptr<MultipartPartState> next_;  // whose head is being read
    std::shared_ptr<MultipartPartState> part_;  // whose data is being read
    std::shared_ptr<FileSaver> saver_;          // of that part, or of the one before
    std::string rest_;                          // bytes that wait, from rest_at_ on
    std::size_t rest_at_ = 0;
    std::size_t files_ = 0;
    Error failure_;
    State state_ = State::reading;
    bool paused_ = false;
    bool wake_posted_ = false;
    bool body_ended_ = false;
};

}  // namespace gyre::http::detail
