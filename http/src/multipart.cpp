#include "multipart_core.hpp"
#include <gyre/error_access.hpp>
#include <gyre/http/multipart.hpp>
#include <gyre/random.hpp>

#include <array>
#include <cstddef>
#include <utility>

namespace gyre::http {
namespace {

using gyre::detail::ErrorAccess;
using gyre::detail::post_result;

Error ended() { return {Errc::closed, "the part has ended"}; }

std::string random_name(const gyre::detail::ReactorRef& reactor) {
    constexpr char hex[] = "0123456789abcdef";
    std::array<std::byte, 16> bytes;
    reactor.random().fill(bytes);
    std::string name = "upload-";
    for (const std::byte byte : bytes) {
        name += hex[std::to_integer<unsigned>(byte) >> 4U];
        name += hex[std::to_integer<unsigned>(byte) & 15U];
    }
    return name;
}

}  // namespace

std::string_view MultipartPart::name() const noexcept {
    return state_ ? std::string_view{state_->head.name} : std::string_view{};
}

bool MultipartPart::is_file() const noexcept { return state_ && state_->head.filename.has_value(); }

std::string_view MultipartPart::filename() const noexcept {
    return is_file() ? std::string_view{*state_->head.filename} : std::string_view{};
}

std::string_view MultipartPart::content_type() const noexcept {
    return state_ ? state_->head.content_type : std::string_view{};
}

HTTPHeadersView MultipartPart::headers() const noexcept {
    return state_ ? HTTPHeadersView{state_->head.fields} : HTTPHeadersView{};
}

void MultipartPart::on_data(Handler<void(std::string_view)> handler) const {
    if (state_ && !state_->over) std::swap(state_->on_data, handler);
}

void MultipartPart::on_finish(Callback<void(Error)> callback) const {
    if (!state_) return;
    if (state_->over) return post_result(state_->reactor, std::move(callback), ended());
    std::swap(state_->on_finish, callback);
    callback.discard();
}

void MultipartPart::read(Callback<void(Error, std::string)> callback) const {
    if (!state_ || !callback) return;
    const auto core = state_->core.lock();
    Error error = core ? core->refuse_to_take(*state_) : ended();
    if (!ErrorAccess::failed(error) && state_->read)
        error = {Errc::already_in_progress, "the part is being read already"};
    if (ErrorAccess::failed(error))
        return post_result(state_->reactor, std::move(callback), std::move(error), std::string{});
    state_->read = std::move(callback);
}

void MultipartPart::save_to(std::string directory,
                            Callback<void(Error, SavedFile)> callback) const {
    if (!state_ || !state_->reactor.alive()) return;
    if (directory.empty()) directory = ".";
    if (!directory.ends_with('/')) directory += '/';
    save_as(directory + random_name(state_->reactor), std::move(callback));
}

void MultipartPart::save_as(std::string path, Callback<void(Error, SavedFile)> callback) const {
    if (!state_) return;
    if (const auto core = state_->core.lock())
        return core->save(*state_, std::move(path), std::move(callback));
    post_result(state_->reactor, std::move(callback), ended(), SavedFile{});
}

MultipartReader::MultipartReader(const HTTPServerRequest& request, MultipartOptions options)
    : core_(std::make_shared<detail::MultipartCore>(request, options)) {
    core_->start();
}

void MultipartReader::on_part(Handler<void(MultipartPart)> handler) const {
    if (core_) core_->on_part(std::move(handler));
}

void MultipartReader::on_finish(Callback<void(Error)> callback) const {
    if (core_) core_->on_finish(std::move(callback));
}

void MultipartReader::pause() const {
    if (core_) core_->set_paused(true);
}

void MultipartReader::resume() const {
    if (core_) core_->set_paused(false);
}

}  // namespace gyre::http
