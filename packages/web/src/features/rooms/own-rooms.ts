import type { OwnRoomListing } from '@coderoom/protocol';
import type { Page, PagedList, PagedState } from '../../paged-list.ts';
import { usePagedList } from '../../use-paged-list.ts';
import { callAccount } from '../session/call-account.ts';

const keyOf = ({ id }: OwnRoomListing) => id;

function load(cursor: string | null): Promise<Page<OwnRoomListing>> {
  return callAccount(cursor === null ? 'me/rooms' : `me/rooms?before=${encodeURIComponent(cursor)}`);
}

/** The rooms that the one who is signed in is a member of, those with the latest life in them first. */
export function useOwnRooms(): { list: PagedList<OwnRoomListing>; state: PagedState<OwnRoomListing> } {
  return usePagedList({ load, keyOf });
}
