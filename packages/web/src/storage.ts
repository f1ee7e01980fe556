/** localStorage that may be absent or full: reading then gives null, writing does nothing. */
export function readStored<T>(key: string): T | null {
  try {
    const text = localStorage.getItem(`coderoom:${key}`);
    return text === null ? null : (JSON.parse(text) as T);
  } catch {
    return null;
  }
}

export function writeStored(key: string, value: unknown): void {
  try {
    localStorage.setItem(`coderoom:${key}`, JSON.stringify(value));
  } catch {
    // Nothing is remembered then; everything else works.
  }
}
