import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Waits inside a sandbox for Kotlin sources on descriptor 6, compiles them with the compiler that it has already tried
 * out, and sends the JAR on descriptor 7, after the "R" that says that it is ready.
 */
public final class KotlinCompiler {
  private static final String library = "/opt/coderoom/npm/node_modules/kotlin-compiler/lib/kotlin-stdlib.jar";
  private static final Path program = Path.of("/tmp/program.jar");

  public static void main(String[] words) throws Exception {
    boolean isTraining = words.length > 0 && words[0].equals("train");
    Class<?> type = Class.forName("org.jetbrains.kotlin.cli.jvm.K2JVMCompiler");
    Object compiler = type.getDeclaredConstructor().newInstance();
    Method exec = type.getMethod("exec", PrintStream.class, String[].class);
    FileInputStream input = isTraining ? null : new FileInputStream(Agent.descriptor(6));
    if (isTraining || input.available() == 0) practise(compiler, exec);
    if (isTraining) return;
    OutputStream report = new FileOutputStream(Agent.descriptor(7));
    report.write('R');
    Agent.Job job = Agent.Job.read(input);
    int code = compile(compiler, exec, System.err, program, job.args());
    if (code == 0) Files.copy(program, report);
    System.exit(code);
  }

  private static void practise(Object compiler, Method exec) throws Exception {
    Path source = Path.of("/tmp/practice.kt");
    Path made = Path.of("/tmp/practice.jar");
    Files.writeString(source, "data class Point(val x: Int, val y: Int)\n"
        + "fun main(args: Array<String>) { val points = listOf(Point(1, 2)).map { it.copy(x = it.x + 1) }\n"
        + "println(points.joinToString { \"${it.x}\" } + args.size) }\n");
    compile(compiler, exec, new PrintStream(OutputStream.nullOutputStream()), made, List.of(source.toString()));
    Files.delete(source);
    Files.deleteIfExists(made);
  }

  private static int compile(Object compiler, Method exec, PrintStream said, Path output, List<String> paths) throws Exception {
    List<String> words = new ArrayList<>(List.of("-no-stdlib", "-no-reflect", "-cp", library, "-d", output.toString()));
    words.addAll(paths);
    Object code = exec.invoke(compiler, said, words.toArray(String[]::new));
    return (int) code.getClass().getMethod("getCode").invoke(code);
  }
}
