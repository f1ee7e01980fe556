/** The output as plain text for screen readers, which the terminal's own picture of it does not serve. */
import type { RunFrame } from '@coderoom/protocol';

const shownMax = 20_000;
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
const escapes = /\u001b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[@-Z\\-_])/g;

export function OutputText({ frames }: { frames: RunFrame[] }) {
  return <pre className="sr-only">{plainText(frames)}</pre>;
}

function plainText(frames: RunFrame[]): string {
  const text = frames.map(({ data }) => data).join('');
  return text.slice(-shownMax).replace(escapes, '');
}
