#pragma once

#include "client_hop.hpp"
#include "http1_head.hpp"
#include <gyre/http/cookie_jar.hpp>

#include <string>

namespace gyre::http::detail {

// The value of the Cookie field of a hop: its own, and what the jar has for its URL. Empty: none.
std::string cookies_for(const CookieJar& jar, const ClientHop& hop);

// Puts the cookies of a reply into the jar; those it must not set are left out.
void take_cookies(const CookieJar& jar, const ClientHop& hop, const MessageHead& head);

}  // namespace gyre::http::detail
