import java.util.List;

public class Main {
    static String greet(String name) {
        return "Hello, " + name + "!";
    }

    public static void main(String[] args) {
        for (String name : List.of("world", "Coderoom")) {
            System.out.println(greet(name));
        }
    }
}
