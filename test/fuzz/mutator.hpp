#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

/// Makes inputs out of those of a corpus, the same ones for the same seed. It does not look at what
/// they come to, as libFuzzer does; it is for where that is not at hand.
class Mutator {
public:
    Mutator(std::vector<std::string> corpus, std::uint64_t seed)
        : corpus_(std::move(corpus)), random_(seed) {}

    std::string next() {
        std::string input = any_of_corpus();
        for (std::size_t steps = 1 + below(8); steps > 0; --steps)
            change(input);
        if (input.size() > largest) input.resize(largest);
        return input;
    }

private:
    static constexpr std::size_t largest = 64 * 1024;

    std::size_t below(std::size_t bound) { return bound == 0 ? 0 : random_() % bound; }
    const std::string& any_of_corpus() { return corpus_[below(corpus_.size())]; }

    void change(std::string& input) {
        // Bytes that mean something to one of the grammars here.
        static constexpr char special[] = "\0\r\n\t ,;:=\"\\/-%&.0159azAZ{}()<>@?#\x7f\x80\xff";
        const std::size_t at = below(input.size() + 1);
        const std::size_t count = 1 + below(16);
        switch (below(6)) {
            case 0:
                if (at < input.size()) input[at] = static_cast<char>(input[at] ^ (1 << below(8)));
                return;
            case 1:
                input.insert(at, 1, special[below(sizeof special - 1)]);
                return;
            case 2:
                if (at < input.size()) input[at] = special[below(sizeof special - 1)];
                return;
            case 3:
                input.erase(at, count);
                return;
            case 4:
                input.insert(at, input.substr(below(input.size()), count));
                return;
            default: {
                const std::string& other = any_of_corpus();
                input.replace(at, std::string::npos, other.substr(below(other.size())));
            }
        }
    }

    std::vector<std::string> corpus_;
    std::mt19937_64 random_;
};
