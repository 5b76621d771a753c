# Third-party libraries. All come as imported targets, whose headers the compiler treats as system
# headers, so that our warnings do not apply to them.
find_package(Threads REQUIRED)
find_package(OpenSSL 3.0 REQUIRED COMPONENTS SSL Crypto)
find_package(c-ares REQUIRED)
find_package(ZLIB REQUIRED)
find_package(brotli REQUIRED)
find_package(libpsl REQUIRED)
find_package(libidn2 REQUIRED)
set(Boost_NO_WARN_NEW_VERSIONS ON)
find_package(Boost 1.81 CONFIG REQUIRED COMPONENTS json url)
