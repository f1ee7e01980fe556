import { createStore, useStore } from '../../store.ts';
import type { PanelBadge } from '../panels/room-panels.ts';
import type { OpenRoom } from '../rooms/open-room.ts';

const none = createStore({ count: 0, isMentioned: false });
const shownMax = 99;

/** What was said since this person looked at the chat. */
export function useUnread(room: OpenRoom): PanelBadge | null {
  const loaded = useStore(room.chat.state);
  const { count, isMentioned } = useStore(loaded.name === 'loaded' ? loaded.value.unread : none);
  if (count === 0) return null;
  const text = count > shownMax ? `${shownMax}+` : String(count);
  return { text, label: isMentioned ? `${text} unread, you are mentioned` : `${text} unread`, isUrgent: isMentioned };
}
