/** A language as a tile in its colour with its letters. Decoration: its name stands beside it. */
import type { CSSProperties } from 'react';
import './languages.css';

const marks: Record<string, [letters: string, ground: string, ink?: string]> = {
  python: ['Py', '#2f6a9f'],
  javascript: ['JS', '#f0d943', '#24220c'],
  typescript: ['TS', '#2f6fc4'],
  java: ['Ja', '#b8541a'],
  c: ['C', '#4f5f8f'],
  cpp: ['C+', '#1f5a94'],
  csharp: ['C#', '#6b3fa0'],
  php: ['ph', '#5a5f9e'],
  ruby: ['Rb', '#b3202c'],
  go: ['Go', '#0b7f9c'],
  rust: ['Rs', '#8a4a2b'],
  kotlin: ['Kt', '#8a3fd1'],
  swift: ['Sw', '#d1451f'],
};

export function LanguageMark({ id, size = 20 }: { id: string; size?: number }) {
  const [letters, ground, ink = '#ffffff'] = marks[id] ?? [id.slice(0, 2), '#66685f'];
  return (
    <span
      className="language-mark"
      aria-hidden="true"
      data-letters={letters}
      style={{ '--mark': ground, '--ink': ink, '--size': `${size}px` } as CSSProperties}
    />
  );
}
