#pragma once

#include <string_view>

namespace example {

/// What `fetch --help` says below its options: the exit status, and where an error comes from.
inline constexpr std::string_view fetch_footer =
    R"(The exit status is 0 if every fetch succeeded, 1 if any failed, 2 for a wrong command line.

A status other than 2xx is a failure: error.category is "http" and error.code the status. Without a
whole reply the code of the fetch is 599, and the error has
  a category: gyre (error.code is the library's own number), system (an errno), resolver (a status
              of c-ares), tls (OpenSSL's number)
  a phase:    queue     wrong arguments, or it ended while waiting for its turn
              resolve   looking the host up
              connect   making the connection
              proxy     speaking to a proxy
              tls       certificates and the TLS handshake
              send      sending the request
              wait      until the first byte of the reply
              receive   the reply itself
              redirect  a redirect that cannot be followed, or too many of them
              decode    decompressing the body)";

}  // namespace example
