/** Who waits at the door of a room, for its owner: let in, as a viewer only, or not. */
import type { GivenRole, Knock } from '@coderoom/protocol';
import { useState } from 'react';
import { useSelected } from '../../store.ts';
import { showProblem } from '../notices/toasts.ts';
import type { OpenRoom } from '../rooms/open-room.ts';

export function KnockList({ room }: { room: OpenRoom }) {
  const knocks = useSelected(room.events.state, (state) => state.knocks);
  const isWaiting = useSelected(room.events.state, (state) => state.room.status === 'waiting');
  if (knocks.length === 0) return null;
  return (
    <>
      <h2 id="knocks-title">
        {isWaiting ? 'Waiting for the start' : 'Asking to join'} <span className="people-count">{knocks.length}</span>
      </h2>
      <ul className="people-list knocks" aria-labelledby="knocks-title">
        {knocks.map((knock) => (
          <KnockRow key={knock.id} room={room} knock={knock} />
        ))}
      </ul>
    </>
  );
}

function KnockRow({ room, knock }: { room: OpenRoom; knock: Knock }) {
  const [isBusy, setBusy] = useState(false);
  const settle = (path: string, body: object) => {
    if (isBusy) return;
    setBusy(true);
    room
      .ask(`/knocks/${knock.id}/${path}`, { body })
      .catch(showProblem)
      .finally(() => setBusy(false));
  };
  const admit = (role: GivenRole) => settle('admit', { role });
  const about = <span className="sr-only"> {knock.name}</span>;
  return (
    <li className="knock">
      <span className="knock-name">
        {knock.name} <small>{knock.accountId === null ? 'guest' : 'with an account'}</small>
      </span>
      <span className="person-choices">
        <button type="button" className="button small primary" aria-disabled={isBusy} onClick={() => admit(knock.role)}>
          Let in{about}
        </button>
        {knock.role === 'editor' && (
          <button type="button" className="button small" aria-disabled={isBusy} onClick={() => admit('viewer')}>
            As viewer{about}
          </button>
        )}
        <button type="button" className="button small" aria-disabled={isBusy} onClick={() => settle('refuse', {})}>
          Refuse{about}
        </button>
      </span>
    </li>
  );
}
