import type { IsolationTier } from '@coderoom/protocol';

/** What somebody who runs something here should know about how it is run, a sentence each; none where nothing is amiss. */
export function tierNotes(tier: IsolationTier, missing: readonly string[]): string[] {
  const note = noteOf(tier);
  if (missing.length === 0) return note === null ? [] : [note];
  return [
    ...(note === null ? [] : [note]),
    ...missing,
    'Whoever runs this server is told at its start how to change that.',
  ];
}

function noteOf(tier: IsolationTier): string | null {
  switch (tier) {
    case 'strong':
    case 'standard':
      return null;
    case 'degraded':
      return 'Runs are shut off less strictly on this server than they could be.';
    case 'remote':
      return 'Programs run on another server, a Judge0: output comes when they have ended, and input is given before.';
    case 'browser':
      return 'Programs run in the browser of whoever starts them: Python, JavaScript and TypeScript.';
    case 'off':
      return 'This server does not run code.';
    default:
      return tier satisfies never;
  }
}
