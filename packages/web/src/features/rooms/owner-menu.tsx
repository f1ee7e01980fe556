/** What only the owner may do to the whole room: its settings, starting, ending and deleting it. */
import { useState } from 'react';
import { createLoaded } from '../../loaded.ts';
import { Shown } from '../../shown.tsx';
import { useSelected } from '../../store.ts';
import { Icon } from '../layout/icon.tsx';
import { Question } from '../layout/modal.tsx';
import { Popover } from '../layout/popover.tsx';
import { showProblem } from '../notices/toasts.ts';
import type { OpenRoom } from './open-room.ts';
import { ownRole } from './room-events.ts';

type Step = 'settings' | 'end' | 'delete';

const settings = createLoaded(() => import('./room-settings.tsx'));

export function OwnerMenu({ room }: { room: OpenRoom }) {
  const isOwner = useSelected(room.events.state, (state) => ownRole(state) === 'owner');
  const isEnded = useSelected(room.events.state, (state) => state.room.status === 'ended');
  const [step, setStep] = useState<Step | null>(null);
  if (!isOwner) return null;

  const closed = () => setStep(null);
  const ask = (next: Step, close: () => void) => {
    // First, so that the focus is where the dialog gives it back to.
    close();
    setStep(next);
  };
  return (
    <>
      <Popover
        label="Room menu"
        triggerLabel="Room menu"
        triggerClass="icon-button"
        trigger={<Icon name="more" size={20} />}
        onOpen={settings.load}
      >
        {(close) => (
          <div className="menu">
            <button type="button" className="menu-item" onClick={() => ask('settings', close)}>
              <Icon name="settings" />
              <span>Room settings …</span>
            </button>
            {!isEnded && (
              <button type="button" className="menu-item" onClick={() => ask('end', close)}>
                <Icon name="flag" />
                <span>End room …</span>
              </button>
            )}
            <button type="button" className="menu-item danger" onClick={() => ask('delete', close)}>
              <Icon name="trash" />
              <span>Delete room …</span>
            </button>
          </div>
        )}
      </Popover>
      {step === 'settings' && <Shown page={settings} props={{ room, onClose: closed }} isPart />}
      {step === 'end' && <EndQuestion room={room} onClose={closed} />}
      {step === 'delete' && (
        <Question
          title="Delete this room?"
          text="Its files and everything else in it are deleted for everybody. This cannot be taken back."
          confirm="Delete the room"
          onClose={closed}
          onConfirm={() => void room.ask('', { method: 'DELETE' }).catch(showProblem)}
        />
      )}
    </>
  );
}

function EndQuestion({ room, onClose }: { room: OpenRoom; onClose: () => void }) {
  const [wipe, setWipe] = useState(false);
  return (
    <Question
      title="End this room?"
      text="Everybody can still read it, but nobody can change it or start it again. This cannot be taken back."
      confirm={wipe ? 'End and delete everything' : 'End the room'}
      onClose={onClose}
      onConfirm={() => void room.ask('/end', { body: wipe ? { wipe } : {} }).catch(showProblem)}
    >
      <label className="dialog-check">
        <input type="checkbox" checked={wipe} onChange={(event) => setWipe(event.target.checked)} />
        Delete everything in it as well
      </label>
    </Question>
  );
}
