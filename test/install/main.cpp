// Uses gyre as an installed library: no header or flag but those that the package gives.

#include <gyre/reactor.hpp>
#include <gyre/version.hpp>

#include <iostream>

int main() {
    bool called = false;
    gyre::Reactor reactor;
    reactor.add_callback([&called] { called = true; });
    reactor.run();
    std::cout << "gyre " << GYRE_VERSION_STRING << (called ? " ran" : " did not run")
              << " its callback\n";
    return called ? 0 : 1;
}
