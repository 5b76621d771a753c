#include "multipart_core.hpp"

#include "exchange.hpp"
#include "exchange_access.hpp"
#include "form_parser.hpp"
#include <gyre/error_access.hpp>

#include <source_location>
#include <utility>

namespace gyre::http::detail {
namespace {

using gyre::detail::dispatch;
using gyre::detail::ErrorAccess;
using gyre::detail::post_result;

Error over_limit(int status, const char* what) {
    return ErrorAccess::make(Errc::limit_exceeded, status, "http", what);
}

}  // namespace

/// The end of the request's body, which comes once: or, if its owner goes, not at all.
class MultipartCore::BodyEnd {
public:
    explicit BodyEnd(std::shared_ptr<MultipartCore> core) noexcept : core_(std::move(core)) {}
    BodyEnd(BodyEnd&&) noexcept = default;
    BodyEnd(const BodyEnd&) = delete;
    BodyEnd& operator=(const BodyEnd&) = delete;
    BodyEnd& operator=(BodyEnd&&) = delete;
    ~BodyEnd() {
        if (core_) core_->abandon();
    }

    void operator()(Error error) { std::exchange(core_, nullptr)->on_body_end(std::move(error)); }

private:
    std::shared_ptr<MultipartCore> core_;
};

MultipartCore::MultipartCore(const HTTPServerRequest& request, const MultipartOptions& options)
    : request_(request), options_(options) {
    if (const Exchange* exchange = ExchangeAccess::exchange(request))
        reactor_ = exchange->reactor();
}

void MultipartCore::start() {
    hold_back();
    next_ = std::make_shared<MultipartPartState>(reactor_, weak_from_this());
    Error error = check();
    FormType type = form_type_of(request_.headers());
    if (!ErrorAccess::failed(error)) {
        error = std::move(type.error);
        if (!ErrorAccess::failed(error) && type.kind != FormType::Kind::multipart)
            error = ErrorAccess::make(Errc::not_supported, 415, "http",
                                      "the Content-Type is not multipart/form-data");
    }
    const auto self = shared_from_this();
    failure_ = std::move(error);
    if (ErrorAccess::failed(failure_))
        reactor_.post(Callback<void()>{[self] {
                                           if (self->state_ == State::reading)
                                               self->fail(std::exchange(self->failure_, {}));
                                       },
                                       gyre::detail::Origin{}});
    else
        parser_ = std::make_unique<MultipartParser>(
            type.boundary, MultipartLimits{.max_parts = options_.max_parts,
                                           .max_part_head = options_.max_part_head});
    request_.on_data(Handler<void(std::string_view)>{
        [self](std::string_view piece) { self->take(piece); }, std::source_location{}});
    request_.on_finish(Callback<void(Error)>{BodyEnd{self}, gyre::detail::Origin{}});
}

Error MultipartCore::check() const {
    if (options_.max_parts != 0 && options_.max_files != 0 && options_.max_part_head != 0 &&
        options_.max_field_size != 0 && options_.max_part_size != 0)
        return {};
    return {Errc::invalid_argument, "a limit of MultipartOptions is zero"};
}

template <class UserCallback, class... Args>
void MultipartCore::call(UserCallback&& callback, Args&&... args) {
    const HTTPServerRequest request = request_;
    if (dispatch(std::forward<UserCallback>(callback), std::forward<Args>(args)...)) return;
    if (Exchange* exchange = ExchangeAccess::exchange(request)) exchange->give_up(500);
}

void MultipartCore::on_part(Handler<void(MultipartPart)> handler) {
    if (state_ != State::reading) return;
    std::swap(on_part_, handler);
    wake();
}

void MultipartCore::on_finish(Callback<void(Error)> callback) {
    if (state_ == State::over)
        return post_result(reactor_, std::move(callback), ErrorAccess::copy_looked_at(failure_));
    std::swap(on_finish_, callback);
    wake();
    callback.discard();
}

void MultipartCore::set_paused(bool paused) {
    paused_ = paused;
    paused ? hold_back() : wake();
}

bool MultipartCore::blocked() const noexcept {
    return !parser_ || paused_ || (saver_ && saver_->busy()) || !(on_part_ || on_finish_);
}

bool MultipartCore::response_over() const noexcept {
    const Exchange* exchange = ExchangeAccess::exchange(request_);
    return !exchange || exchange->abandoned() || exchange->response_done();
}

void MultipartCore::hold_back() { request_.pause(); }

void MultipartCore::wake() {
    if (state_ != State::reading || std::exchange(wake_posted_, true)) return;
    reactor_.post(Callback<void()>{[self = shared_from_this()] {
                                       self->wake_posted_ = false;
                                       self->advance();
                                   },
                                   gyre::detail::Origin{}});
}

// Goes on where reading stopped.
void MultipartCore::advance() {
    if (state_ != State::reading || response_over() || blocked()) return;
    std::string own = std::exchange(rest_, {});
    const std::size_t left = parse(std::string_view{own}.substr(std::exchange(rest_at_, 0)));
    if (left != 0) {
        rest_at_ = own.size() - left;
        rest_ = std::move(own);
    }
    if (state_ != State::reading || response_over() || blocked()) return;
    body_ended_ ? finish_body() : request_.resume();
}

void MultipartCore::take(std::string_view piece) {
    if (state_ != State::reading) return;
    if (rest_.empty())
        rest_ = piece.substr(piece.size() - parse(piece));
    else
        rest_.append(piece);
    if (blocked()) hold_back();
}

// How many bytes are left because something is to be waited for.
std::size_t MultipartCore::parse(std::string_view bytes) {
    while (state_ == State::reading && !response_over()) {
        if (blocked()) return bytes.size();
        const MultipartStep step = parser_->step(bytes, next_->head);
        bytes.remove_prefix(step.consumed);
        switch (step.event) {
            case MultipartEvent::need_more:
                return 0;
            case MultipartEvent::part:
                begin_part();
                break;
            case MultipartEvent::data:
                add_data(step.data);
                break;
            case MultipartEvent::part_end:
                end_part();
                break;
            case MultipartEvent::end:
                break;
            case MultipartEvent::error:
                refuse(to_error(parser_->error()));
                break;
        }
    }
    return 0;
}

void MultipartCore::begin_part() {
    if (next_->head.filename && files_++ == options_.max_files)
        return refuse(over_limit(400, "the form has more files than max_files"));
    part_ = std::exchange(next_, std::make_shared<MultipartPartState>(reactor_, weak_from_this()));
    call(on_part_, MultipartPart{part_});
}

void MultipartCore::add_data(std::string_view data) {
    MultipartPartState& part = *part_;
    const bool is_file = part.head.filename.has_value();
    const std::uint64_t limit = is_file ? options_.max_part_size : options_.max_field_size;
    if (data.size() > limit - part.size)
        return refuse(is_file ? over_limit(413, "a file is larger than max_part_size")
                              : over_limit(413, "a field is larger than max_field_size"));
    part.size += data.size();
    if (part.read) {
        if (part.size > options_.max_field_size)
            return refuse(over_limit(413, "a part to be read is larger than max_field_size"));
        part.text.append(data);
    }
    if (saver_) saver_->write(data);
    call(part.on_data, data);
}

void MultipartCore::end_part() {
    if (saver_) saver_->end({});
    finish_part({});
}

// After each callback the server may be gone, and with it the others.
void MultipartCore::finish_part(const Error& error) {
    const std::shared_ptr<MultipartPartState> part = part_;
    if (!part) return;
    part->over = true;
    const Handler<void(std::string_view)> on_data = std::exchange(part->on_data, {});
    std::string text = std::exchange(part->text, {});
    if (ErrorAccess::failed(error)) text.clear();
    if (part->read) call(std::move(part->read), Error{error}, std::move(text));
    if (part->on_finish) call(std::move(part->on_finish), Error{error});
    if (part_ == part) part_.reset();
}

void MultipartCore::on_body_end(Error error) {
    body_ended_ = true;
    if (state_ != State::reading) return error.ignore("the reader has failed before");
    if (ErrorAccess::failed(error)) return fail(std::move(error));
    if (rest_.empty() && !blocked()) finish_body();
}

void MultipartCore::finish_body() {
    const MultipartError error = parser_->finish();
    if (error != MultipartError::none) return refuse(to_error(error));
    conclude();
}

void MultipartCore::refuse(Error error) {
    Exchange* exchange = ExchangeAccess::exchange(request_);
    if (exchange && ErrorAccess::kind(error) == Errc::limit_exceeded)
        exchange->count(ServerLimit::multipart);
    fail(std::move(error));
}

void MultipartCore::fail(Error error) {
    if (state_ != State::reading) return error.ignore("the reader has failed before");
    const auto self = shared_from_this();
    state_ = State::failing;
    ErrorAccess::mark_looked_at(failure_);  // why it could not begin, if the request ends first
    failure_ = std::move(error);
    rest_ = {};
    hold_back();
    if (saver_) saver_->end(failure_);
    finish_part(failure_);
    if (state_ == State::failing && !saver_) conclude();
}

void MultipartCore::conclude() {
    const auto self = shared_from_this();
    state_ = State::over;
    Error error = std::exchange(failure_, ErrorAccess::copy_looked_at(failure_));
    // Released last: what they hold may do anything.
    const HTTPServerRequest request = std::exchange(request_, {});
    const Handler<void(MultipartPart)> on_part = std::exchange(on_part_, {});
    if (!on_finish_) return answer(request, error);
    if (dispatch(std::move(on_finish_), std::move(error))) return;
    if (Exchange* exchange = ExchangeAccess::exchange(request)) exchange->give_up(500);
}

// What is the client's fault is told by the status; anything else wants to be seen by somebody.
void MultipartCore::answer(const HTTPServerRequest& request, const Error& error) const {
    if (!ErrorAccess::failed(error)) return;
    const int status = form_status(ErrorAccess::copy_looked_at(error));
    if (status < 500) ErrorAccess::mark_looked_at(error);
    if (Exchange* exchange = ExchangeAccess::exchange(request)) exchange->send_error(status, {});
}

void MultipartCore::abandon() noexcept {
    if (state_ == State::over) return;
    state_ = State::over;
    const Handler<void(MultipartPart)> on_part = std::exchange(on_part_, {});
    const std::shared_ptr<MultipartPartState> part = std::exchange(part_, nullptr);
    const std::shared_ptr<FileSaver> saver = std::exchange(saver_, nullptr);
    ErrorAccess::mark_looked_at(failure_);
    failure_ = {Errc::closed, "the server is gone"};
    ErrorAccess::mark_looked_at(failure_);
    rest_ = {};
    on_finish_.discard();
    if (saver) saver->release();
    if (part) part->release();
}

Error MultipartCore::refuse_to_take(const MultipartPartState& part) const {
    if (part.over || state_ != State::reading) return {Errc::closed, "the part has ended"};
    if (part.size != 0) return {Errc::closed, "some of the part's data has gone by"};
    return {};
}

void MultipartCore::save(MultipartPartState& part, std::string path,
                         Callback<void(Error, SavedFile)> callback) {
    Error error = refuse_to_take(part);
    if (!ErrorAccess::failed(error) && saver_)
        error = {Errc::already_in_progress, "the part is being saved already"};
    if (!ErrorAccess::failed(error) && path.find('\0') != std::string::npos)
        error = {Errc::invalid_argument, "a path with a NUL byte"};
    if (ErrorAccess::failed(error))
        return post_result(reactor_, std::move(callback), std::move(error), SavedFile{});
    saver_ = std::make_shared<FileSaver>(reactor_, weak_from_this(), std::move(path),
                                         std::move(callback));
}

void MultipartCore::on_saver_idle() {
    if (ExchangeAccess::exchange(request_) && ExchangeAccess::exchange(request_)->abandoned())
        return abandon();
    advance();
}

void MultipartCore::on_saved() {
    if (ExchangeAccess::exchange(request_) && ExchangeAccess::exchange(request_)->abandoned())
        return abandon();
    const std::shared_ptr<FileSaver> saver = std::exchange(saver_, nullptr);
    if (!saver) return;
    const Error failure = saver->failure();
    call(saver->take_callback(), Error{failure}, saver->saved_file());
    if (state_ == State::failing) return conclude();
    if (ErrorAccess::failed(failure)) return fail(failure);
    advance();
}

}  // namespace gyre::http::detail
