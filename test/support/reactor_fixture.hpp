#pragma once

// The tests of gyre stand on what it offers to the tests of programs.
#include <gyre/testing.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>
