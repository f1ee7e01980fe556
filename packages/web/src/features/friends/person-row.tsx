/** Somebody with an account as a row of a list: who they are, and what can be done. */
import type { Person } from '@coderoom/protocol';
import type { ReactNode } from 'react';
import { personPath } from '../../navigation.ts';
import { PersonAvatar } from '../accounts/person-avatar.tsx';
import { Link } from '../layout/link.tsx';
import './person-row.css';

export interface PersonRowProps {
  person: Person;
  facts?: ReactNode;
  isOnline?: boolean;
  children: ReactNode;
}

export function PersonRow({ person, facts, isOnline, children }: PersonRowProps) {
  return (
    <li className="row person-row">
      <span className="person-disc" data-online={isOnline}>
        <PersonAvatar person={person} size={40} />
      </span>
      <span className="row-text">
        <Link className="row-name" href={personPath(person.id)}>
          {person.name}
        </Link>
        {facts !== undefined && <span className="row-facts">{facts}</span>}
      </span>
      <span className="row-actions">{children}</span>
    </li>
  );
}
