fun greet(name: String) = "Hello, $name!"

fun main() {
    for (name in listOf("world", "Coderoom")) {
        println(greet(name))
    }
}
