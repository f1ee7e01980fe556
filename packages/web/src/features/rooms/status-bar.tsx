/** What is true right now, in words: the connection, what is saved, where the caret is. */
import { createLoaded } from '../../loaded.ts';
import { Shown } from '../../shown.tsx';
import { useSelected, useStore } from '../../store.ts';
import { codeLanguageOf } from '../editor/code-language.ts';
import { isolation } from '../languages/languages.ts';
import { Popover } from '../layout/popover.tsx';
import { type ConnectionView, connectionView, savingView } from './connection-view.ts';
import type { OpenRoom } from './open-room.ts';
import { mayChange } from './room-events.ts';
import { useOnline } from './use-online.ts';

const isolationNotes = createLoaded(() => import('../languages/isolation-notes.tsx'));

export function StatusBar({ room, isNarrow }: { room: OpenRoom; isNarrow: boolean }) {
  const collab = useStore(room.collab.state);
  const events = useStore(room.events.connection);
  const unsaved = useStore(room.collab.unsavedEdits);
  const hasSynced = useStore(room.collab.hasSynced);
  const canChange = useSelected(room.events.state, mayChange);
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
      {!isNarrow && (
        <>
          <Isolation />
          <Place room={room} />
        </>
      )}
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

/** Says that runs here do without something; opens to what that is. On phones the list of languages tells it. */
function Isolation() {
  const { tier, missing } = useStore(isolation);
  if (tier !== 'degraded' && missing.length === 0) return null;
  return (
    <Popover
      label="How programs are run here"
      triggerClass="status-button"
      trigger={tier === 'degraded' ? 'Isolation: degraded' : 'Runs: restricted'}
    >
      {() => <Shown page={isolationNotes} props={{}} isPart />}
    </Popover>
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
