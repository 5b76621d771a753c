#include "file_saver.hpp"

#include "multipart_core.hpp"
#include <gyre/error_access.hpp>

#include <utility>

namespace gyre::http::detail {
namespace {

using gyre::detail::ErrorAccess;

// Below it the way to another thread and back costs more than the write.
constexpr std::size_t worth_a_job = 64 * 1024;

}  // namespace

/// What one job works on; written by the executor's thread, read at home afterwards.
struct FileSaver::Job {
    std::shared_ptr<NewFile> file;
    std::string bytes;
    Step step = Step::write;
    Error error{};

    void run() {
        if (step == Step::remove) return file->remove();
        error = file->write(bytes);
        if (step == Step::finish && !ErrorAccess::failed(error)) error = file->finish();
    }
};

FileSaver::FileSaver(gyre::detail::ReactorRef reactor, std::weak_ptr<MultipartCore> reader,
                     std::string path, Callback<void(Error, SavedFile)> callback)
    : reactor_(std::move(reactor)),
      core_(std::move(reader)),
      callback_(std::move(callback)),
      origin_(callback_.origin()),
      file_(std::make_shared<NewFile>(std::move(path))) {}

void FileSaver::write(std::string_view piece) {
    pending_.append(piece);
    if (!busy_ && pending_.size() >= worth_a_job) start(Step::write);
}

void FileSaver::end(const Error& error) {
    if (ErrorAccess::failed(error)) failure_ = error;
    if (!busy_) start(ErrorAccess::failed(error) ? Step::remove : Step::finish);
}

void FileSaver::release() noexcept {
    released_ = true;
    pending_ = {};
    callback_.discard();
    // A job that runs has its own reference; the last one removes the file.
    file_.reset();
}

SavedFile FileSaver::saved_file() const {
    if (ErrorAccess::failed(failure_)) return {};
    return {.path = file_->path(), .size = file_->size()};
}

void FileSaver::start(Step step) {
    busy_ = true;
    auto job = std::make_shared<Job>(file_, std::exchange(pending_, {}), step);
    reactor_.run_in_executor(
        Callback<void()>{[job] { job->run(); }, gyre::detail::Origin{}},
        // The reader lives until all is told, also when its request has ended.
        Callback<void(Error)>{[self = shared_from_this(), core = core_.lock(), job](Error error) {
                                  self->on_done(job->step, ErrorAccess::failed(error)
                                                               ? std::move(error)
                                                               : std::move(job->error));
                              },
                              gyre::detail::Origin{origin_}});
}

void FileSaver::on_done(Step step, Error error) {
    busy_ = false;
    const bool failed = ErrorAccess::failed(error);
    if (released_) return error.ignore("nobody is there to be told");
    if (step == Step::remove) {
        // The executor did not take it: then it is done here.
        if (failed) file_->remove();
        error.ignore("there is another error before it");
        return tell();
    }
    if (failed && ErrorAccess::failed(failure_))
        error.ignore("there is another error before it");
    else if (failed)
        failure_ = std::move(error);
    if (step == Step::finish && !failed) {
        failure_ = {};  // complete before its reader failed
        return tell();
    }
    if (ErrorAccess::failed(failure_)) return start(Step::remove);
    if (const std::shared_ptr<MultipartCore> core = core_.lock()) core->on_saver_idle();
}

void FileSaver::tell() {
    if (const std::shared_ptr<MultipartCore> core = core_.lock()) core->on_saved();
}

}  // namespace gyre::http::detail
