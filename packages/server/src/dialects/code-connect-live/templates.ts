/** The languages of Code Connect Live, and the code that a session begins with in each. */

interface Template {
  name: string;
  comment: '//' | '#';
  program: string;
}

const templates: Record<string, Template | undefined> = {
  javascript: { name: 'JavaScript', comment: '//', program: 'console.log("Hello, World!");' },
  typescript: { name: 'TypeScript', comment: '//', program: 'console.log("Hello, World!");' },
  python: { name: 'Python', comment: '#', program: 'print("Hello, World!")' },
  java: {
    name: 'Java',
    comment: '//',
    program: [
      'public class Main {',
      '    public static void main(String[] args) {',
      '        System.out.println("Hello, World!");',
      '    }',
      '}',
    ].join('\n'),
  },
  cpp: {
    name: 'C++',
    comment: '//',
    program: [
      '#include <iostream>',
      '',
      'int main() {',
      '    std::cout << "Hello, World!" << std::endl;',
      '    return 0;',
      '}',
    ].join('\n'),
  },
};

/** Undefined: it is no language of Code Connect Live. */
export function templateOf(language: string): string | undefined {
  const template = Object.hasOwn(templates, language) ? templates[language] : undefined;
  if (template === undefined) return undefined;
  const { comment, name, program } = template;
  return `${comment} Write your ${name} code here\n${program}\n`;
}
