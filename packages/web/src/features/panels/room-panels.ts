/** The panels of a room: their names, icons, what is in them, and what their button says while they are closed. */
import type { ComponentType } from 'react';
import { createLoaded, type Loaded } from '../../loaded.ts';
import { useSelected } from '../../store.ts';
import { useCallBadge } from '../calls/call-badge.ts';
import { useUnread } from '../chat/use-unread.ts';
import type { IconName } from '../layout/icon.tsx';
import type { OpenRoom } from '../rooms/open-room.ts';
import type { PanelName } from './panels.ts';

export interface PanelProps {
  room: OpenRoom;
  canChange: boolean;
  isNarrow: boolean;
  close: () => void;
}

export interface PanelBadge {
  text: string;
  /** What it means, to follow the panel's name. */
  label: string;
  /** Somebody waits for this person. */
  isUrgent?: boolean;
}

export interface PanelRow {
  name: PanelName;
  label: string;
  icon: IconName;
  panel: Loaded<ComponentType<PanelProps>>;
  useBadge: (room: OpenRoom) => PanelBadge | null;
}

export const roomPanels: readonly PanelRow[] = [
  {
    name: 'people',
    label: 'People',
    icon: 'people',
    panel: createLoaded(() => import('../members/people-panel.tsx')),
    useBadge: useKnocking,
  },
  {
    name: 'chat',
    label: 'Chat',
    icon: 'chat',
    panel: createLoaded(() => import('../chat/chat-panel.tsx')),
    useBadge: useUnread,
  },
  {
    name: 'snippets',
    label: 'Snippets',
    icon: 'snippet',
    panel: createLoaded(() => import('../snippets/snippets-panel.tsx')),
    useBadge: useNothing,
  },
  {
    name: 'runs',
    label: 'Runs',
    icon: 'history',
    panel: createLoaded(() => import('../runs/runs-panel.tsx')),
    useBadge: useNothing,
  },
  {
    name: 'call',
    label: 'Call',
    icon: 'call',
    panel: createLoaded(() => import('../calls/call-panel.tsx')),
    useBadge: useCallBadge,
  },
];

function useNothing(): null {
  return null;
}

function useKnocking(room: OpenRoom): PanelBadge | null {
  const knocking = useSelected(room.events.state, ({ knocks }) => knocks.length);
  return knocking === 0 ? null : { text: String(knocking), label: `${knocking} waiting to come in`, isUrgent: true };
}
