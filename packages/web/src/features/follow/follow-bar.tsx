/** Follows somebody: their file is opened and their caret kept in view, until one does something in the editor oneself. */
import { type CSSProperties, useEffect } from 'react';
import { useSelected } from '../../store.ts';
import { Icon } from '../layout/icon.tsx';
import { Avatar } from '../members/avatar.tsx';
import { placesOf } from '../members/use-places.ts';
import { announce } from '../notices/announcer.ts';
import { showToast } from '../notices/toasts.ts';
import type { OpenRoom } from '../rooms/open-room.ts';
import './follow.css';

export default function FollowBar({ room, memberId }: { room: OpenRoom; memberId: string }) {
  const member = useSelected(room.events.state, ({ members }) => members.find(({ id }) => id === memberId));
  const isHere = member?.online === true;
  const name = member?.name ?? 'Somebody';
  useEffect(() => {
    if (isHere) return;
    showToast(`${name} is not here any more`);
    room.followed.set(null);
  }, [isHere, name, room]);
  useEffect(() => announce(`Following ${name}`), [name]);
  useFollowing(room, memberId);
  if (member === undefined) return null;
  return (
    <div className="follow-bar" style={{ '--member': member.color } as CSSProperties}>
      <Avatar name={name} color={member.color} size={22} />
      <span dir="auto">Following {name}</span>
      <button type="button" className="button small" onClick={() => room.followed.set(null)}>
        <Icon name="close" size={14} />
        Stop
      </button>
    </div>
  );
}

function useFollowing(room: OpenRoom, memberId: string): void {
  useEffect(() => {
    const stop = () => room.followed.set(null);
    const look = () => void room.showMember(memberId, { isFollowed: true });
    const follow = ({ added, updated }: { added: number[]; updated: number[] }) => {
      const client = placesOf(room.awareness).get(memberId)?.client;
      if (client !== undefined && [...added, ...updated].includes(client)) look();
    };
    // Whoever goes their own way is not pulled back.
    const stray = ({ target }: Event) => {
      if (target instanceof Element && target.closest('.editor, .file-tabs') !== null) stop();
    };
    const press = (event: KeyboardEvent) => {
      const isElsewhere = event.target instanceof Element && event.target.closest('dialog, [popover]') !== null;
      if (event.key === 'Escape' && !event.defaultPrevented && !isElsewhere) stop();
      else if (!['Shift', 'Control', 'Alt', 'Meta'].includes(event.key)) stray(event);
    };
    look();
    room.awareness.on('change', follow);
    const kinds = ['pointerdown', 'wheel', 'touchmove'] as const;
    for (const kind of kinds) addEventListener(kind, stray, { passive: true });
    addEventListener('keydown', press);
    return () => {
      room.awareness.off('change', follow);
      for (const kind of kinds) removeEventListener(kind, stray);
      removeEventListener('keydown', press);
    };
  }, [room, memberId]);
}
