/** What is true right now, in words: the connection, what is saved, where the caret is. */
import { useSelected, useStore } from '../../store.ts';
import { codeLanguageOf } from '../editor/code-language.ts';
import { isolationTier } from '../languages/languages.ts';
import { tierNote } from '../languages/tier-note.ts';
import { type ConnectionView, connectionView, savingView } from './connection-view.ts';
import type { OpenRoom } from './open-room.ts';
import { mayChange } from './room-events.ts';
import { useOnline } from './use-online.ts';

export function StatusBar({ room, isNarrow }: { room: OpenRoom; isNarrow: boolean }) {
  const collab = useStore(room.collab.state);
  const events = useStore(room.events.connection);
  const unsaved = useStore(room.collab.unsavedEdits);
  const hasSynced = useStore(room.collab.hasSynced);
  const canChange = useSelected(room.events.state, mayChange);
  const tier = useStore(isolationTier);
  const connection = connectionView({ collab, events, isOnline: useOnline() });
  const saving = savingView({ unsaved, hasSynced, canChange });
  return (
    <footer className="status-bar">
      <Connection view={connection} isNarrow={isNarrow} />
      {saving !== null && (
        <span className="status-saving" data-tone={unsaved > 0 ? 'busy' : 'good'}>
          {saving}
        </span>
      )}
      <span className="status-space" />
      {tier === 'degraded' && !isNarrow && <span title={tierNote(tier) ?? undefined}>Isolation: degraded</span>}
      {!isNarrow && <Place room={room} />}
    </footer>
  );
}

function Connection({ view, isNarrow }: { view: ConnectionView; isNarrow: boolean }) {
  return (
    <span className="status-connection" data-tone={view.tone}>
      <span className="status-dot" aria-hidden="true" />
      <span role="status">{isNarrow ? view.shortText : view.text}</span>
    </span>
  );
}

function Place({ room }: { room: OpenRoom }) {
  const { line, column, selected } = useStore(room.cursor);
  const path = useStore(room.files.active);
  if (path === null) return null;
  const { name, indent } = codeLanguageOf(path);
  return (
    <>
      {selected > 0 && <span>{selected} selected</span>}
      <span className="status-place">
        Ln {line}, Col {column}
      </span>
      <span>Spaces: {indent}</span>
      <span>{name}</span>
    </>
  );
}
