/** The rooms that anybody may come into: found by words and by language. */
import type { RoomListing } from '@coderoom/protocol';
import { useCallback, useEffect, useState } from 'react';
import type { Page as ListPage } from '../../paged-list.ts';
import { useStore } from '../../store.ts';
import { usePagedList } from '../../use-paged-list.ts';
import { languages, loadLanguages } from '../languages/languages.ts';
import { Icon } from '../layout/icon.tsx';
import { Empty } from '../layout/list-states.tsx';
import { Page } from '../layout/page.tsx';
import { PagedItems } from '../layout/paged-items.tsx';
import { callAsMe } from '../session/call-account.ts';
import { RoomRow } from './room-row.tsx';

const keyOf = ({ id }: RoomListing) => id;
const pauseMs = 250;

export default function PublicRoomsPage() {
  const [search, setSearch] = useState('');
  const [language, setLanguage] = useState('');
  const wanted = useSettled(search.trim(), pauseMs);
  const load = useCallback(
    (cursor: string | null) => {
      const query = new URLSearchParams();
      if (wanted !== '') query.set('search', wanted);
      if (language !== '') query.set('language', language);
      if (cursor !== null) query.set('before', cursor);
      return callAsMe<ListPage<RoomListing>>(`rooms?${query}`);
    },
    [wanted, language],
  );
  const { list, state } = usePagedList({ load, keyOf });
  const known = useStore(languages);
  useEffect(() => {
    loadLanguages().catch(() => {}); // the filter then has nothing to choose from
  }, []);
  const isFiltered = wanted !== '' || language !== '';
  return (
    <Page title="Public rooms" page="public-rooms">
      <search className="search-bar">
        <div className="search-field">
          <Icon name="search" />
          <input
            className="field"
            type="search"
            aria-label="Search public rooms"
            placeholder="Search by title or description"
            autoComplete="off"
            enterKeyHint="search"
            value={search}
            onChange={(event) => setSearch(event.target.value)}
          />
        </div>
        <select
          className="select"
          aria-label="Only in this language"
          value={language}
          onChange={(event) => setLanguage(event.target.value)}
        >
          <option value="">All languages</option>
          {known?.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
      </search>
      <p className="sr-only" role="status">
        {state.name === 'shown' && countText(state.items.length, state.next !== null)}
      </p>
      <PagedItems
        what="Public rooms"
        list={list}
        state={state}
        className="room-rows"
        byScrolling
        empty={
          <Empty>
            <p>
              {isFiltered
                ? 'No public room is like that.'
                : 'There are no public rooms right now. A room becomes public in its settings.'}
            </p>
            {isFiltered && (
              <button
                type="button"
                className="button"
                onClick={() => {
                  setSearch('');
                  setLanguage('');
                }}
              >
                Show all
              </button>
            )}
          </Empty>
        }
      >
        {(room) => <RoomRow key={room.id} room={room} facts={<span>by {room.ownerName}</span>} />}
      </PagedItems>
    </Page>
  );
}

function countText(count: number, isMore: boolean): string {
  if (count === 0) return 'No rooms found';
  return `${count}${isMore ? ' or more' : ''} ${count === 1 ? 'room' : 'rooms'}`;
}

/** A value once it has stopped changing. */
function useSettled<T>(value: T, afterMs: number): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), afterMs);
    return () => clearTimeout(timer);
  }, [value, afterMs]);
  return settled;
}
