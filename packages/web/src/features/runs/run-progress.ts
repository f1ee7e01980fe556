import type { RunSummary } from '@coderoom/protocol';

/** How a run that has no result yet is getting on, in words. */
export function runProgress({ state, position }: Pick<RunSummary, 'state' | 'position'>): string {
  switch (state) {
    case 'queued':
      if (position === undefined) return 'Waiting for a free place …';
      return position === 1 ? 'Waiting, next in line …' : `Waiting, ${ordinal(position)} in line …`;
    case 'running':
      return 'Running …';
    case 'finished':
      return 'Finished';
    default:
      return state satisfies never;
  }
}

const endings: Partial<Record<Intl.LDMLPluralRule, string>> = { one: 'st', two: 'nd', few: 'rd' };
const rules = new Intl.PluralRules('en', { type: 'ordinal' });

function ordinal(count: number): string {
  return `${count}${endings[rules.select(count)] ?? 'th'}`;
}
