/** What a new room begins with, shown as it will look: its first file, and two people in it. A picture, no editor. */
import type { Language } from '@coderoom/protocol';
import { colours } from '@coderoom/protocol';
import type { CSSProperties, ReactNode } from 'react';

const fallback: Pick<Language, 'fileName' | 'helloWorld'> = {
  fileName: 'main.py',
  helloWorld: 'for name in ["world", "Coderoom"]:\n    print(f"Hello, {name}!")\n',
};
const people = [
  { name: 'Quiet Otter', color: colours[1]?.color ?? '' },
  { name: 'Swift Heron', color: colours[6]?.color ?? '' },
];

export function RoomPreview({ language }: { language: Language | undefined }) {
  const { fileName, helloWorld } = language ?? fallback;
  const lines = helloWorld.trimEnd().split('\n').slice(0, 12);
  const place = lines.findIndex((line, index) => line !== '' && lines[index - 1] === '');
  return (
    <div className="preview" aria-hidden="true">
      <div className="preview-bar">
        <span className="preview-tab">{fileName}</span>
        <span className="preview-people">
          {people.map(({ name, color }) => (
            <span key={name} className="avatar" style={{ '--member': color } as CSSProperties}>
              {name.replace(/[a-z ]/g, '')}
            </span>
          ))}
        </span>
      </div>
      <div className="preview-code">
        {lines.map((line, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: lines of a text have no other identity
          <div key={index} className="preview-line">
            <span className="preview-number">{index + 1}</span>
            <span className="preview-text">
              {colour(line)}
              {index === place && <PreviewCaret person={0} />}
            </span>
          </div>
        ))}
        <div className="preview-line">
          <span className="preview-number">{lines.length + 1}</span>
          <span className="preview-text">
            <PreviewCaret person={1} />
          </span>
        </div>
      </div>
      <div className="preview-output">
        <span className="preview-prompt">
          Hello, world!
          <br />
          Hello, Coderoom!
        </span>
        <span className="preview-verdict">Exited with code 0</span>
      </div>
    </div>
  );
}

function PreviewCaret({ person }: { person: 0 | 1 }) {
  const { name, color } = people[person] ?? { name: '', color: '' };
  return (
    <span className="preview-caret" data-person={person} style={{ '--member': color } as CSSProperties}>
      <span className="preview-flag">{name}</span>
    </span>
  );
}

const tokens =
  /("[^"]*"|'[^']*'|`[^`]*`)|\b(class|const|def|else|fn|for|func|function|if|import|in|int|let|of|public|return|static|use|void|while)\b|([A-Za-z_]+)(?=\()/;

/** A likeness of highlighting, enough for a dozen lines of hello world. */
function colour(line: string): ReactNode[] {
  const pieces: ReactNode[] = [];
  for (let rest = line; rest !== ''; ) {
    const found = tokens.exec(rest);
    const before = found === null ? rest : rest.slice(0, found.index);
    pieces.push(before);
    if (found === null) break;
    const [text, string, keyword] = found;
    const kind = string !== undefined ? 'string' : keyword !== undefined ? 'keyword' : 'function';
    pieces.push(
      <span key={pieces.length} style={{ color: `var(--code-${kind})` }}>
        {text}
      </span>,
    );
    rest = rest.slice(found.index + text.length);
  }
  return pieces;
}
