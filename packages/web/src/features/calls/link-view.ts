/** How one is connected to somebody, in words, and what to do when one is not. */
import type { LinkState } from './peer-link.ts';

export interface LinkView {
  tone: 'good' | 'busy' | 'bad';
  text: string;
  /** Null where nothing has to be done. */
  help: string | null;
}

export function linkView(state: LinkState, { hasRelay }: { hasRelay: boolean }): LinkView {
  switch (state.name) {
    case 'connecting':
      return { tone: 'busy', text: 'Connecting …', help: null };
    case 'connected':
      return { tone: 'good', text: state.relayed ? 'Connected through a relay' : 'Connected directly', help: null };
    case 'reconnecting':
      return { tone: 'busy', text: 'Reconnecting …', help: null };
    case 'failed':
      return {
        tone: 'bad',
        text: 'No connection',
        help: hasRelay
          ? 'Not even the relay could be reached; a firewall may be in the way. Try again from another network.'
          : 'Your networks let no direct connection through, and this server has no relay (TURN). Try again from another network, or ask who runs the server for a relay.',
      };
    default:
      return state satisfies never;
  }
}
