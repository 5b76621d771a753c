#pragma once

#include <gyre/http/http_server_request.hpp>

#include <cstddef>
#include <random>
#include <string>

namespace httpbin {

/// For chance without secrets; one for each thread.
std::mt19937_64& random_engine();

/// The same numbers for the same `?seed=` of a request, others each time without one.
std::mt19937_64 engine_for(const gyre::http::HTTPServerRequest& request);

std::string random_bytes(std::mt19937_64& engine, std::size_t size);

}  // namespace httpbin
