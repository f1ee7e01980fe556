#include <iostream>
#include <string>
#include <vector>

std::string greet(const std::string &name) {
    return "Hello, " + name + "!";
}

int main() {
    for (const auto &name : std::vector<std::string>{"world", "Coderoom"}) {
        std::cout << greet(name) << '\n';
    }
}
