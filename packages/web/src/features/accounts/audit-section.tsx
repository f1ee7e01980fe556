/** What happened with the account: newest first, in words. Asked for when it is opened. */
import type { AuditEntry } from '@coderoom/protocol';
import { useCallback } from 'react';
import { usePagedList } from '../../use-paged-list.ts';
import { Disclosure } from '../layout/disclosure.tsx';
import { PagedItems } from '../layout/paged-items.tsx';
import { Section } from '../layout/section.tsx';
import { callAccount } from '../session/call-account.ts';
import { AuditRow } from './audit-row.tsx';

const keyOf = ({ id }: AuditEntry) => id;

export function AuditSection() {
  return (
    <Section title="Security log" text="Sign-ins, refused ones too, and changes of the account.">
      <Disclosure title="Show what happened">{() => <Entries />}</Disclosure>
    </Section>
  );
}

function Entries() {
  const load = useCallback(
    (cursor: string | null) =>
      callAccount<{ items: AuditEntry[]; next: string | null }>(
        `me/audit${cursor === null ? '' : `?before=${encodeURIComponent(cursor)}`}`,
      ),
    [],
  );
  const { list, state } = usePagedList({ load, keyOf });
  return (
    <PagedItems what="Security log" list={list} state={state} className="rows" empty={<p>Nothing yet.</p>}>
      {(entry) => <AuditRow key={entry.id} entry={entry} />}
    </PagedItems>
  );
}
