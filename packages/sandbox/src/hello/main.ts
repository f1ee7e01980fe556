function greet(name: string): string {
  return `Hello, ${name}!`;
}

for (const name of ['world', 'Coderoom']) {
  console.log(greet(name));
}
