/** Somebody's numbers at GitHub, LeetCode and Codeforces, with how far they can be believed. */
import type { ProfileServiceName, ProfileStats } from '@coderoom/protocol';
import { type ReactNode, useEffect, useState } from 'react';
import { appPath } from '../../navigation.ts';
import { Act } from '../layout/act.tsx';
import { Link } from '../layout/link.tsx';
import { ListFailed, ListLoading } from '../layout/list-states.tsx';
import { Section } from '../layout/section.tsx';
import { formatAgo } from '../rooms/time-ago.ts';
import { callAccount } from '../session/call-account.ts';
import { type Fact, factsOf, serviceNames } from './stats-facts.ts';

type Loaded = { name: 'loading' } | { name: 'failed'; message: string } | { name: 'shown'; stats: ProfileStats };

export interface StatsSectionsProps {
  /** Where they are asked for. */
  path: string;
  isOwn?: boolean;
}

/** While some are being fetched, how soon it is asked again, and how often. */
const againMs = 2_000;
const againMax = 15;

export function StatsSections({ path, isOwn = false }: StatsSectionsProps) {
  const [loaded, setLoaded] = useState<Loaded>({ name: 'loading' });
  /** Grows with each question; `0` begins anew. */
  const [round, setRound] = useState(0);

  useEffect(() => {
    let isCurrent = true;
    let timer: ReturnType<typeof setTimeout> | undefined;
    callAccount<ProfileStats>(path).then(
      (stats) => {
        if (!isCurrent) return;
        setLoaded({ name: 'shown', stats });
        const isFetching = Object.values(stats).some((service) => service?.isFetching === true);
        if (isFetching && round < againMax) timer = setTimeout(() => setRound(round + 1), againMs);
      },
      (error: Error) => {
        if (isCurrent) setLoaded((now) => (now.name === 'shown' ? now : { name: 'failed', message: error.message }));
      },
    );
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [path, round]);

  const refresh = async () => {
    const stats = await callAccount<ProfileStats>('me/stats/refresh', { method: 'POST' });
    setLoaded({ name: 'shown', stats });
    // Another number than before, so that it is asked again from there.
    setRound((now) => (now === 0 ? 1 : 0));
  };
  switch (loaded.name) {
    case 'loading':
      return <ListLoading />;
    case 'failed':
      return <ListFailed what="The numbers" message={loaded.message} onRetry={() => setRound(round + 1)} />;
    case 'shown': {
      const shown = serviceNames.filter(({ name }) => loaded.stats[name] !== null);
      if (shown.length === 0) return <NoServices isOwn={isOwn} />;
      return (
        <>
          <div className="stats">
            {shown.map(({ name, title }) => (
              <Service key={name} name={name} title={title} stats={loaded.stats} />
            ))}
          </div>
          {isOwn && (
            <div className="form-actions">
              <Act label="Fetch the numbers again" about={{ name: '' }} act={refresh} />
            </div>
          )}
        </>
      );
    }
    default:
      return loaded satisfies never;
  }
}

function NoServices({ isOwn }: { isOwn: boolean }) {
  return (
    <Section title="Elsewhere">
      <p className="section-text">
        {isOwn ? (
          <>
            Add your usernames at GitHub, LeetCode and Codeforces to <Link href={appPath('account')}>your account</Link>
            , and their numbers are shown here.
          </>
        ) : (
          'No usernames at GitHub, LeetCode or Codeforces have been added.'
        )}
      </p>
    </Section>
  );
}

function Service({ name, title, stats }: { name: ProfileServiceName; title: string; stats: ProfileStats }) {
  const service = stats[name];
  if (service === null) return null;
  const { username, state, isFetching, fetchedAt } = service;
  const facts = factsOf(stats, name);
  return (
    <Section title={title} action={<span className="stats-user">{username}</span>}>
      <p className="section-text" role="status">
        {standingOf(state, { title, username, isFetching, fetchedAt, hasFacts: facts.length > 0 })}
      </p>
      {facts.length > 0 && <Facts facts={facts} isOld={state === 'failed'} />}
    </Section>
  );
}

interface Standing {
  title: string;
  username: string;
  isFetching: boolean;
  fetchedAt: string | null;
  hasFacts: boolean;
}

function standingOf(state: NonNullable<ProfileStats['github']>['state'], about: Standing): ReactNode {
  const { title, username, isFetching, fetchedAt, hasFacts } = about;
  const when = fetchedAt === null ? null : formatAgo(Date.parse(fetchedAt), Date.now());
  switch (state) {
    case 'pending':
      return isFetching ? `Being fetched from ${title} …` : `Not fetched from ${title} yet.`;
    case 'unknown-user':
      return `${title} knows nobody by the name ${username}.`;
    case 'failed':
      return hasFacts && when !== null
        ? `${title} could not be reached the last time. These are from ${when}.`
        : `${title} could not be reached. It is tried again later.`;
    case 'ready':
      return isFetching ? `As of ${when ?? 'now'}; being fetched again …` : `As of ${when ?? 'now'}.`;
    default:
      return state satisfies never;
  }
}

function Facts({ facts, isOld }: { facts: Fact[]; isOld: boolean }) {
  return (
    <dl className="facts" data-old={isOld}>
      {facts.map(({ label, value }) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
