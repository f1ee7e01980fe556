using System;

class Program {
    static string Greet(string name) => $"Hello, {name}!";

    static void Main(string[] args) {
        foreach (var name in new[] { "world", "Coderoom" }) {
            Console.WriteLine(Greet(name));
        }
    }
}
