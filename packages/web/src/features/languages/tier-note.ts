import type { IsolationTier } from '@coderoom/protocol';

/** What somebody who runs something here should know about how it is run; null where nothing is amiss. */
export function tierNote(tier: IsolationTier): string | null {
  switch (tier) {
    case 'strong':
    case 'standard':
      return null;
    case 'degraded':
      return 'Runs are shut off less strictly on this server than they could be: memory and processes are not counted for the whole of a run.';
    case 'off':
      return 'This server does not run code.';
    default:
      return null;
  }
}
