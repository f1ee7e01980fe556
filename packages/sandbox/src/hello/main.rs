fn greet(name: &str) -> String {
    format!("Hello, {name}!")
}

fn main() {
    for name in ["world", "Coderoom"] {
        println!("{}", greet(name));
    }
}
