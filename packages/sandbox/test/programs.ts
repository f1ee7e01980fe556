import type { SourceFile } from '@coderoom/protocol';

/** The same small programs in every language; `null` where a language has no word for it. */
export interface Programs {
  /** Reads a line and answers "<line>!"; then reads to the end and tells how many bytes or characters that were. */
  echo: string;
  /** Prints each argument between brackets, one to a line. */
  args: string;
  /** Two files or more; prints "from another file". */
  several: SourceFile[];
  /** Does not compile, because of its third line. */
  mistaken: string;
  /** Prints "before", then fails by itself. */
  failing: { text: string; exitCode?: number; signal?: string; says: RegExp };
  exit42: string;
  /** Ends itself by SIGABRT or the like. */
  abort: { text: string; signal?: string; exitCode?: number } | null;
  /** Prints "héllo 🌍 日本". */
  unicode: string;
  /** Prints 10 MB. */
  flood: string;
  /** Prints "before" and never ends, busily. */
  loop: string;
  /** Prints "before" and sleeps. */
  sleep: string;
  /** Takes memory until it is ended. */
  hog: string;
  /** Starts threads until it cannot, then says "no more"; `null` in languages without. */
  threads: string | null;
  /** Prints the path of everything it can open of: /etc/shadow /root/x /proc/1/environ /home /usr/x (to write) */
  peek: string;
  /** Tries to connect to 127.0.0.1:<first argument> and prints "refused" or "reached". */
  connect: string | null;
  /** Prints the bytes 61 ff 00 62. */
  bytes: string;
}

const file = (path: string, text: string): SourceFile => ({ path, text });

/** For 11 MB: lines of 1024 bytes. */
export const programs: Record<string, Programs> = {
  python: {
    echo: 'import sys\nprint(input() + "!")\nprint(len(sys.stdin.read()))',
    args: 'import sys\nfor a in sys.argv[1:]: print(f"[{a}]")',
    several: [file('main.py', 'import other\nprint(other.word)'), file('other.py', 'word = "from another file"')],
    mistaken: 'a = 1\nb = 2\nif a ==\nprint(a)',
    failing: { text: 'print("before")\nraise ValueError("oh")', exitCode: 1, says: /line 2[\s\S]*ValueError: oh/ },
    exit42: 'import sys\nsys.exit(42)',
    abort: { text: 'import os\nos.abort()', signal: 'SIGABRT' },
    unicode: 'print("héllo 🌍 日本")',
    flood: 'for _ in range(11000): print("x" * 1023)',
    loop: 'print("before", flush=True)\nwhile True: pass',
    sleep: 'import time\nprint("before", flush=True)\ntime.sleep(1e6)',
    hog: 'a = []\nwhile True: a.append(bytearray(1_000_000))',
    threads:
      'import threading\ne = threading.Event()\ntry:\n  while True: threading.Thread(target=e.wait, daemon=True).start()\nexcept RuntimeError: print("no more")',
    peek: 'for p, m in [("/etc/shadow","r"),("/root/x","r"),("/home/x","r"),("/usr/x","w")]:\n  try:\n    open(p, m)\n    print(p)\n  except OSError: pass\nprint("done")',
    connect:
      'import socket, sys\ntry:\n  socket.create_connection(("127.0.0.1", int(sys.argv[1])), 2)\n  print("reached")\nexcept OSError: print("refused")',
    bytes: 'import os\nos.write(1, b"a\\xff\\0b")',
  },
  javascript: {
    echo: 'const t = require("fs").readFileSync(0, "utf8"); const i = t.indexOf("\\n"); console.log(t.slice(0, i) + "!"); console.log(t.length - i - 1);',
    args: 'for (const a of process.argv.slice(2)) console.log("[" + a + "]");',
    several: [
      file('main.js', "console.log(require('./other.js').word);"),
      file('other.js', "exports.word = 'from another file';"),
    ],
    mistaken: 'const a = 1;\nconst b = 2;\nconst = 3;\n',
    failing: {
      text: 'console.log("before");\nthrow new Error("oh");',
      exitCode: 1,
      says: /main\.js:2[\s\S]*Error: oh/,
    },
    exit42: 'process.exit(42)',
    abort: { text: 'process.abort()', signal: 'SIGABRT' },
    unicode: 'console.log("héllo 🌍 日本")',
    flood: 'for (let i = 0; i < 11000; i++) console.log("x".repeat(1023));',
    loop: 'console.log("before"); for (;;);',
    sleep: 'console.log("before"); setTimeout(() => {}, 1e9);',
    hog: 'const a = []; for (;;) a.push(new Array(100_000).fill(Math.random()));',
    threads: null,
    peek: 'for (const [p, m] of [["/etc/shadow","r"],["/root/x","r"],["/home/x","r"],["/usr/x","w"]]) try { require("fs").openSync(p, m); console.log(p); } catch {}\nconsole.log("done");',
    connect:
      'require("net").connect(Number(process.argv[2]), "127.0.0.1").on("connect", () => { console.log("reached"); process.exit(); }).on("error", () => console.log("refused"));',
    bytes: 'process.stdout.write(Buffer.from([0x61, 0xff, 0, 0x62]))',
  },
  typescript: {
    echo: 'import { readFileSync } from "node:fs";\nconst t: string = readFileSync(0, "utf8"); const i = t.indexOf("\\n"); console.log(t.slice(0, i) + "!"); console.log(t.length - i - 1);',
    args: 'for (const a of process.argv.slice(2) as string[]) console.log("[" + a + "]");',
    several: [
      file('main.ts', "import { word } from './other.ts';\nconsole.log(word as string);"),
      file('other.ts', "export const word: string = 'from another file';"),
    ],
    mistaken: 'const a: number = 1;\nconst b = 2;\nconst = 3;\n',
    failing: {
      text: 'console.log("before");\nthrow new Error("oh" as string);',
      exitCode: 1,
      says: /main\.ts:2[\s\S]*Error: oh/,
    },
    exit42: 'process.exit(42 as number)',
    abort: { text: 'process.abort()', signal: 'SIGABRT' },
    unicode: 'console.log("héllo 🌍 日本" as string)',
    flood: 'for (let i: number = 0; i < 11000; i++) console.log("x".repeat(1023));',
    loop: 'console.log("before" as string); for (;;);',
    sleep: 'console.log("before"); setTimeout((): void => {}, 1e9);',
    hog: 'const a: number[][] = []; for (;;) a.push(new Array(100_000).fill(Math.random()));',
    threads: null,
    peek: 'import { openSync } from "node:fs";\nfor (const [p, m] of [["/etc/shadow","r"],["/root/x","r"],["/home/x","r"],["/usr/x","w"]] as [string, string][]) try { openSync(p, m); console.log(p); } catch {}\nconsole.log("done");',
    connect:
      'import { connect } from "node:net";\nconst port: number = Number(process.argv[2]);\nconnect(port, "127.0.0.1").on("connect", () => { console.log("reached"); process.exit(); }).on("error", (error: Error) => console.log("refused"));',
    bytes: 'process.stdout.write(Buffer.from([0x61, 0xff, 0, 0x62] as number[]))',
  },
  java: {
    echo: 'import java.io.*;\nclass Main { public static void main(String[] a) throws Exception { var r = new BufferedReader(new InputStreamReader(System.in)); System.out.println(r.readLine() + "!"); int n = 0; while (r.read() != -1) n++; System.out.println(n); } }',
    args: 'class Main { public static void main(String[] args) { for (var a : args) System.out.println("[" + a + "]"); } }',
    several: [
      file('Main.java', 'class Main { public static void main(String[] a) { System.out.println(Other.word()); } }'),
      file('Other.java', 'class Other { static String word() { return "from another file"; } }'),
    ],
    mistaken: 'class Main {\n  public static void main(String[] a) {\n    int x = "text";\n  }\n}',
    failing: {
      text: 'class Main {\n  public static void main(String[] a) {\n    System.out.println("before");\n    throw new IllegalStateException("oh");\n  }\n}',
      exitCode: 1,
      says: /Exception in thread "main" java\.lang\.IllegalStateException: oh\s+at Main\.main\(Main\.java:4\)\s*$/,
    },
    exit42: 'class Main { public static void main(String[] a) { System.exit(42); } }',
    abort: null,
    unicode: 'class Main { public static void main(String[] a) { System.out.println("héllo 🌍 日本"); } }',
    flood:
      'class Main { public static void main(String[] a) { for (int i = 0; i < 11000; i++) System.out.println("x".repeat(1023)); } }',
    loop: 'class Main { public static void main(String[] a) { System.out.println("before"); for (;;) {} } }',
    sleep:
      'class Main { public static void main(String[] a) throws Exception { System.out.println("before"); Thread.sleep(1000000000L); } }',
    hog: 'import java.util.*;\nclass Main { public static void main(String[] x) { var a = new ArrayList<byte[]>(); for (;;) a.add(new byte[1_000_000]); } }',
    threads:
      'class Main { public static void main(String[] a) { try { for (;;) { var t = new Thread(() -> { try { Thread.sleep(100000000L); } catch (Exception e) {} }); t.setDaemon(true); t.start(); } } catch (Throwable e) { System.out.println("no more"); System.exit(0); } } }',
    peek: 'import java.io.*;\nclass Main { public static void main(String[] a) { for (var p : new String[] {"/etc/shadow", "/root/x", "/home/x"}) try { new FileInputStream(p); System.out.println(p); } catch (IOException e) {} try { new FileOutputStream("/usr/x"); System.out.println("/usr/x"); } catch (IOException e) {} System.out.println("done"); } }',
    connect:
      'class Main { public static void main(String[] a) { try { new java.net.Socket("127.0.0.1", Integer.parseInt(a[0])); System.out.println("reached"); } catch (Exception e) { System.out.println("refused"); } } }',
    bytes:
      'class Main { public static void main(String[] a) { System.out.write(new byte[] {97, -1, 0, 98}, 0, 4); System.out.flush(); } }',
  },
  c: {
    echo: '#include <stdio.h>\n#include <string.h>\nint main(void) { char l[1000]; fgets(l, 1000, stdin); l[strcspn(l, "\\n")] = 0; printf("%s!\\n", l); int n = 0; while (getchar() != EOF) n++; printf("%d\\n", n); }',
    args: '#include <stdio.h>\nint main(int c, char **v) { for (int i = 1; i < c; i++) printf("[%s]\\n", v[i]); }',
    several: [
      file('main.c', '#include <stdio.h>\n#include "other.h"\nint main(void) { puts(word()); }'),
      file('other.c', '#include "other.h"\nconst char *word(void) { return "from another file"; }'),
      file('other.h', 'const char *word(void);'),
    ],
    mistaken: '#include <stdio.h>\nint main(void) {\n  int x = ;\n  return 0;\n}',
    failing: {
      text: '#include <stdio.h>\nint main(void) { puts("before"); volatile int *p = 0; return *p; }',
      signal: 'SIGSEGV',
      says: /^$/,
    },
    exit42: 'int main(void) { return 42; }',
    abort: { text: '#include <stdlib.h>\nint main(void) { abort(); }', signal: 'SIGABRT' },
    unicode: '#include <stdio.h>\nint main(void) { puts("héllo 🌍 日本"); }',
    flood:
      '#include <stdio.h>\n#include <string.h>\nint main(void) { char b[1024]; memset(b, 120, 1023); b[1023] = 0; for (int i = 0; i < 11000; i++) puts(b); }',
    loop: '#include <stdio.h>\nint main(void) { puts("before"); for (volatile int i = 0;; i++); }',
    sleep: '#include <stdio.h>\n#include <unistd.h>\nint main(void) { puts("before"); for (;;) sleep(1000); }',
    hog: '#include <stdlib.h>\n#include <string.h>\nint main(void) { for (;;) { char *p = malloc(1000000); if (p) memset(p, 1, 1000000); } }',
    threads:
      '#include <pthread.h>\n#include <stdio.h>\n#include <unistd.h>\nstatic void *w(void *x) { for (;;) pause(); return x; }\nint main(void) { pthread_t t; while (pthread_create(&t, 0, w, 0) == 0); puts("no more"); return 0; }',
    peek: '#include <fcntl.h>\n#include <stdio.h>\nint main(void) { const char *p[] = {"/etc/shadow", "/root/x", "/home/x"}; for (int i = 0; i < 3; i++) if (open(p[i], O_RDONLY) >= 0) puts(p[i]); if (open("/usr/x", O_CREAT | O_WRONLY, 0644) >= 0) puts("/usr/x"); puts("done"); }',
    connect:
      '#include <arpa/inet.h>\n#include <stdio.h>\n#include <stdlib.h>\nint main(int c, char **v) { struct sockaddr_in a = {AF_INET, htons(atoi(v[1])), {htonl(INADDR_LOOPBACK)}}; int s = socket(AF_INET, SOCK_STREAM, 0); puts(connect(s, (void *)&a, sizeof a) == 0 ? "reached" : "refused"); }',
    bytes: '#include <stdio.h>\nint main(void) { fwrite("a\\377\\0b", 1, 4, stdout); }',
  },
  cpp: {
    echo: '#include <bits/stdc++.h>\nusing namespace std;\nint main() { string l; getline(cin, l); cout << l << "!\\n"; string rest((istreambuf_iterator<char>(cin)), {}); cout << rest.size() << endl; }',
    args: '#include <iostream>\nint main(int c, char **v) { for (int i = 1; i < c; i++) std::cout << "[" << v[i] << "]\\n"; }',
    several: [
      file('main.cpp', '#include <iostream>\n#include "other.hpp"\nint main() { std::cout << word() << "\\n"; }'),
      file('other.cpp', '#include "other.hpp"\nstd::string word() { return "from another file"; }'),
      file('other.hpp', '#include <string>\nstd::string word();'),
    ],
    mistaken: '#include <iostream>\nint main() {\n  int x = "text";\n}',
    failing: {
      text: '#include <iostream>\n#include <stdexcept>\nint main() { std::cout << "before" << std::endl; throw std::runtime_error("oh"); }',
      signal: 'SIGABRT',
      says: /what\(\):\s+oh/,
    },
    exit42: 'int main() { return 42; }',
    abort: { text: '#include <csignal>\nint main() { raise(SIGTERM); }', signal: 'SIGTERM' },
    unicode: '#include <iostream>\nint main() { std::cout << "héllo 🌍 日本" << std::endl; }',
    flood:
      '#include <iostream>\nint main() { std::string s(1023, 120); for (int i = 0; i < 11000; i++) std::cout << s << "\\n"; }',
    loop: '#include <iostream>\nint main() { std::cout << "before" << std::endl; for (volatile int i = 0;; i++); }',
    sleep:
      '#include <iostream>\n#include <unistd.h>\nint main() { std::cout << "before" << std::endl; for (;;) sleep(1000); }',
    hog: '#include <vector>\nint main() { std::vector<std::vector<char>> a; for (;;) a.emplace_back(1000000, 1); }',
    threads:
      '#include <iostream>\n#include <thread>\n#include <unistd.h>\nint main() { try { for (;;) std::thread([] { for (;;) pause(); }).detach(); } catch (const std::system_error &) { std::cout << "no more" << std::endl; _exit(0); } }',
    peek: '#include <fstream>\n#include <iostream>\nint main() { for (auto p : {"/etc/shadow", "/root/x", "/home/x"}) if (std::ifstream(p)) std::cout << p << "\\n"; if (std::ofstream("/usr/x")) std::cout << "/usr/x\\n"; std::cout << "done\\n"; }',
    connect:
      '#include <arpa/inet.h>\n#include <iostream>\n#include <string>\nint main(int, char **v) { sockaddr_in a{AF_INET, htons(std::stoi(v[1])), {htonl(INADDR_LOOPBACK)}, {}}; std::cout << (connect(socket(AF_INET, SOCK_STREAM, 0), reinterpret_cast<sockaddr *>(&a), sizeof a) == 0 ? "reached" : "refused") << "\\n"; }',
    bytes: '#include <cstdio>\nint main() { fwrite("a\\377\\0b", 1, 4, stdout); }',
  },
  csharp: {
    echo: 'using System;\nclass P { static void Main() { Console.WriteLine(Console.ReadLine() + "!"); Console.WriteLine(Console.In.ReadToEnd().Length); } }',
    args: 'using System;\nclass P { static void Main(string[] args) { foreach (var a in args) Console.WriteLine("[" + a + "]"); } }',
    several: [
      file('Main.cs', 'class P { static void Main() { System.Console.WriteLine(Other.Word); } }'),
      file('Other.cs', 'static class Other { public const string Word = "from another file"; }'),
    ],
    mistaken: 'class P {\n  static void Main() {\n    int x = "text";\n  }\n}',
    failing: {
      text: 'class P { static void Main() {\n System.Console.WriteLine("before");\n throw new System.Exception("oh"); } }',
      exitCode: 1,
      says: /System\.Exception: oh\s+at P\.Main \(\) \S+ in \/box\/Main\.cs:3\s/,
    },
    exit42: 'class P { static int Main() { return 42; } }',
    abort: { text: 'class P { static void Main() { System.Environment.Exit(137); } }', exitCode: 137 },
    unicode: 'class P { static void Main() { System.Console.WriteLine("héllo 🌍 日本"); } }',
    flood:
      'using System;\nclass P { static void Main() { var s = new string((char)120, 1023); for (int i = 0; i < 11000; i++) Console.WriteLine(s); } }',
    loop: 'class P { static void Main() { System.Console.WriteLine("before"); for (;;) {} } }',
    sleep:
      'class P { static void Main() { System.Console.WriteLine("before"); System.Threading.Thread.Sleep(1000000000); } }',
    hog: 'using System.Collections.Generic;\nclass P { static void Main() { var a = new List<byte[]>(); for (;;) { var b = new byte[1000000]; for (int i = 0; i < b.Length; i += 4096) b[i] = 1; a.Add(b); } } }',
    threads:
      'using System;\nusing System.Threading;\nclass P { static void Main() { try { for (;;) { var t = new Thread(() => Thread.Sleep(100000000)); t.IsBackground = true; t.Start(); } } catch (Exception) { Console.WriteLine("no more"); Environment.Exit(0); } } }',
    peek: 'using System; using System.IO;\nclass P { static void Main() { foreach (var p in new[] {"/etc/shadow", "/root/x", "/home/x"}) try { File.OpenRead(p); Console.WriteLine(p); } catch (Exception) {} try { File.Create("/usr/x"); Console.WriteLine("/usr/x"); } catch (Exception) {} Console.WriteLine("done"); } }',
    connect:
      'using System;\nclass P { static void Main(string[] a) { try { new System.Net.Sockets.TcpClient("127.0.0.1", int.Parse(a[0])).GetStream().ReadByte(); Console.WriteLine("reached"); } catch (Exception) { Console.WriteLine("refused"); } } }',
    bytes:
      'class P { static void Main() { var o = System.Console.OpenStandardOutput(); o.Write(new byte[] {97, 255, 0, 98}, 0, 4); o.Flush(); } }',
  },
  php: {
    echo: '<?php echo rtrim(fgets(STDIN), "\\n"), "!\\n", strlen(stream_get_contents(STDIN)), "\\n";',
    args: '<?php foreach (array_slice($argv, 1) as $a) echo "[$a]\\n";',
    several: [
      file('main.php', '<?php require __DIR__ . "/other.php"; echo word(), "\\n";'),
      file('other.php', '<?php function word() { return "from another file"; }'),
    ],
    mistaken: '<?php\n$a = 1;\n$b = = 2;\n',
    failing: {
      text: '<?php\necho "before\\n";\nthrow new Exception("oh");',
      exitCode: 255,
      says: /Uncaught Exception: oh in \/box\/main\.php:3/,
    },
    exit42: '<?php exit(42);',
    abort: { text: '<?php posix_kill(getmypid(), 9);', signal: 'SIGKILL' },
    unicode: '<?php echo "héllo 🌍 日本\\n";',
    flood: '<?php for ($i = 0; $i < 11000; $i++) echo str_repeat("x", 1023), "\\n";',
    loop: '<?php echo "before\\n"; for (;;);',
    sleep: '<?php echo "before\\n"; for (;;) sleep(1000);',
    hog: '<?php $a = []; for (;;) $a[] = str_repeat("x", 1000000);',
    threads: null,
    peek: '<?php foreach (["/etc/shadow", "/root/x", "/home/x"] as $p) if (@fopen($p, "r")) echo "$p\\n"; if (@fopen("/usr/x", "w")) echo "/usr/x\\n"; echo "done\\n";',
    connect: '<?php echo @fsockopen("127.0.0.1", (int) $argv[1]) ? "reached\\n" : "refused\\n";',
    bytes: '<?php echo "a\\xff\\0b";',
  },
  ruby: {
    echo: 'puts gets.chomp + "!"\nputs $stdin.read.size',
    args: 'ARGV.each { |a| puts "[#{a}]" }',
    several: [
      file('main.rb', 'require_relative "other"\nputs word'),
      file('other.rb', 'def word = "from another file"'),
    ],
    mistaken: 'a = 1\nb = 2\nc = = 3\n',
    failing: {
      text: 'puts "before"\nraise "oh"',
      exitCode: 1,
      says: /\/box\/main\.rb:2:in .*: oh \(RuntimeError\)\s*$/,
    },
    exit42: 'exit 42',
    abort: { text: 'Process.kill(:KILL, $$)\nsleep', signal: 'SIGKILL' },
    unicode: 'puts "héllo 🌍 日本"',
    flood: '11000.times { puts "x" * 1023 }',
    loop: 'puts "before"\nloop {}',
    sleep: 'puts "before"\nsleep',
    hog: 'a = []\nloop { a << "x" * 1_000_000 }',
    threads: 'begin\n  loop { Thread.new { sleep } }\nrescue ThreadError\n  puts "no more"\nend',
    peek: '[["/etc/shadow","r"],["/root/x","r"],["/home/x","r"],["/usr/x","w"]].each { |p, m| begin; File.open(p, m); puts p; rescue SystemCallError; end }\nputs "done"',
    connect:
      'require "socket"\nbegin\n  TCPSocket.new("127.0.0.1", ARGV[0].to_i)\n  puts "reached"\nrescue SystemCallError\n  puts "refused"\nend',
    bytes: '$stdout.binmode\n$stdout.write("a\\xff\\0b".b)',
  },
  go: {
    echo: 'package main\nimport ("bufio"; "fmt"; "io"; "os"; "strings")\nfunc main() { r := bufio.NewReader(os.Stdin); l, _ := r.ReadString(10); fmt.Println(strings.TrimRight(l, "\\n") + "!"); b, _ := io.ReadAll(r); fmt.Println(len(b)) }',
    args: 'package main\nimport ("fmt"; "os")\nfunc main() { for _, a := range os.Args[1:] { fmt.Printf("[%s]\\n", a) } }',
    several: [
      file('main.go', 'package main\nimport "fmt"\nfunc main() { fmt.Println(word()) }'),
      file('other.go', 'package main\nfunc word() string { return "from another file" }'),
    ],
    mistaken: 'package main\nfunc main() {\n\tvar x int = "text"\n\t_ = x\n}',
    failing: {
      text: 'package main\nimport "fmt"\nfunc main() {\n\tfmt.Println("before")\n\tpanic("oh")\n}',
      exitCode: 2,
      says: /panic: oh[\s\S]*main\.go:5/,
    },
    exit42: 'package main\nimport "os"\nfunc main() { os.Exit(42) }',
    abort: {
      text: 'package main\nimport ("syscall"; "time")\nfunc main() { syscall.Kill(syscall.Getpid(), syscall.SIGKILL); time.Sleep(time.Hour) }',
      signal: 'SIGKILL',
    },
    unicode: 'package main\nimport "fmt"\nfunc main() { fmt.Println("héllo 🌍 日本") }',
    flood:
      'package main\nimport ("fmt"; "strings")\nfunc main() { s := strings.Repeat("x", 1023); for i := 0; i < 11000; i++ { fmt.Println(s) } }',
    loop: 'package main\nimport "fmt"\nfunc main() { fmt.Println("before"); for {} }',
    sleep: 'package main\nimport ("fmt"; "time")\nfunc main() { fmt.Println("before"); time.Sleep(1000 * time.Hour) }',
    hog: 'package main\nfunc main() { var a [][]byte; for { b := make([]byte, 1000000); for i := range b { b[i] = 1 }; a = append(a, b) } }',
    threads:
      'package main\nimport ("runtime"; "syscall")\nfunc main() { for { go func() { runtime.LockOSThread(); syscall.Pause() }(); runtime.Gosched() } }',
    peek: 'package main\nimport ("fmt"; "os")\nfunc main() { for _, p := range []string{"/etc/shadow", "/root/x", "/home/x"} { if _, e := os.Open(p); e == nil { fmt.Println(p) } }; if _, e := os.Create("/usr/x"); e == nil { fmt.Println("/usr/x") }; fmt.Println("done") }',
    connect:
      'package main\nimport ("fmt"; "net"; "os")\nfunc main() { if _, e := net.Dial("tcp", "127.0.0.1:" + os.Args[1]); e == nil { fmt.Println("reached") } else { fmt.Println("refused") } }',
    bytes: 'package main\nimport "os"\nfunc main() { os.Stdout.Write([]byte{97, 255, 0, 98}) }',
  },
  rust: {
    echo: 'use std::io::Read;\nfn main() { let mut l = String::new(); std::io::stdin().read_line(&mut l).unwrap(); println!("{}!", l.trim_end()); let mut r = String::new(); std::io::stdin().read_to_string(&mut r).unwrap(); println!("{}", r.len()); }',
    args: 'fn main() { for a in std::env::args().skip(1) { println!("[{a}]"); } }',
    several: [
      file('main.rs', 'mod other;\nfn main() { println!("{}", other::word()); }'),
      file('other.rs', 'pub fn word() -> &\'static str { "from another file" }'),
    ],
    mistaken: 'fn main() {\n    let a = 1;\n    let x: i32 = "text";\n    println!("{a}{x}");\n}',
    failing: {
      text: 'fn main() {\n    println!("before");\n    panic!("oh");\n}',
      exitCode: 101,
      says: /main\.rs:3:5:\s+oh/,
    },
    exit42: 'fn main() { std::process::exit(42) }',
    abort: { text: 'fn main() { std::process::abort() }', signal: 'SIGABRT' },
    unicode: 'fn main() { println!("héllo 🌍 日本"); }',
    flood: 'fn main() { let s = "x".repeat(1023); for _ in 0..11000 { println!("{s}"); } }',
    loop: 'fn main() { println!("before"); let mut i = 0u64; loop { i = std::hint::black_box(i).wrapping_add(1); } }',
    sleep: 'fn main() { println!("before"); std::thread::sleep(std::time::Duration::from_secs(1000000)); }',
    hog: 'fn main() { let mut a: Vec<Vec<u8>> = Vec::new(); loop { a.push(vec![1; 1000000]); } }',
    threads:
      'use std::thread;\nfn main() { while thread::Builder::new().spawn(|| loop { thread::park(); }).is_ok() {} println!("no more"); std::process::exit(0); }',
    peek: 'use std::fs::File;\nfn main() { for p in ["/etc/shadow", "/root/x", "/home/x"] { if File::open(p).is_ok() { println!("{p}"); } } if File::create("/usr/x").is_ok() { println!("/usr/x"); } println!("done"); }',
    connect:
      'fn main() { let p = std::env::args().nth(1).unwrap(); println!("{}", if std::net::TcpStream::connect(format!("127.0.0.1:{p}")).is_ok() { "reached" } else { "refused" }); }',
    bytes: 'use std::io::Write;\nfn main() { std::io::stdout().write_all(&[97, 255, 0, 98]).unwrap(); }',
  },
  kotlin: {
    echo: 'fun main() { println(readln() + "!"); println(System.`in`.bufferedReader().readText().length) }',
    args: 'fun main(args: Array<String>) { for (a in args) println("[$a]") }',
    several: [file('main.kt', 'fun main() { println(word()) }'), file('other.kt', 'fun word() = "from another file"')],
    mistaken: 'fun main() {\n    val a = 1\n    val x: Int = "text"\n}',
    failing: {
      text: 'fun main() {\n    println("before")\n    error("oh")\n}',
      exitCode: 1,
      says: /java\.lang\.IllegalStateException: oh\s+at MainKt\.main\(main\.kt:3\)/,
    },
    exit42: 'fun main() { kotlin.system.exitProcess(42) }',
    abort: null,
    unicode: 'fun main() { println("héllo 🌍 日本") }',
    flood: 'fun main() { val s = "x".repeat(1023); repeat(11000) { println(s) } }',
    loop: 'fun main() { println("before"); while (true) {} }',
    sleep: 'fun main() { println("before"); Thread.sleep(1000000000L) }',
    hog: 'fun main() { val a = ArrayList<ByteArray>(); while (true) a.add(ByteArray(1000000)) }',
    threads:
      'fun main() { try { while (true) Thread { Thread.sleep(100000000L) }.apply { isDaemon = true; start() } } catch (e: Throwable) { println("no more"); kotlin.system.exitProcess(0) } }',
    peek: 'import java.io.File\nfun main() { for (p in listOf("/etc/shadow", "/root/x", "/home/x")) if (File(p).canRead()) println(p); try { File("/usr/x").createNewFile(); println("/usr/x") } catch (e: Exception) {}; println("done") }',
    connect:
      'fun main(args: Array<String>) { try { java.net.Socket("127.0.0.1", args[0].toInt()); println("reached") } catch (e: Exception) { println("refused") } }',
    bytes: 'fun main() { System.out.write(byteArrayOf(97, -1, 0, 98)); System.out.flush() }',
  },
  swift: {
    echo: 'let l = readLine()!\nprint(l + "!")\nvar n = 0\nwhile let s = readLine(strippingNewline: false) { n += s.utf8.count }\nprint(n)',
    args: 'for a in CommandLine.arguments.dropFirst() { print("[\\(a)]") }',
    several: [
      file('main.swift', 'print(word())'),
      file('other.swift', 'func word() -> String { return "from another file" }'),
    ],
    mistaken: 'let a = 1\nlet b = 2\nlet x: Int = "text"\nprint(a, b, x)',
    failing: {
      text: 'print("before")\nlet a: [Int] = []\nprint(a[3])',
      signal: 'SIGILL',
      says: /Index out of range/,
    },
    exit42: '#if canImport(Glibc)\nimport Glibc\n#endif\nexit(42)',
    abort: { text: 'import Glibc\nabort()', signal: 'SIGABRT' },
    unicode: 'print("héllo 🌍 日本")',
    flood: 'let s = String(repeating: "x", count: 1023)\nfor _ in 0..<11000 { print(s) }',
    loop: 'import Glibc\nprint("before")\nvar i = 0\nwhile true { i &+= 1 }',
    sleep: 'import Glibc\nprint("before")\nwhile true { sleep(1000) }',
    hog: 'var a: [[UInt8]] = []\nwhile true { a.append([UInt8](repeating: 1, count: 1000000)) }',
    threads:
      'import Glibc\nvar t = pthread_t()\nwhile pthread_create(&t, nil, { _ in while true { pause() } }, nil) == 0 {}\nprint("no more")',
    peek: 'import Glibc\nfor p in ["/etc/shadow", "/root/x", "/home/x"] { if open(p, O_RDONLY) >= 0 { print(p) } }\nif open("/usr/x", O_CREAT | O_WRONLY, 0o644) >= 0 { print("/usr/x") }\nprint("done")',
    connect:
      'import Glibc\nvar a = sockaddr_in()\na.sin_family = sa_family_t(AF_INET)\na.sin_port = in_port_t(UInt16(CommandLine.arguments[1])!).bigEndian\na.sin_addr.s_addr = in_addr_t(0x7f000001).bigEndian\nlet s = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)\nlet r = withUnsafePointer(to: &a) { $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(s, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) } }\nprint(r == 0 ? "reached" : "refused")',
    bytes: 'import Glibc\nlet b: [UInt8] = [97, 255, 0, 98]\nwrite(1, b, 4)',
  },
};
