#include "client_credentials.hpp"

#include "auth_challenge.hpp"
#include "base64.hpp"

namespace gyre::http::detail {

std::string basic_credentials(std::string_view user, std::string_view password) {
    return "Basic " + base64_encode(std::string{user}.append(":").append(password));
}

std::string bearer_credentials(std::string_view token) {
    return is_token68(token) ? std::string{"Bearer "}.append(token) : std::string{};
}

}  // namespace gyre::http::detail
