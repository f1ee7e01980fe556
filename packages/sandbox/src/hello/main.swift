func greet(_ name: String) -> String {
    return "Hello, \(name)!"
}

for name in ["world", "Coderoom"] {
    print(greet(name))
}
