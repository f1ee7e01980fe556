/** Whom one has blocked; asked for when it is opened. */
import type { Person } from '@coderoom/protocol';
import { useCallback } from 'react';
import { usePagedList } from '../../use-paged-list.ts';
import { Act } from '../layout/act.tsx';
import { Disclosure } from '../layout/disclosure.tsx';
import { PagedItems } from '../layout/paged-items.tsx';
import { callAccount } from '../session/call-account.ts';
import { PersonRow } from './person-row.tsx';

const keyOf = ({ id }: Person) => id;

export function BlockedSection() {
  return <Disclosure title="Blocked people">{() => <Blocked />}</Disclosure>;
}

function Blocked() {
  const load = useCallback(async () => ({ ...(await callAccount<{ items: Person[] }>('blocks')), next: null }), []);
  const { list, state } = usePagedList({ load, keyOf });
  const unblock = async ({ id }: Person) => {
    await callAccount(`blocks/${id}`, { method: 'DELETE' });
    list.change((people) => people.filter((person) => person.id !== id));
  };
  return (
    <PagedItems
      what="Blocked people"
      list={list}
      state={state}
      className="rows"
      empty={<p className="section-text">Nobody is blocked.</p>}
    >
      {(person) => (
        <PersonRow key={person.id} person={person}>
          <Act label="Unblock" about={person} act={() => unblock(person)} />
        </PersonRow>
      )}
    </PagedItems>
  );
}
