package main

import "fmt"

func greet(name string) string {
	return "Hello, " + name + "!"
}

func main() {
	for _, name := range []string{"world", "Coderoom"} {
		fmt.Println(greet(name))
	}
}
