/** Who may not come into a room any more, and lifting that; asked for when it is opened. */
import type { Ban } from '@coderoom/protocol';
import { useCallback } from 'react';
import { usePagedList } from '../../use-paged-list.ts';
import { Act } from '../layout/act.tsx';
import { Disclosure } from '../layout/disclosure.tsx';
import { PagedItems } from '../layout/paged-items.tsx';
import type { OpenRoom } from './open-room.ts';

const keyOf = ({ id }: Ban) => id;

export function RoomBans({ room }: { room: OpenRoom }) {
  return <Disclosure title="Banned people">{() => <Bans room={room} />}</Disclosure>;
}

function Bans({ room }: { room: OpenRoom }) {
  const load = useCallback(async () => ({ ...(await room.ask<{ items: Ban[] }>('/bans')), next: null }), [room]);
  const { list, state } = usePagedList({ load, keyOf });
  const lift = async ({ id }: Ban) => {
    await room.ask(`/bans/${id}`, { method: 'DELETE' });
    list.change((bans) => bans.filter((ban) => ban.id !== id));
  };
  return (
    <PagedItems
      what="Banned people"
      list={list}
      state={state}
      className="rows"
      empty={<p className="section-text">Nobody is banned.</p>}
    >
      {(ban) => (
        <li key={ban.id} className="row">
          <span className="row-text">
            <span className="row-name">{ban.name}</span>
            <span className="row-facts">
              <span>{ban.by === 'account' ? 'their account' : `every guest from ${ban.address}`}</span>
              <span>{new Date(ban.createdAt).toLocaleDateString('en', { dateStyle: 'medium' })}</span>
            </span>
          </span>
          <Act label="Lift the ban" about={ban} act={() => lift(ban)} />
        </li>
      )}
    </PagedItems>
  );
}
