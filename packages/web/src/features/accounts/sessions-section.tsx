/** Where one is signed in, and signing out there. */
import type { Session } from '@coderoom/protocol';
import { useCallback } from 'react';
import { usePagedList } from '../../use-paged-list.ts';
import { PagedItems } from '../layout/paged-items.tsx';
import { Section } from '../layout/section.tsx';
import { showProblem, showToast } from '../notices/toasts.ts';
import { formatAgo } from '../rooms/time-ago.ts';
import { callAccount } from '../session/call-account.ts';
import { deviceName } from './device-name.ts';

const keyOf = ({ id }: Session) => id;

export function SessionsSection() {
  const load = useCallback(async () => {
    const { items } = await callAccount<{ items: Session[] }>('me/sessions');
    return { items, next: null };
  }, []);
  const { list, state } = usePagedList({ load, keyOf });
  const others = state.name === 'shown' ? state.items.filter(({ isCurrent }) => !isCurrent).length : 0;

  const end = async ({ id, userAgent }: Session) => {
    try {
      await callAccount(`me/sessions/${id}`, { method: 'DELETE' });
      list.change((items) => items.filter((session) => session.id !== id));
      showToast(`Signed out: ${deviceName(userAgent)}`);
    } catch (error) {
      showProblem(error);
      list.reload();
    }
  };
  const endOthers = async () => {
    try {
      await callAccount('me/sessions', { method: 'DELETE' });
      list.change((items) => items.filter(({ isCurrent }) => isCurrent));
      showToast('All other devices are signed out');
    } catch (error) {
      showProblem(error);
    }
  };
  return (
    <Section
      title="Where you are signed in"
      action={
        others > 1 && (
          <button type="button" className="button small" onClick={() => void endOthers()}>
            Sign out everywhere else
          </button>
        )
      }
    >
      <PagedItems what="Sessions" list={list} state={state} className="rows" empty={null}>
        {(session) => (
          <li key={session.id} className="row">
            <span className="row-text">
              <span className="row-name">{deviceName(session.userAgent)}</span>
              <span className="row-facts">
                <span>{session.isCurrent ? 'this device' : formatAgo(Date.parse(session.lastUsedAt), Date.now())}</span>
                <span>{session.address}</span>
                <span>since {new Date(session.createdAt).toLocaleDateString('en', { dateStyle: 'medium' })}</span>
              </span>
            </span>
            {session.isCurrent ? (
              <span className="chip" data-tone="good">
                Here
              </span>
            ) : (
              <button type="button" className="button small" onClick={() => void end(session)}>
                Sign out<span className="sr-only"> {deviceName(session.userAgent)}</span>
              </button>
            )}
          </li>
        )}
      </PagedItems>
    </Section>
  );
}
