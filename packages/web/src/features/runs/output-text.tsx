/** The output as plain text for screen readers, which the terminal's own picture of it does not serve. */
import type { RunFrame } from '@coderoom/protocol';
import { plainText } from './plain-text.ts';

const shownMax = 20_000;

export function OutputText({ frames }: { frames: RunFrame[] }) {
  const text = frames.map(({ data }) => data).join('');
  return <pre className="sr-only">{plainText(text.slice(-shownMax))}</pre>;
}
