import type { Member } from '@coderoom/protocol';

/** Who is here, in the order of joining, oneself last; oneself also while the server has not yet said so. */
export function othersFirst(members: readonly Member[], ownId: string): Member[] {
  const self = members.filter(({ id }) => id === ownId);
  return [...members.filter(({ id, online }) => online && id !== ownId), ...self];
}
