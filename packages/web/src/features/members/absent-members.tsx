/** The members of a room who are not there right now, for its owner: their roles hold for when they come back. */
import type { Member } from '@coderoom/protocol';
import { useCallback } from 'react';
import { useSelected } from '../../store.ts';
import { usePagedList } from '../../use-paged-list.ts';
import { PagedItems } from '../layout/paged-items.tsx';
import type { OpenRoom } from '../rooms/open-room.ts';
import { MemberRow } from './member-row.tsx';
import '../layout/page.css';

const keyOf = ({ id }: Member) => id;

export default function AbsentMembers({ room }: { room: OpenRoom }) {
  const load = useCallback(async () => {
    const { items } = await room.ask<{ items: Member[] }>('/members');
    return { items: items.filter(({ online }) => !online), next: null };
  }, [room]);
  const { list, state } = usePagedList({ load, keyOf });
  // What has been heard of them since they were asked for.
  const heard = useSelected(room.events.state, ({ members }) => members);
  return (
    <PagedItems
      what="Members who are not here"
      list={list}
      state={state}
      className="people-list"
      empty={<p className="panel-text">Everybody who was here still is.</p>}
    >
      {(listed) => {
        const member = heard.find(({ id }) => id === listed.id) ?? listed;
        if (member.online) return null;
        const gone = () => list.change((members) => members.filter(({ id }) => id !== member.id));
        return <MemberRow key={member.id} room={room} member={member} isOwner onGone={gone} />;
      }}
    </PagedItems>
  );
}
