using System;
using System.Collections;
using System.Collections.Generic;
using System.IO;
using System.Reflection;

/// <summary>
/// One compilation by mcs, in this process and in two steps: what needs no sources, which is nine tenths of the work,
/// and the rest.
/// </summary>
sealed class Compiler {
  static readonly Assembly mcs = Assembly.LoadFrom("/usr/lib/mono/4.5/mcs.exe");

  readonly List<string> options;
  readonly string output;
  readonly StringWriter said = new StringWriter();
  object settings, context, module, loader, assembly;
  bool hasReferences;

  public Compiler(string output, params string[] references) {
    this.output = output;
    options = new List<string> {
      "-nologo", "-noconfig", "-optimize+", "-debug+", "-unsafe+", "-langversion:latest", "-codepage:utf8", "-out:" + output
    };
    foreach (var reference in references) options.Add("-r:" + reference + ".dll");
  }

  /// <summary>Then no source needs to be the beginning.</summary>
  public bool IsLibrary { set { if (value) options.Add("-target:library"); } }

  /// <summary>What it says of the sources.</summary>
  public string Said { get { return said.ToString(); } }

  /// <summary>The first step. Another version of mcs may lack a part of it; then the second does everything.</summary>
  public void LoadReferences() {
    try {
      settings = Call(New("CommandLineParser", said), "ParseArguments", (object)options.ToArray());
      context = New("CompilerContext", settings, New("StreamReportPrinter", said));
      module = New("ModuleContainer", context);
      CallStatic("RootContext", "set_ToplevelTypes", module);
      var importer = New("StaticImporter", module);
      loader = New("StaticLoader", importer, context);
      assembly = New("AssemblyDefinitionStatic", module, loader, Path.GetFileName(output), output);
      Call(assembly, "Create", Call(loader, "get_Domain"));
      Call(importer, "AddCompiledAssembly", assembly);
      Call(loader, "set_CompiledAssembly", assembly);
      Call(loader, "LoadReferences", module);
      hasReferences = true;
    } catch (Exception) {
      said.GetStringBuilder().Clear();
    }
  }

  public bool Compile(List<string> sources) {
    try {
      bool? isCompiled = hasReferences ? CompileRest(sources) : null;
      return isCompiled ?? CompileAtOnce(sources);
    } catch (Exception error) {
      said.WriteLine("error CS0589: Internal compiler error: " + error.GetBaseException().Message);
      return false;
    }
  }

  bool CompileAtOnce(List<string> sources) {
    said.GetStringBuilder().Clear();
    var words = new List<string>(options);
    words.Add("--");
    words.AddRange(sources);
    return (bool)CallStatic("CompilerCallableEntryPoint", "InvokeCompiler", words.ToArray(), said);
  }

  /// <summary>Null where the order of the steps makes a difference.</summary>
  bool? CompileRest(List<string> sources) {
    try {
      var files = (IList)Call(settings, "get_SourceFiles");
      foreach (var path in sources) files.Add(New("SourceFile", path, Path.GetFullPath(path), files.Count + 1));
      Call(New("Driver", context), "Parse", module);
      // It stumbles over types that have the name of one of a reference, and keys belong to what is created before.
      if (Said.Contains("CS0589") || Call(module, "get_OptAttributes") != null) return null;
      if (HasErrors()) return false;
      Call(module, "CreateContainer");
      if (!(bool)Call(Call(context, "get_BuiltinTypes"), "CheckDefinitions", module)) return false;
      Call(module, "InitializePredefinedTypes");
      Call(module, "Define");
      if (HasErrors()) return false;
      Call(assembly, "Resolve");
      if (HasErrors()) return false;
      Call(assembly, "Emit");
      if (HasErrors()) return false;
      Call(module, "CloseContainer");
      Call(assembly, "EmbedResources");
      Call(assembly, "Save");
      return !HasErrors();
    } catch (Exception) {
      return null;
    } finally {
      Call(loader, "Dispose");
      CallStatic("CompilerCallableEntryPoint", "Reset");
    }
  }

  bool HasErrors() {
    return (int)Call(Call(context, "get_Report"), "get_Errors") > 0;
  }

  // Most of mcs is internal to it.
  const BindingFlags any = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static;

  static Type TypeOf(string name) {
    return mcs.GetType("Mono.CSharp." + name, true);
  }

  static object New(string type, params object[] args) {
    return Activator.CreateInstance(TypeOf(type), any, null, args, null);
  }

  static object Call(object target, string method, params object[] args) {
    return target.GetType().InvokeMember(method, any | BindingFlags.InvokeMethod, null, target, args);
  }

  static object CallStatic(string type, string method, params object[] args) {
    return TypeOf(type).InvokeMember(method, any | BindingFlags.InvokeMethod, null, null, args);
  }
}
