#include "tls_names.hpp"

#include "tls_context.hpp"
#include "tls_server_name.hpp"
#include <gyre/dispatch.hpp>
#include <gyre/error_access.hpp>

#include <algorithm>
#include <utility>

namespace gyre::detail {
namespace {

bool is_name_or_wildcard(std::string_view name) noexcept {
    if (name.starts_with("*.")) name.remove_prefix(2);
    return !name.empty() && name.size() <= 255 && !name.starts_with('.') &&
           name.find("..") == std::string_view::npos &&
           std::ranges::all_of(name, [](char c) { return c > ' ' && c < '\x7f' && c != '*'; });
}

}  // namespace

Error TlsNames::load(const TLSOptions& options) {
    select_ = options.select_context;
    for (const TLSNamedCertificate& certificate : options.certificates_by_name)
        if (Error error = add(certificate, options); ErrorAccess::failed(error)) {
            ErrorAccess::add_context(error, "certificates_by_name \"" + certificate.name + '"');
            return error;
        }
    return {};
}

Error TlsNames::add(const TLSNamedCertificate& certificate, TLSOptions options) {
    std::string name = comparable_name(certificate.name);
    if (!is_name_or_wildcard(name)) return {Errc::invalid_argument, "not a host name"};
    if (contexts_.contains(name)) return {Errc::invalid_argument, "the name is there already"};
    options.certificate_file = certificate.certificate_file;
    options.certificate = certificate.certificate;
    options.key_file = certificate.key_file;
    options.key = certificate.key;
    options.key_passphrase = certificate.key_passphrase;
    options.certificates_by_name.clear();
    options.select_context = {};
    options.refuse_unknown_names = false;
    TLSContextResult loaded = TlsContext::load(TLSRole::server, options);
    if (ErrorAccess::failed(loaded.error)) return std::move(loaded.error);
    contexts_.emplace(std::move(name), TlsContext::of(loaded.context));
    return {};
}

TlsNames::Choice TlsNames::choose(const std::string& name) const {
    if (auto found = find(name)) return {.context = std::move(found)};
    return select_ ? ask(name) : Choice{};
}

std::shared_ptr<const TlsContext> TlsNames::find(const std::string& name) const {
    auto found = contexts_.find(name);
    const std::size_t dot = name.find('.');
    if (found == contexts_.end() && dot != std::string::npos && dot > 0)
        found = contexts_.find('*' + name.substr(dot));
    return found == contexts_.end() ? nullptr : found->second;
}

TlsNames::Choice TlsNames::ask(const std::string& name) const {
    DispatchScope scope{select_.origin()};
    try {
        const std::shared_ptr<const TlsContext> context = TlsContext::of(select_(name));
        if (!context || context->role() == TLSRole::server) return {.context = context};
        // Let go unseen, it is reported.
        const Error report{Errc::invalid_argument, "select_context chose a client's context"};
        ErrorAccess::set_origin(report, select_.origin());
    } catch (...) {
        scope.report_exception();
    }
    return {.error = {Errc::tls_failed, "select_context failed for \"" + name + '"'}};
}

}  // namespace gyre::detail

namespace gyre {

TLSContext TLSNameSelector::operator()(std::string_view server_name) const {
    return target_->select(server_name);
}

}  // namespace gyre
