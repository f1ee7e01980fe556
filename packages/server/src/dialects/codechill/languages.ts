/** CodeChill's languages: ours by the same names, each with its number at Judge0 and the text that a new room begins with. */
export interface CodeChillLanguage {
  judge0Id: number;
  welcome: string;
}

const greeting = 'Welcome to CodeChill!';
const slashes = (code: string) => `// ${greeting}\n${code}\n`;

const languages: Record<string, CodeChillLanguage> = {
  javascript: { judge0Id: 63, welcome: slashes("console.log('Hello, World!');") },
  python: { judge0Id: 71, welcome: `# ${greeting}\nprint('Hello, World!')\n` },
  java: {
    judge0Id: 62,
    welcome: slashes(
      'public class Main {\n    public static void main(String[] args) {\n        System.out.println("Hello, World!");\n    }\n}',
    ),
  },
  cpp: {
    judge0Id: 54,
    welcome: slashes(
      '#include <iostream>\n\nint main() {\n    std::cout << "Hello, World!" << std::endl;\n    return 0;\n}',
    ),
  },
  c: {
    judge0Id: 50,
    welcome: slashes('#include <stdio.h>\n\nint main(void) {\n    puts("Hello, World!");\n    return 0;\n}'),
  },
  csharp: {
    judge0Id: 51,
    welcome: slashes(
      'using System;\n\nclass Program {\n    static void Main() {\n        Console.WriteLine("Hello, World!");\n    }\n}',
    ),
  },
  php: { judge0Id: 68, welcome: '' },
  ruby: { judge0Id: 72, welcome: '' },
  go: { judge0Id: 60, welcome: '' },
  rust: { judge0Id: 73, welcome: '' },
  kotlin: { judge0Id: 78, welcome: '' },
  swift: { judge0Id: 83, welcome: '' },
  typescript: { judge0Id: 74, welcome: '' },
};

/** Undefined: CodeChill does not have it. */
export function findLanguage(id: string): CodeChillLanguage | undefined {
  return Object.hasOwn(languages, id) ? languages[id] : undefined;
}

/** As its clients ask for them: by name, and by name the number. */
export function listLanguages(): { languages: string[]; language_map: Record<string, number> } {
  const byName = Object.entries(languages).map(([id, { judge0Id }]) => [id, judge0Id] as const);
  return { languages: byName.map(([id]) => id), language_map: Object.fromEntries(byName) };
}
