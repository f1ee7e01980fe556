/** What only the owner may do to the whole room: end it, or delete it; each is asked about once more. */
import { useRef, useState } from 'react';
import { useSelected } from '../../store.ts';
import { Icon } from '../layout/icon.tsx';
import { Popover } from '../layout/popover.tsx';
import { showProblem } from '../notices/toasts.ts';
import type { OpenRoom } from './room-session.ts';

type Step = 'end' | 'delete';

const questions: Record<Step, { title: string; text: string; confirm: string }> = {
  end: {
    title: 'End this room?',
    text: 'Everybody can still read it, but nobody can change it or start it again. This cannot be taken back.',
    confirm: 'End the room',
  },
  delete: {
    title: 'Delete this room?',
    text: 'Its files and everything else in it are deleted for everybody. This cannot be taken back.',
    confirm: 'Delete the room',
  },
};

export function OwnerMenu({ room }: { room: OpenRoom }) {
  const isOwner = useSelected(
    room.events.state,
    ({ members, memberId }) => members.find(({ id }) => id === memberId)?.role === 'owner',
  );
  const isEnded = useSelected(room.events.state, (state) => state.room.status === 'ended');
  const [step, setStep] = useState<Step>('end');
  const dialog = useRef<HTMLDialogElement>(null);
  if (!isOwner) return null;

  const ask = (next: Step, close: () => void) => {
    close();
    setStep(next);
    dialog.current?.showModal();
  };
  const confirm = () => {
    dialog.current?.close();
    (step === 'end' ? room.end() : room.delete()).catch(showProblem);
  };
  const { title, text, confirm: confirmLabel } = questions[step];
  return (
    <>
      <Popover
        label="Room menu"
        triggerLabel="Room menu"
        triggerClass="icon-button"
        trigger={<Icon name="more" size={20} />}
      >
        {(close) => (
          <div className="menu">
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
      <dialog ref={dialog} className="dialog" aria-labelledby="owner-question">
        <h2 id="owner-question">{title}</h2>
        <p>{text}</p>
        <div className="dialog-actions">
          <button type="button" className="button" onClick={() => dialog.current?.close()}>
            Cancel
          </button>
          <button type="button" className="button danger" onClick={confirm}>
            {confirmLabel}
          </button>
        </div>
      </dialog>
    </>
  );
}
