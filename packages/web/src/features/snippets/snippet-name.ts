/** The name under which a selection is pushed: a file of its own, for a snippet is put into the file of its name. */
export function selectionName(path: string, taken: readonly string[]): string {
  const ending = /\.[^./]+$/.exec(path)?.[0] ?? '.txt';
  for (let number = 1; ; number++) {
    const name = `snippet-${number}${ending}`;
    if (!taken.includes(name)) return name;
  }
}
