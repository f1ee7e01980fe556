/** The states of the two connections and of the edits, as one sees them. Never says "saved" before the server did. */
import type { CollabState } from '../editor/collab-client.ts';
import type { EventsConnection } from './room-events-client.ts';

export interface ConnectionView {
  tone: 'good' | 'busy' | 'bad';
  text: string;
  /** For where there is little room. */
  shortText: string;
}

/** Failed attempts before one is told to be offline rather than to wait. */
const patientAttempts = 4;

export function connectionView(now: {
  collab: CollabState;
  events: EventsConnection;
  isOnline: boolean;
}): ConnectionView {
  const { collab, events, isOnline } = now;
  if (collab.name === 'live' && events === 'live') return view('good', 'Connected');
  const attempt = collab.name === 'connecting' || collab.name === 'syncing' ? collab.attempt : 0;
  if (!isOnline || attempt >= patientAttempts) {
    return view('bad', 'Offline – your edits are kept and will be sent', 'Offline – edits are kept');
  }
  return view('busy', attempt > 0 || events === 'lost' ? 'Reconnecting…' : 'Connecting…');
}

function view(tone: ConnectionView['tone'], text: string, shortText = text): ConnectionView {
  return { tone, text, shortText };
}

/** Null where there is nothing to save: nothing has been loaded, or one only reads. */
export function savingView(now: { unsaved: number; hasSynced: boolean; canChange: boolean }): string | null {
  if (now.unsaved === 1) return '1 edit not yet saved';
  if (now.unsaved > 1) return `${now.unsaved} edits not yet saved`;
  return now.hasSynced && now.canChange ? 'All changes saved' : null;
}
