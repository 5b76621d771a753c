#pragma once

#include "conditional.hpp"
#include <gyre/file.hpp>

namespace gyre::http::detail {

/// The tag of a part of a file as it was when it was opened, made of the file's identity, its size
/// and its two times to the nanosecond; nothing of these can be read out of it.
///
/// It is a strong one: the time of the last change cannot be set by a program, and comes from a
/// clock that goes on every 10 ms or more often; so a later write gives another tag. Only while the
/// clock may still show the time of the last write (50 ms; 2 s where times have no fractions) it is
/// a weak one, as a write at the same moment would not be seen (RFC 9110 section 8.8.1).
[[nodiscard]] ETag etag_of(const gyre::detail::FileRange& part);

/// When the file was last written, but not later than when it was opened, as a server must not send
/// times to come (RFC 9110 section 8.8.2.1).
[[nodiscard]] std::chrono::sys_seconds last_modified(const File& file) noexcept;

}  // namespace gyre::http::detail
