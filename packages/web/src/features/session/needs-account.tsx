/** For pages about oneself: shows them to whoever is signed in, and to others the way to sign in. */
import type { Account } from '@coderoom/protocol';
import { Fragment, type ReactNode } from 'react';
import { type AppPage, signInPath } from '../../navigation.ts';
import { useStore } from '../../store.ts';
import { Link } from '../layout/link.tsx';
import { Empty, ListLoading } from '../layout/list-states.tsx';
import { Page } from '../layout/page.tsx';
import { session } from './browser-session.ts';

export interface NeedsAccountProps {
  title: string;
  page?: AppPage;
  /** What one would have of being signed in. */
  text: string;
  children: (account: Account) => ReactNode;
}

export function NeedsAccount({ title, page, text, children }: NeedsAccountProps) {
  const state = useStore(session.state);
  switch (state.name) {
    case 'signed-in':
    // What was being typed stays as it is, beneath the question to sign in again.
    case 'lost':
      return <Fragment key={state.account.id}>{children(state.account)}</Fragment>;
    case 'restoring':
      return (
        <Page title={title} {...(page === undefined ? {} : { page })}>
          <ListLoading />
        </Page>
      );
    case 'signed-out':
      return (
        <Page title={title} {...(page === undefined ? {} : { page })}>
          <Empty>
            <p>{state.hasEnded ? 'Your session on this device has ended. Sign in to go on.' : text}</p>
            <SignInLinks />
          </Empty>
        </Page>
      );
    default:
      return state satisfies never;
  }
}

/** Both come back here. */
export function SignInLinks() {
  const here = location.pathname + location.search;
  return (
    <div className="empty-actions">
      <Link className="button primary" href={signInPath(here)}>
        Sign in
      </Link>
      <Link className="button" href={signInPath(here, 'sign-up')}>
        Create an account
      </Link>
    </div>
  );
}
