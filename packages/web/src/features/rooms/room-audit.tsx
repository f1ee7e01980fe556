/** What was done to the room and its members, for its owner; asked for when it is opened. */
import type { AuditEntry } from '@coderoom/protocol';
import { useCallback } from 'react';
import type { Page } from '../../paged-list.ts';
import { usePagedList } from '../../use-paged-list.ts';
import { AuditRow } from '../accounts/audit-row.tsx';
import { Disclosure } from '../layout/disclosure.tsx';
import { PagedItems } from '../layout/paged-items.tsx';
import type { OpenRoom } from './open-room.ts';

const keyOf = ({ id }: AuditEntry) => id;

export function RoomAudit({ room }: { room: OpenRoom }) {
  return <Disclosure title="What happened here">{() => <Entries room={room} />}</Disclosure>;
}

function Entries({ room }: { room: OpenRoom }) {
  const load = useCallback(
    (cursor: string | null) =>
      room.ask<Page<AuditEntry>>(cursor === null ? '/audit' : `/audit?before=${encodeURIComponent(cursor)}`),
    [room],
  );
  const { list, state } = usePagedList({ load, keyOf });
  return (
    <PagedItems what="What happened here" list={list} state={state} className="rows" empty={<p>Nothing yet.</p>}>
      {(entry) => <AuditRow key={entry.id} entry={entry} />}
    </PagedItems>
  );
}
