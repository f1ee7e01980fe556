using System;
using System.Collections.Generic;
using System.IO;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;
using System.Threading.Tasks;

/// <summary>
/// Waits inside a sandbox for a job on descriptor 6, compiles it, and becomes that program. Its words are those of
/// job-message.ts. On descriptor 7 it says "R" when it is ready, then what the compiler says, then NUL when the program
/// itself begins.
/// </summary>
static class Agent {
  const string box = "/box/";
  const string program = "/tmp/program.exe";
  const string practice = "/opt/agent/Practice.cs";
  /// <summary>mcs says so of a Main that does not look like one.</summary>
  const string oddMain = "warning CS0028";
  static readonly string[] references = { "System.Core", "System.Numerics", "System", "System.Xml", "Microsoft.CSharp" };

  [DllImport("libc", SetLastError = true)] static extern IntPtr read(int descriptor, byte[] buffer, IntPtr size);
  [DllImport("libc", SetLastError = true)] static extern IntPtr write(int descriptor, byte[] buffer, IntPtr size);
  [DllImport("libc")] static extern int close(int descriptor);
  [DllImport("libc")] static extern int poll(ref Poll poll, IntPtr count, int timeoutMs);
  [DllImport("__Internal")] static extern int mono_runtime_set_main_args(int count, string[] words);

  [StructLayout(LayoutKind.Sequential)]
  struct Poll { public int Descriptor; public short Events; public short Returned; }

  static void Main() {
    // Nobody waits yet: a compiler that has compiled before is several times as fast.
    if (!HasInput()) Practise();
    var args = new List<string>();
    MethodInfo asyncMain;
    if (!CompileJob(args, out asyncMain)) {
      Environment.ExitCode = 1;
      return;
    }
    Report(new byte[] { 0 });
    close(7);
    TellArguments(args);
    int code = asyncMain == null
      ? AppDomain.CurrentDomain.ExecuteAssembly(program, args.ToArray())
      : RunAsync(asyncMain, args.ToArray());
    // Threads that go on may still change it.
    if (code != 0) Environment.ExitCode = code;
  }

  /// <summary>A method of its own, so that nothing holds on to the compiler when the program runs.</summary>
  static bool CompileJob(List<string> args, out MethodInfo asyncMain) {
    asyncMain = null;
    var compiler = new Compiler(program, references);
    if (!HasInput()) {
      compiler.LoadReferences();
      // Else it is done while somebody waits.
      GC.Collect();
    }
    Report(new byte[] { (byte)'R' });
    var paths = new List<string>();
    Receive(paths, args);
    var sources = paths.FindAll(path => path.EndsWith(".cs"));
    bool isCompiled = compiler.Compile(sources);
    if (!isCompiled && compiler.Said.Contains(oddMain)) {
      // It knows none that is asynchronous.
      var library = new Compiler(program, references) { IsLibrary = true };
      bool isLibraryCompiled = library.Compile(sources);
      if (isLibraryCompiled) asyncMain = FindAsyncMain(Assembly.LoadFrom(program));
      if (!isLibraryCompiled || asyncMain != null) compiler = library;
    }
    Report(Encoding.UTF8.GetBytes(compiler.Said));
    return isCompiled || asyncMain != null;
  }

  /// <summary>Null also where there are several.</summary>
  static MethodInfo FindAsyncMain(Assembly library) {
    MethodInfo found = null;
    foreach (var type in library.GetTypes()) {
      foreach (var method in type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)) {
        var takes = method.GetParameters();
        bool takesArguments = takes.Length == 1 && takes[0].ParameterType == typeof(string[]);
        bool givesTask = method.ReturnType == typeof(Task) || method.ReturnType == typeof(Task<int>);
        if (method.Name != "Main" || !givesTask || takes.Length > 0 && !takesArguments) continue;
        if (found != null || method.ContainsGenericParameters) return null;
        found = method;
      }
    }
    return found;
  }

  static int RunAsync(MethodInfo main, string[] args) {
    var task = (Task)main.Invoke(null, main.GetParameters().Length == 0 ? null : new object[] { args });
    task.GetAwaiter().GetResult();
    return task is Task<int> ? ((Task<int>)task).Result : 0;
  }

  /// <summary>Environment.GetCommandLineArgs is to tell the program's words, not those that started this.</summary>
  static void TellArguments(List<string> args) {
    var words = new List<string>(args);
    words.Insert(0, program);
    try {
      mono_runtime_set_main_args(words.Count, words.ToArray());
    } catch (EntryPointNotFoundException) {
      // A runtime that was built without its interface to C.
    }
  }

  static void Practise() {
    const string output = "/tmp/practice.exe";
    var compiler = new Compiler(output, "System.Core");
    compiler.LoadReferences();
    compiler.Compile(new List<string> { practice });
    File.Delete(output);
    File.Delete(output + ".mdb");
  }

  static bool HasInput() {
    var wanted = new Poll { Descriptor = 6, Events = 1 };
    return poll(ref wanted, (IntPtr)1, 0) > 0;
  }

  static void Report(byte[] bytes) {
    for (int sent = 0; sent < bytes.Length; ) {
      var rest = new byte[bytes.Length - sent];
      Array.Copy(bytes, sent, rest, 0, rest.Length);
      int taken = (int)write(7, rest, (IntPtr)rest.Length);
      if (taken <= 0) return;
      sent += taken;
    }
  }

  static void Receive(List<string> paths, List<string> args) {
    var received = new MemoryStream();
    var buffer = new byte[65536];
    for (int count; (count = (int)read(6, buffer, (IntPtr)buffer.Length)) > 0; ) received.Write(buffer, 0, count);
    close(6);
    var data = received.ToArray();
    for (int position = 0; position < data.Length; ) {
      int lineEnd = Array.IndexOf(data, (byte)'\n', position);
      var head = Encoding.ASCII.GetString(data, position, lineEnd - position).Split(' ');
      int size = int.Parse(head[1]);
      position = lineEnd + 1 + size;
      if (head[0] == "text") {
        string path = box + paths[paths.Count - 1];
        Directory.CreateDirectory(Path.GetDirectoryName(path));
        using (var file = File.Create(path)) file.Write(data, lineEnd + 1, size);
      }
      string text = head[0] == "path" || head[0] == "arg" ? Encoding.UTF8.GetString(data, lineEnd + 1, size) : "";
      if (head[0] == "path") paths.Add(text);
      if (head[0] == "arg") args.Add(text);
    }
  }
}
