#include "client_basic_auth.hpp"

#include "base64.hpp"

namespace gyre::http::detail {

std::string basic_credentials(std::string_view user, std::string_view password) {
    return "Basic " + base64_encode(std::string{user}.append(":").append(password));
}

}  // namespace gyre::http::detail
