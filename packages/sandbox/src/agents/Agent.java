import java.io.ByteArrayOutputStream;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.StringWriter;
import java.io.Writer;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.jar.JarFile;
import javax.tools.FileObject;
import javax.tools.ForwardingJavaFileManager;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileManager;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/**
 * Waits inside a sandbox for a job on descriptor 6, compiles it in memory, and becomes that program; with "jar" it runs
 * what another compiler made. Its words are those of job-message.ts. On descriptor 7 it says "R" when it is ready, then
 * what the compiler says, then NUL when the program itself begins.
 */
public final class Agent {
  private static final Path box = Path.of("/box");
  private static final Path program = Path.of("/opt/program/program");
  private static final Path kotlin = Path.of("/opt/coderoom/npm/node_modules/kotlin-compiler/lib/kotlin-stdlib.jar");
  private static final List<String> options = List.of("-proc:none", "-encoding", "UTF-8", "-Xlint:-options");

  public static void main(String[] words) throws Throwable {
    boolean isJar = words.length > 0 && words[0].equals("jar");
    boolean isTraining = words.length > 0 && words[0].equals("train");
    FileInputStream input = isTraining ? null : new FileInputStream(descriptor(6));
    // Nobody waits yet: a compiler that has compiled before is several times as fast.
    if (isTraining || (!isJar && input.available() == 0)) practise(isTraining ? 3 : 2);
    ClassLoader library = isJar ? kotlinLibrary(input.available() > 0) : null;
    if (isTraining) return;
    OutputStream report = new FileOutputStream(descriptor(7));
    report.write('R');
    Job job = Job.read(input);
    ClassLoader loader = isJar ? jarLoader(library) : compile(job, report);
    if (loader == null) System.exit(1);
    Class<?> main = isJar ? mainClassOfJar(job.entry, loader) : ((MemoryLoader) loader).mainClass(job.entry);
    if (main == null) {
      report.write(("error: no class with a main method in " + job.entry + "\n").getBytes(StandardCharsets.UTF_8));
      System.exit(1);
    }
    report.write(0);
    report.close();
    start(main, job.args.toArray(String[]::new), loader);
  }

  static FileDescriptor descriptor(int number) throws ReflectiveOperationException {
    var constructor = FileDescriptor.class.getDeclaredConstructor(int.class);
    constructor.setAccessible(true);
    return constructor.newInstance(number);
  }

  private static void practise(int times) throws Exception {
    String text = "import java.util.*; public class Practice { record Pair(int a, String b) {} "
        + "public static void main(String[] args) { var list = new ArrayList<Pair>(); "
        + "for (int i = 0; i < 3; i++) list.add(new Pair(i, \"x\" + i)); "
        + "System.getProperty(\"user.dir\"); list.stream().map(Pair::b).toList(); "
        + "String.format(\"%d\", list.size()); } }";
    for (int time = 0; time < times; time++) {
      var memory = new MemoryLoader();
      var source = new SimpleJavaFileObject(URI.create("string:///Practice.java"), JavaFileObject.Kind.SOURCE) {
        @Override
        public CharSequence getCharContent(boolean ignoreEncodingErrors) {
          return text;
        }
      };
      if (compileInto(memory, new StringWriter(), List.of(source))) {
        memory.loadClass("Practice").getMethod("main", String[].class).invoke(null, (Object) new String[0]);
      }
    }
  }

  private static MemoryLoader compile(Job job, OutputStream report) throws Exception {
    var loader = new MemoryLoader();
    Writer said = new OutputStreamWriter(report, StandardCharsets.UTF_8);
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    StandardJavaFileManager files = compiler.getStandardFileManager(null, null, StandardCharsets.UTF_8);
    List<String> sources = job.paths.stream().filter(path -> path.endsWith(".java")).toList();
    if (sources.isEmpty()) said.write("error: there is no .java file\n");
    boolean isCompiled = !sources.isEmpty() && compileInto(loader, said, files.getJavaFileObjects(sources.toArray(String[]::new)));
    said.flush();
    return isCompiled ? loader : null;
  }

  private static boolean compileInto(MemoryLoader loader, Writer said, Iterable<? extends JavaFileObject> sources) throws IOException {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    try (var files = new MemoryFiles(compiler.getStandardFileManager(null, null, StandardCharsets.UTF_8), loader)) {
      return compiler.getTask(said, files, null, options, null, sources).call();
    }
  }

  private static ClassLoader jarLoader(ClassLoader library) throws Exception {
    return new URLClassLoader(new URL[] {program.toUri().toURL(), box.toUri().toURL()}, library);
  }

  /** Kotlin's own classes; the usual ones are loaded before anybody waits for them. */
  private static ClassLoader kotlinLibrary(boolean isAwaited) throws Exception {
    var library = new URLClassLoader(new URL[] {kotlin.toUri().toURL()}, Agent.class.getClassLoader());
    if (isAwaited) return library;
    for (String name : List.of("io.ConsoleKt", "collections.CollectionsKt", "jvm.internal.Intrinsics", "ranges.RangesKt", "text.StringsKt", "jvm.functions.Function1")) {
      Class.forName("kotlin." + name, true, library);
    }
    return library;
  }

  /** A file main.kt becomes the class MainKt of its package, unless it says otherwise. */
  private static Class<?> mainClassOfJar(String entry, ClassLoader loader) throws Exception {
    String base = entry.replaceAll("^.*/|\\.[^.]*$", "").replaceAll("\\W", "_");
    String expected = base.isEmpty() ? "" : Character.toUpperCase(base.charAt(0)) + base.substring(1) + "Kt";
    List<String> names = new ArrayList<>();
    try (JarFile jar = new JarFile(program.toFile())) {
      jar.stream().map(Object::toString).filter(name -> name.endsWith(".class")).forEach(name -> {
        String full = name.substring(0, name.length() - 6).replace('/', '.');
        if (full.replaceAll("^.*\\.", "").equals(expected)) names.add(0, full);
        else names.add(full);
      });
    }
    for (String name : names) {
      Class<?> found = Class.forName(name, false, loader);
      Method main = mainMethod(found);
      if (main != null && Modifier.isStatic(main.getModifiers())) return found;
    }
    return null;
  }

  static Method mainMethod(Class<?> type) {
    for (Class<?>[] parameters : new Class<?>[][] {{String[].class}, {}}) {
      try {
        Method method = type.getDeclaredMethod("main", parameters);
        if (method.getReturnType() == void.class && !Modifier.isPrivate(method.getModifiers())) return method;
      } catch (NoSuchMethodException none) {
        // The other form, then.
      }
    }
    return null;
  }

  private static void start(Class<?> type, String[] args, ClassLoader loader) throws Throwable {
    Thread.currentThread().setContextClassLoader(loader);
    Method main = mainMethod(type);
    main.setAccessible(true);
    try {
      Object self = null;
      if (!Modifier.isStatic(main.getModifiers())) {
        var constructor = type.getDeclaredConstructor();
        constructor.setAccessible(true);
        self = constructor.newInstance();
      }
      if (main.getParameterCount() == 1) main.invoke(self, (Object) args);
      else main.invoke(self);
    } catch (InvocationTargetException thrown) {
      // Told as the launcher would, without the frames of this file and of reflection.
      Throwable cause = thrown.getCause();
      StackTraceElement[] frames = cause.getStackTrace();
      int end = frames.length;
      while (end > 0 && isOwn(frames[end - 1].getClassName())) end--;
      cause.setStackTrace(Arrays.copyOf(frames, end));
      throw cause;
    }
  }

  private static boolean isOwn(String className) {
    return className.equals("Agent") || className.startsWith("java.lang.reflect.") || className.startsWith("jdk.internal.reflect.");
  }

  record Job(List<String> paths, List<String> args, String entry) {
    static Job read(InputStream input) throws IOException {
      var received = new ByteArrayOutputStream();
      byte[] buffer = new byte[65536];
      for (int count; (count = input.read(buffer)) > 0; ) received.write(buffer, 0, count);
      input.close();
      byte[] data = received.toByteArray();
      List<String> paths = new ArrayList<>();
      List<String> args = new ArrayList<>();
      String entry = "";
      for (int position = 0; position < data.length; ) {
        int lineEnd = position;
        while (data[lineEnd] != '\n') lineEnd++;
        String[] head = new String(data, position, lineEnd - position, StandardCharsets.US_ASCII).split(" ");
        position = lineEnd + 1 + Integer.parseInt(head[1]);
        byte[] value = Arrays.copyOfRange(data, lineEnd + 1, position);
        String text = head[0].equals("text") ? "" : new String(value, StandardCharsets.UTF_8);
        switch (head[0]) {
          case "path" -> paths.add(text);
          case "arg" -> args.add(text);
          case "entry" -> entry = text;
          case "text" -> {
            Path path = box.resolve(paths.get(paths.size() - 1));
            Files.createDirectories(path.getParent());
            Files.write(path, value);
          }
          default -> { }
        }
      }
      return new Job(paths, args, entry);
    }
  }

  /** Classes as they were compiled, and which file each came from. */
  private static final class MemoryLoader extends URLClassLoader {
    private final Map<String, ByteArrayOutputStream> classes = new LinkedHashMap<>();
    private final Map<String, String> sources = new LinkedHashMap<>();

    MemoryLoader() throws IOException {
      super(new URL[] {box.toUri().toURL()}, Agent.class.getClassLoader());
    }

    @Override
    protected Class<?> findClass(String name) throws ClassNotFoundException {
      ByteArrayOutputStream bytes = classes.get(name);
      if (bytes == null) return super.findClass(name);
      return defineClass(name, bytes.toByteArray(), 0, bytes.size());
    }

    /** The class called as the entry file is; else the first of that file that can be started; else the first of all. */
    Class<?> mainClass(String entry) throws ClassNotFoundException {
      String base = entry.replaceAll("^.*/|\\.java$", "");
      List<String> names = new ArrayList<>(classes.keySet());
      names.sort((a, b) -> rank(a, entry, base) - rank(b, entry, base));
      for (String name : names) {
        Class<?> found = loadClass(name);
        if (mainMethod(found) != null) return found;
      }
      return null;
    }

    private int rank(String name, String entry, String base) {
      if (!entry.equals(sources.get(name))) return 2;
      return name.replaceAll("^.*\\.", "").equals(base) ? 0 : 1;
    }
  }

  private static final class MemoryFiles extends ForwardingJavaFileManager<StandardJavaFileManager> {
    private final MemoryLoader loader;

    MemoryFiles(StandardJavaFileManager files, MemoryLoader loader) {
      super(files);
      this.loader = loader;
    }

    @Override
    public JavaFileObject getJavaFileForOutput(Location location, String name, JavaFileObject.Kind kind, FileObject source) {
      if (source != null) loader.sources.put(name, source.getName());
      return new SimpleJavaFileObject(URI.create("memory:///" + name.replace('.', '/') + kind.extension), kind) {
        @Override
        public OutputStream openOutputStream() {
          var bytes = new ByteArrayOutputStream();
          loader.classes.put(name, bytes);
          return bytes;
        }
      };
    }
  }
}
